"""Reads of signals: series of days with their limits and alarms, and alerts."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from feedback.drift import charts
from feedback.drift.charts import Bucket, Limits
from feedback.drift.watch import Alarm, Day, alarms, phases, rate_of
from feedback.models import Alert, SignalDay

# As far back as a series is looked at.
REACH = timedelta(days=120)
PAGE = 50


@dataclass(frozen=True, slots=True)
class Point:
    """One day of the chart; `limits` are None while the baseline is still being gathered. `begins` names what changed
    on that day.
    """

    day: date
    x: int
    n: int
    limits: Limits | None
    begins: str


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
        """Day by day, with the exact limits of each phase's own baseline."""
        found = []
        for number, phase in enumerate(phases(self.days)):
            end = phase.baseline_ends()
            p0 = rate_of(phase.days[:end]) if end is not None else None
            for place, day in enumerate(phase.days):
                known = p0 is not None and end is not None and place >= end
                limits = charts.p_chart([Bucket(day.x, day.n)], p0)[0] if known and p0 is not None else None
                begins = "a new policy or version" if number and not place else ""
                found.append(Point(day.day, day.x, day.n, limits, begins))
        return sorted(found, key=lambda point: point.day)


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
    raised_at: datetime
    owner_name: str
    acknowledged_at: datetime | None
    closed_at: datetime | None
    closed_by: str
    outcome: str
    note: str


def series_of(workspace_id: str) -> list[tuple[str, str, str]]:
    """Metric, agent id and tool of every series."""
    found = SignalDay.everywhere.filter(workspace_id=workspace_id)
    return sorted(set(found.values_list("metric", "agent_id", "tool").distinct()))


def all_series(workspace_id: str, at: datetime) -> Iterator[Series]:
    """Every series of the last 120 days, in the order of metric, agent and tool; one read for all."""
    rows = SignalDay.everywhere.filter(workspace_id=workspace_id, day__gte=(at - REACH).date())
    grouped: dict[tuple[str, str, str], list[Day]] = {}
    for row in rows.order_by("metric", "agent_id", "tool", "day", "id"):
        days = grouped.setdefault((row.metric, row.agent_id, row.tool), [])
        days.append(Day(row.day, row.x, row.n, row.policy, row.version))
    for (metric, agent_id, tool), days in grouped.items():
        yield Series(metric, agent_id, tool, tuple(days), tuple(alarms(days)))


def alerts(workspace_id: str, *, closed: bool, limit: int = PAGE) -> list[AlertView]:
    """Newest first."""
    found = Alert.everywhere.filter(workspace_id=workspace_id, closed_at__isnull=not closed).order_by("-id")
    return [AlertView(**{name: getattr(row, name) for name in AlertView.__dataclass_fields__}) for row in found[:limit]]


def open_alerts(workspace_id: str, agent_id: str, tool: str) -> int:
    """How many are open for this agent and tool; what moved with a change of ours does not count."""
    found = Alert.everywhere.filter(workspace_id=workspace_id, agent_id=agent_id, tool=tool, closed_at=None)
    return found.exclude(cause="policy").count()
