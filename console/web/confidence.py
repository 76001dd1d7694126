"""Confidence: whether an agent that says 0.9 is right nine times in ten."""

from dataclasses import dataclass

from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from accounts.roles import Verb
from console.web.access import MemberRequest, in_workspace
from feedback.queries import confidence as queries
from feedback.queries.confidence import ENOUGH, TOLERATED, Spoken

SIZE = 200
# More than these are listed without a diagram of their own.
DRAWN = 12


@dataclass(frozen=True, slots=True)
class Dot:
    """A bin in the diagram: said to the right, right upwards, with its interval."""

    x: float
    y: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Shown:
    row: Spoken
    anchor: str
    enough: bool
    dots: tuple[Dot, ...]


@require_safe
@in_workspace(Verb.READ_DATASET)
def page(request: MemberRequest) -> HttpResponse:
    found = queries.spoken(request.member.workspace_id)
    context = {
        "section": "evaluation",
        "rows": [_shown(row, place) for place, row in enumerate(found)],
        "drawn": DRAWN,
        "size": SIZE,
        "enough": ENOUGH,
        "tolerated": TOLERATED,
        "now": timezone.now(),
    }
    return render(request, "evaluation/confidence.html", context)


def _shown(row: Spoken, place: int) -> Shown:
    dots = tuple(
        Dot(
            x=round(SIZE * part.said, 1),
            y=round(SIZE * (1 - part.right), 1),
            low=round(SIZE * (1 - part.interval.low), 1),
            high=round(SIZE * (1 - part.interval.high), 1),
        )
        for part in row.found.bins
    )
    return Shown(row, f"spoken-{place}", row.found.n >= ENOUGH, dots)
