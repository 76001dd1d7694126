"""Settings: the people of the workspace, their roles, and invitations."""

from functools import partial

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST

from accounts import queries, services
from accounts.queries import Role, Verb
from approvals.services import agents_work
from console.web.access import MemberRequest, in_workspace
from console.web.pressing import actor, pressed, sent, tried
from console.web.settings_forms import InviteForm


@in_workspace(Verb.SEE)
def home(request: MemberRequest) -> HttpResponse:
    """The first page that this person may open."""
    first = "people" if request.member.may(Verb.ADMINISTER) else "profile"
    return redirect(first, request.member.workspace_slug)


@in_workspace(Verb.ADMINISTER)
@require_http_methods(["GET", "HEAD", "POST"])
def page(request: MemberRequest) -> HttpResponse:
    """The list, and the form that invites."""
    now, workspace_id = timezone.now(), request.member.workspace_id
    form = InviteForm(sent(request), groups=queries.group_handles(workspace_id), auto_id="invite_%s")
    if form.is_valid():
        said = form.cleaned_data
        if tried(form, lambda: services.invite(actor=actor(request), at=now, workspace_id=workspace_id, **said)):
            messages.success(request, f"The invitation to {said['email']} is on its way.")
            return redirect("people", request.member.workspace_slug)
    people = queries.people(workspace_id, after=request.GET.get("after", ""))
    context = {
        "section": "settings",
        "form": form,
        "people": people,
        "next": people[-1].cursor if len(people) == queries.PAGE else "",
        "invitations": queries.invitations(workspace_id, now),
        "roles": Role.choices,
        "absences": queries.absences(workspace_id, now),
        "rotations": agents_work.rotations(workspace_id),
        "now": now,
    }
    return render(request, "settings/people.html", context, status=422 if form.is_bound else 200)


@in_workspace(Verb.ADMINISTER)
@require_POST
def revoke_invitation(request: MemberRequest, invitation_id: str) -> HttpResponse:
    revoke = partial(services.revoke_invitation, invitation_id=invitation_id)
    return pressed(request, revoke, "The invitation is withdrawn; its link does nothing any more.", "people")


@in_workspace(Verb.ADMINISTER)
@require_POST
def change_role(request: MemberRequest, user_id: str) -> HttpResponse:
    change = partial(services.change_role, user_id=user_id, role=request.POST.get("role", ""))
    return pressed(request, change, "The role is changed, from the next request on.", "people")


@in_workspace(Verb.ADMINISTER)
@require_POST
def end(request: MemberRequest, user_id: str) -> HttpResponse:
    leave = partial(services.end_membership, user_id=user_id)
    return pressed(request, leave, "They do not belong to the workspace any more.", "people")


@in_workspace(Verb.ADMINISTER)
@require_POST
def deactivate(request: MemberRequest, user_id: str) -> HttpResponse:
    switch_off = partial(services.deactivate, user_id=user_id)
    return pressed(request, switch_off, "The account is deactivated and logged out everywhere.", "people")


@in_workspace(Verb.ADMINISTER)
@require_POST
def reactivate(request: MemberRequest, user_id: str) -> HttpResponse:
    switch_on = partial(services.reactivate, user_id=user_id)
    return pressed(request, switch_on, "They can log in again.", "people")
