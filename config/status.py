"""The page for admins and auditors on which it says whether the whole installation does in time what it should."""

from dataclasses import dataclass

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import path
from django.utils import timezone
from django.views.decorators.http import require_safe

from accounts.roles import Verb
from config import health
from console.web.access import MemberRequest, in_workspace

TOLD = {
    "unfired_timer": ("Oldest timer that is due and has not fired", "The pulse does not run, or cannot keep up."),
    "unsent_promise": ("Oldest delivery that is still owed", "See what is on its way and what was given up on."),
    "unsequenced_event": ("Oldest event that is not in the log yet", "The pulse does not run, or lacks the log's key."),
    "unanswered_action": ("Longest past its target among what waits", "People are needed: see Escalations."),
    "escalation_auditor": ("Last look of the auditor of escalations", "The pulse does not run."),
    "unheard_action": ("Longest that an action waits which nobody was told of", "Escalations names them."),
}


@dataclass(frozen=True, slots=True)
class Line:
    """`seconds` past its moment; `advice` says what to look at where that is over the `limit`."""

    what: str
    seconds: float
    limit: float
    advice: str

    @property
    def is_over(self) -> bool:
        return self.seconds > self.limit


def lines() -> list[Line]:
    found = health.late_now()
    return [
        Line(what, found[name]["seconds"], found[name]["limit"], advice)
        for name, (what, advice) in TOLD.items()
        if name in found
    ]


@require_safe
@in_workspace(Verb.SEE_EVIDENCE)
def page(request: MemberRequest) -> HttpResponse:
    found = lines()
    context = {"section": "settings", "lines": found, "over": [line for line in found if line.is_over]}
    return render(request, "settings/status.html", {**context, "now": timezone.now(), "checks": health.checks()})


urlpatterns = [path("w/<slug:workspace>/settings/status", page, name="status")]
