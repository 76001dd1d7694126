"""Settings: test actions with a known answer, which go through the queue like any other and can never run.

The test action on an agent's page is another thing: it tries the agent's way through policy and people.
"""

import random

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST

from accounts.queries import Verb
from approvals import queries, services
from approvals.errors import ApprovalError
from console.web.access import MemberRequest, in_workspace
from console.web.pressing import actor, sent
from console.web.settings_forms import ExercisesForm

SAVED = "Saved. Nobody is told which action is a test before it is decided."


@in_workspace(Verb.OVERSEE)
@require_http_methods(["GET", "HEAD", "POST"])
def page(request: MemberRequest) -> HttpResponse:
    seeding = queries.seeding(request.member.workspace_id)
    form = ExercisesForm(sent(request), initial={"every": seeding.every if seeding else 0}, auto_id="exercises_%s")
    if form.is_valid():
        _switch(request, form.cleaned_data["every"])
        messages.success(request, SAVED)
        return redirect("exercises", request.member.workspace_slug)
    context = {"section": "settings", "form": form, "seeding": seeding}
    return render(request, "settings/exercises.html", context, status=422 if form.is_bound else 200)


@in_workspace(Verb.OVERSEE)
@require_POST
def send(request: MemberRequest) -> HttpResponse:
    """One now. It waits among the others, and looks like them."""
    if queries.seeding(request.member.workspace_id) is None:
        _switch(request, 0)
    try:
        services.seed(at=timezone.now(), workspace_id=request.member.workspace_id, chance=random.SystemRandom())
    except ApprovalError as error:
        messages.error(request, error.detail)
    else:
        messages.success(request, "One is in the queue, among the others.")
    return redirect("exercises", request.member.workspace_slug)


def _switch(request: MemberRequest, every: int) -> None:
    services.set_seeding(
        actor=actor(request),
        at=timezone.now(),
        workspace_id=request.member.workspace_id,
        every=every,
        chance=random.SystemRandom(),
    )
