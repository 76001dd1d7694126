"""Settings: groups that a policy can name, and who is in them."""

from functools import partial

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST

from accounts import queries, services
from accounts.queries import Verb
from console.web.access import MemberRequest, in_workspace
from console.web.pressing import actor, pressed, sent, tried
from console.web.settings_forms import GroupForm


@in_workspace(Verb.ADMINISTER)
@require_http_methods(["GET", "HEAD", "POST"])
def page(request: MemberRequest) -> HttpResponse:
    workspace_id = request.member.workspace_id
    form = GroupForm(sent(request), auto_id="group_%s")
    if form.is_valid():
        create = partial(services.create_group, actor=actor(request), at=timezone.now(), workspace_id=workspace_id)
        if tried(form, lambda: create(**form.cleaned_data)):
            messages.success(request, "The group is there. Add people to it.")
            return redirect("groups", request.member.workspace_slug)
    groups = queries.groups(workspace_id, after=request.GET.get("after", ""))
    context = {
        "section": "settings",
        "form": form,
        "groups": groups,
        "next": groups[-1].handle if len(groups) == queries.PAGE else "",
        "choices": queries.choices(workspace_id),
    }
    return render(request, "settings/groups.html", context, status=422 if form.is_bound else 200)


@in_workspace(Verb.ADMINISTER)
@require_POST
def add(request: MemberRequest, handle: str) -> HttpResponse:
    join = partial(services.add_to_group, handle=handle, user_id=request.POST.get("user", ""))
    return pressed(request, join, f"They are in {handle} now; their votes count for it.", "groups")


@in_workspace(Verb.ADMINISTER)
@require_POST
def remove(request: MemberRequest, handle: str) -> HttpResponse:
    leave = partial(services.remove_from_group, handle=handle, user_id=request.POST.get("user", ""))
    return pressed(request, leave, f"They are not in {handle} any more.", "groups")
