"""Settings: absences, one's own and, for an admin, those of others."""

from datetime import UTC, date, datetime, time
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
from console.web.settings_forms import AbsenceForm


@in_workspace(Verb.SEE)
@require_http_methods(["GET", "HEAD", "POST"])
def page(request: MemberRequest) -> HttpResponse:
    """One's own: the list, and the form that enters one."""
    member = request.member
    form = form_for(request, member.user_id)
    if entered(request, form, member.user_id):
        return redirect("absence", member.workspace_slug)
    context = {
        "section": "settings",
        "form": form,
        "absences": queries.absences(member.workspace_id, timezone.now(), user_id=member.user_id),
    }
    return render(request, "settings/absence.html", context, status=422 if form.is_bound else 200)


@in_workspace(Verb.SEE)
@require_POST
def cancel(request: MemberRequest, absence_id: str) -> HttpResponse:
    take_back = partial(services.cancel_absence, user_id=request.member.user_id, absence_id=absence_id)
    return pressed(request, take_back, "The absence is cancelled.", "absence")


def form_for(request: MemberRequest, user_id: str) -> AbsenceForm:
    """Offers everybody but the person themselves as delegate."""
    others = [choice for choice in queries.choices(request.member.workspace_id) if choice[0] != user_id]
    return AbsenceForm(sent(request), people=others, auto_id="absence_%s")


def entered(request: MemberRequest, form: AbsenceForm, user_id: str) -> bool:
    """Whether the form was sent and taken. Days begin and end at midnight UTC."""
    if not form.is_valid():
        return False
    said, now = form.cleaned_data, timezone.now()
    enter = partial(services.enter_absence, actor=actor(request), at=now, workspace_id=request.member.workspace_id)
    enter = partial(enter, begins_at=_midnight(said["first"]), ends_at=_midnight(said["back"]))
    made = tried(form, lambda: enter(user_id=user_id, delegate_id=said["delegate"], note=said["note"]))
    if made:
        messages.success(request, "The absence is entered; whoever waits for a decision can see it.")
    return made is not None


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), UTC)
