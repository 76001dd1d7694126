"""Settings: one person, for an admin: where they are logged in, and when they are away."""

from functools import partial

from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST

from accounts import queries, services
from accounts.queries import PersonRow, Verb
from console.web import absences
from console.web.access import MemberRequest, in_workspace
from console.web.pressing import pressed


@in_workspace(Verb.ADMINISTER)
@require_http_methods(["GET", "HEAD", "POST"])
def page(request: MemberRequest, user_id: str) -> HttpResponse:
    """The person, and the form that enters an absence for them."""
    person, now, member = find(request, user_id), timezone.now(), request.member
    form = absences.form_for(request, user_id)
    if absences.entered(request, form, user_id):
        return redirect("person", member.workspace_slug, user_id)
    context = {
        "section": "settings",
        "person": person,
        "form": form,
        "sessions": queries.sessions_of(user_id, now),
        "absences": queries.absences(member.workspace_id, now, user_id=user_id),
        "now": now,
    }
    return render(request, "settings/person.html", context, status=422 if form.is_bound else 200)


def find(request: MemberRequest, user_id: str) -> PersonRow:
    """Somebody who belongs to the workspace now, else 404."""
    person = queries.person(request.member.workspace_id, user_id)
    if person is None or person.ended_at is not None:
        raise Http404
    return person


@in_workspace(Verb.ADMINISTER)
@require_POST
def end_sessions(request: MemberRequest, user_id: str) -> HttpResponse:
    log_out = partial(services.end_sessions, user_id=user_id)
    return pressed(request, log_out, "They are logged out everywhere.", "person", find(request, user_id).user_id)


@in_workspace(Verb.ADMINISTER)
@require_POST
def cancel_absence(request: MemberRequest, user_id: str, absence_id: str) -> HttpResponse:
    take_back = partial(services.cancel_absence, user_id=user_id, absence_id=absence_id)
    return pressed(request, take_back, "The absence is cancelled.", "person", find(request, user_id).user_id)
