"""How one decides: shown to the person first. Whoever leads sees sums over the workspace, never names."""

from dataclasses import dataclass

from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from accounts.roles import Verb
from approvals import queries
from approvals.care import Care
from console.web.access import MemberRequest, in_workspace

# Of the drawing, in its own units: one step for each day.
STEP, HEIGHT = 10, 80


@dataclass(frozen=True, slots=True)
class Bar:
    """One part of a day's column; `kind` names its colour."""

    x: int
    y: float
    height: float
    kind: str


@require_safe
@in_workspace(Verb.SEE)
def page(request: MemberRequest) -> HttpResponse:
    now, member = timezone.now(), request.member
    own = queries.care_of(member.workspace_id, member.user_id, now)
    context = {
        "section": "care",
        "care": own,
        "bars": bars(own),
        "width": STEP * len(own.days),
        "height": HEIGHT,
        "together": queries.care_together(member.workspace_id, now) if member.may(Verb.OVERSEE) else None,
        "now": now,
    }
    return render(request, "care/page.html", context)


def bars(care: Care) -> list[Bar]:
    """The days side by side, rejected under edited under approved; the highest day fills the height."""
    most = max((day.votes for day in care.days), default=0)
    found = []
    for n, day in enumerate(care.days):
        top = float(HEIGHT)
        for kind, count in (("rejected", day.rejected), ("edited", day.edited), ("approved", day.approved)):
            if count:
                height = round(HEIGHT * count / most, 2)
                top = round(top - height, 2)
                found.append(Bar(n * STEP + 1, max(0.0, top), height, kind))
    return found
