"""Signals: what moved in the stream of decisions, with alerts that somebody owns, and what agents have earned."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from accounts import queries as accounts
from accounts.roles import Verb
from console.web.access import MemberRequest, in_workspace
from console.web.pressing import pressed
from feedback.queries import autonomy, series
from feedback.queries.series import Point, Series
from feedback.services import watching as services

METRICS = {
    "override": "Rejected or changed by people",
    "violation": "Refused by policy",
    "unanswered": "Expired unanswered",
}
CAUSES = {"drift": "Drift", "policy": "Moved with a policy", "version": "Moved with a version"}
STEP, HEIGHT = 8, 90
# As many days as the drawing shows.
SHOWN = 60


@dataclass(frozen=True, slots=True)
class Drawing:
    """Days as bars between limits, in units of the drawing; `lines` stand where a policy or version began."""

    bars: tuple[tuple[float, float, float, str], ...]
    limits: tuple[tuple[float, float], ...]
    lines: tuple[float, ...]
    width: int


@dataclass(frozen=True, slots=True)
class Shown:
    name: str
    agent: str
    tool: str
    x: int
    n: int
    points: tuple[Point, ...]
    drawing: Drawing
    anchor: str


@require_safe
@in_workspace(Verb.READ_DATASET)
def page(request: MemberRequest) -> HttpResponse:
    workspace_id, now = request.member.workspace_id, timezone.now()
    found = list(series.all_series(workspace_id, now))
    names = accounts.agent_names(workspace_id, sorted({one.agent_id for one in found}))
    shown = [_shown(one, names, place) for place, one in enumerate(found) if one.x]
    context = {
        "section": "evaluation",
        "alerts": [
            (alert, METRICS[alert.metric], CAUSES[alert.cause]) for alert in series.alerts(workspace_id, closed=False)
        ],
        "past": [
            (alert, METRICS[alert.metric], CAUSES[alert.cause])
            for alert in series.alerts(workspace_id, closed=True, limit=20)
        ],
        "series": shown,
        "quiet": len(found) - len(shown),
        "height": HEIGHT,
        "granted": autonomy.granted(workspace_id),
        "may_work": request.member.may(Verb.MAKE_DATASET),
        "may_stop": request.member.may(Verb.STOP),
        "now": now,
    }
    return render(request, "evaluation/signals.html", context)


@require_POST
@in_workspace(Verb.MAKE_DATASET)
def acknowledge(request: MemberRequest, alert_id: str) -> HttpResponse:
    return _pressed(request, alert_id, services.acknowledge, "It is yours now.")


@require_POST
@in_workspace(Verb.MAKE_DATASET)
def close(request: MemberRequest, alert_id: str) -> HttpResponse:
    said = partial(services.close, outcome=request.POST.get("outcome", ""), note=request.POST.get("note", ""))
    return _pressed(request, alert_id, said, "The alert is closed.")


def _pressed(request: MemberRequest, alert_id: str, verb: Callable[..., object], told: str) -> HttpResponse:
    return pressed(request, partial(verb, alert_id=alert_id), told, "signals")


def _shown(one: Series, names: dict[str, str], place: int) -> Shown:
    points = one.points()[-SHOWN:]
    return Shown(
        name=METRICS[one.metric],
        agent=names.get(one.agent_id, one.agent_id),
        tool=one.tool,
        x=one.x,
        n=one.n,
        points=tuple(reversed(points)),
        drawing=_drawn(points),
        anchor=f"series-{place}",
    )


def _drawn(points: list[Point]) -> Drawing:
    top = max([0.05, *(point.x / point.n for point in points), *(p.limits.high for p in points if p.limits)])
    bars, limits, lines = [], [], []
    for place, point in enumerate(points):
        share = point.x / point.n
        out = point.limits is not None and not point.limits.low <= share <= point.limits.high
        height = round(HEIGHT * share / top, 1)
        bars.append((place * STEP + 1.0, round(HEIGHT - height, 1), height, "rejected" if out else "approved"))
        if point.limits is not None:
            limits.append((float(place * STEP), round(HEIGHT * (1 - point.limits.high / top), 1)))
        if point.begins:
            lines.append(float(place * STEP))
    return Drawing(tuple(bars), tuple(limits), tuple(lines), STEP * max(1, len(points)))
