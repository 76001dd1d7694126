"""Reads of signals: series of days with their limits and alarms, and alerts.

What people decided is counted from labels; how tools and tasks ended comes from the numbers behind the dashboards.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from feedback.drift import charts, means
from feedback.drift.charts import LEAST as LEAST
from feedback.drift.charts import Bucket, Smoothed
from feedback.drift.charts import Limits as Limits
from feedback.drift.watch import Alarm, Day, Phase, alarms, phases, phi_of, rate_of
from feedback.models import Alert, SignalDay
from feedback.queries import results
from feedback.queries.results import Costs

# As far back as a series is looked at.
REACH = timedelta(days=120)
PAGE = 50


@dataclass(frozen=True, slots=True)
class Point:
    """One day of the chart under one `policy` and `version`. `limits` and `smoothed` are None while the baseline is
    still being gathered. `begins` names what changed on that day. `few`: too few decisions to be judged by itself.
    """

    day: date
    x: int
    n: int
    limits: Limits | None
    smoothed: Smoothed | None
    begins: str
    policy: str
    version: str

    @property
    def few(self) -> bool:
        return self.n < LEAST


@dataclass(frozen=True, slots=True)
class Series:
    metric: str
    agent_id: str
    tool: str
    days: tuple[Day, ...]
    alarms: tuple[Alarm, ...]

    @property
    def n(self) -> int:
        return sum(day.n for day in self.days)

    @property
    def x(self) -> int:
        return sum(day.x for day in self.days)

    def points(self) -> list[Point]:
        """Day by day, with the limits of each phase's own baseline: exact, or Laney's where days differ more than
        chance; and the exponentially weighted mean, which starts anew with each phase.
        """
        found = []
        for number, phase in enumerate(phases(self.days)):
            end = phase.baseline_ends()
            judged = [] if end is None else _judged(phase, end)
            for place, day in enumerate(phase.days):
                limits, smoothed = judged[place - end] if end is not None and place >= end else (None, None)
                begins = "a new policy or version" if number and not place else ""
                found.append(Point(day.day, day.x, day.n, limits, smoothed, begins, day.policy, day.version))
        return sorted(found, key=lambda point: point.day)


def _judged(phase: Phase, end: int) -> list[tuple[Limits, Smoothed]]:
    """Of the days after the baseline."""
    buckets = [Bucket(day.x, day.n) for day in phase.days[end:]]
    p0 = rate_of(phase.days[:end])
    return list(zip(charts.p_chart(buckets, p0, phi_of(phase)), charts.ewma(buckets, p0), strict=True))


@dataclass(frozen=True, slots=True)
class CostPoint:
    """One day of one version; `limits` of the mean are None while its baseline is still being gathered."""

    day: date
    n: int
    mean: float
    limits: Limits | None
    begins: str


def costs_by_day(costs: Costs) -> list[CostPoint]:
    """Each day by itself, against the limits of its own version."""
    known = means.spans(costs.days)
    usual = {span.version: span.usual for span in known}
    learnt = {span.version: span.learning[-1].spent.day for span in known if span.learning}
    begun = {min(day.day for day in costs.days if day.version == span.version): span for span in known[1:]}
    found = []
    for day in sorted(costs.days, key=lambda day: day.day):
        known_usual = usual.get(day.version)
        limits = known_usual.limits(day.n) if known_usual and day.day > learnt[day.version] else None
        begins = "a new version" if day.day in begun and begun[day.day].version == day.version else ""
        found.append(CostPoint(day.day, day.n, day.mean, limits, begins))
    return found


@dataclass(frozen=True, slots=True)
class AlertView:
    id: str
    metric: str
    agent_id: str
    agent_name: str
    tool: str
    detector: str
    cause: str
    day: date
    since: date
    baseline: float
    rate: float
    n: int
    detail: str
    raised_at: datetime
    owner_name: str
    acknowledged_at: datetime | None
    closed_at: datetime | None
    closed_by: str
    outcome: str
    note: str


def all_series(workspace_id: str, at: datetime) -> Iterator[Series]:
    """Every series of shares of the last 120 days, in the order of metric, agent and tool; three reads for all."""
    rows = SignalDay.everywhere.filter(workspace_id=workspace_id, day__gte=(at - REACH).date())
    grouped = results.rates(workspace_id, at, REACH)
    for row in rows.order_by("metric", "agent_id", "tool", "day", "id"):
        days = grouped.setdefault((row.metric, row.agent_id, row.tool), [])
        days.append(Day(row.day, row.x, row.n, row.policy, row.version))
    for (metric, agent_id, tool), days in sorted(grouped.items()):
        yield Series(metric, agent_id, tool, tuple(days), tuple(alarms(days)))


def all_costs(workspace_id: str, at: datetime) -> list[Costs]:
    """What tasks cost in the last 120 days, in the order of agent and currency; one read for all."""
    return list(results.costs(workspace_id, at, REACH))


def alerts(workspace_id: str, *, closed: bool, limit: int = PAGE) -> list[AlertView]:
    """Newest first."""
    found = Alert.everywhere.filter(workspace_id=workspace_id, closed_at__isnull=not closed).order_by("-id")
    return [_alert(row) for row in found[:limit]]


def alert(workspace_id: str, alert_id: str) -> AlertView | None:
    row = Alert.everywhere.filter(workspace_id=workspace_id, pk=alert_id).first()
    return _alert(row) if row else None


def _alert(row: Alert) -> AlertView:
    return AlertView(**{name: getattr(row, name) for name in AlertView.__dataclass_fields__})


def open_alerts(workspace_id: str, agent_id: str, tool: str) -> int:
    """How many are open for this agent and tool, or for whole tasks of the agent; what moved with a change of ours does
    not count.
    """
    found = Alert.everywhere.filter(workspace_id=workspace_id, agent_id=agent_id, tool__in=(tool, ""), closed_at=None)
    return found.exclude(cause="policy").count()
