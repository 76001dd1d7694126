"""Signals: what moved in the stream of decisions, with alerts that somebody owns, and what agents have earned."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import partial

from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from accounts import queries as accounts
from accounts.roles import Verb
from console.web.access import MemberRequest, in_workspace
from console.web.charting import HEIGHT, Drawing, Row, cost_rows, drawn, drawn_costs, money, rows, share
from console.web.pressing import pressed
from feedback.queries import autonomy, reviewers, series
from feedback.queries.results import COSTS, Costs
from feedback.queries.reviewers import Mixed
from feedback.queries.series import AlertView, Series
from feedback.services import watching as services

METRICS = {
    "override": "Rejected or changed by people",
    "violation": "Refused by policy",
    "unanswered": "Expired unanswered",
    "escalated": "Escalated",
    "late": "Decided after its target",
    "tool_failed": "Runs that failed or told no result",
    "task_failed": "Tasks that failed",
    "schema": "Shape of arguments",
    "source": "Models, prompts and sources",
    "mix": "What comes in",
}
DETECTORS = {
    "p_chart": "a control chart with exact limits",
    "laney": "a control chart with Laney's limits",
    "cusum": "a CUSUM of small rises",
    "t_chart": "a control chart of means",
    "psi": "the population stability index",
    "novelty": "what was never seen, or is gone",
}
CAUSES = {"drift": "Drift", "policy": "Moved with a policy", "version": "Moved with a version"}


@dataclass(frozen=True, slots=True)
class Shown:
    """`mixed` is the last week with and without the mix of reviewers, of override rates that have one."""

    name: str
    agent: str
    tool: str
    told: str
    rows: tuple[Row, ...]
    drawing: Drawing
    mixed: Mixed | None
    anchor: str
    is_cost: bool = False


@require_safe
@in_workspace(Verb.READ_DATASET)
def page(request: MemberRequest) -> HttpResponse:
    workspace_id, now = request.member.workspace_id, timezone.now()
    shown, quiet = _all(workspace_id, request.member.workspace_slug, now)
    context = {
        "section": "evaluation",
        "alerts": _told(series.alerts(workspace_id, closed=False)),
        "past": _told(series.alerts(workspace_id, closed=True, limit=20)),
        "series": shown,
        "quiet": quiet,
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


def _told(found: list[AlertView]) -> list[tuple[AlertView, str, str, str, str]]:
    """With each its metric, its cause, what it saw, and by what it was found."""
    # Spelled out on the page, where a space of our own that holds a number together would stand out as foreign.
    return [
        (alert, named(alert.metric), CAUSES[alert.cause], told(alert).replace("\u00a0", " "), DETECTORS[alert.detector])
        for alert in found
    ]


def named(metric: str) -> str:
    return f"Cost of a task in {metric.removeprefix(COSTS)}" if metric.startswith(COSTS) else METRICS[metric]


def told(alert: AlertView) -> str:
    """What an alert saw, in a sentence."""
    since = f"{alert.since:%Y-%m-%d}"
    if alert.detail:
        return f"{alert.detail} {alert.n} calls since {since}, held against the four weeks before."
    if alert.metric.startswith(COSTS):
        rate, usual = (money(amount, alert.metric.removeprefix(COSTS)) for amount in (alert.rate, alert.baseline))
        return f"{rate} a task over {alert.n} tasks since {since}, where {usual} was usual."
    return f"{share(alert.rate)} of {alert.n} since {since}, where {share(alert.baseline)} was usual."


def _all(workspace_id: str, slug: str, now: datetime) -> tuple[list[Shown], int]:
    """What is drawn, and how many series there are of which nothing is to be told."""
    shares, costs = list(series.all_series(workspace_id, now)), series.all_costs(workspace_id, now)
    agents = {one.agent_id for one in shares} | {one.agent_id for one in costs}
    names = accounts.agent_names(workspace_id, sorted(agents))
    mixed = reviewers.lately(workspace_id, now, series.REACH)
    found: list[Shown] = []
    order = list(METRICS)
    for one in sorted(shares, key=lambda one: order.index(one.metric)):
        if one.x:
            mix = mixed.get((one.agent_id, one.tool)) if one.metric == "override" else None
            found.append(_shown(one, names.get(one.agent_id, one.agent_id), slug, mix, len(found)))
    found += [_cost(spent, names.get(spent.agent_id, spent.agent_id), place) for place, spent in enumerate(costs)]
    return found, len(shares) - sum(bool(one.x) for one in shares)


def _shown(one: Series, agent: str, slug: str, mixed: Mixed | None, place: int) -> Shown:
    points = one.points()
    return Shown(
        name=METRICS[one.metric],
        agent=agent,
        tool=one.tool,
        told=f"{one.x} of {one.n} in 120 days.",
        rows=rows(one, points, slug, agent),
        drawing=drawn(points),
        mixed=mixed,
        anchor=f"series-{place}",
    )


def _cost(one: Costs, agent: str, place: int) -> Shown:
    tasks = sum(day.n for day in one.days)
    mean = money(sum(day.amount for day in one.days) / tasks, one.currency)
    return Shown(
        name=named(one.metric),
        agent=agent,
        tool="",
        told=f"{mean} a task over {tasks} tasks in 120 days.",
        rows=cost_rows(one),
        drawing=drawn_costs(one),
        mixed=None,
        anchor=f"cost-{place}",
        is_cost=True,
    )
