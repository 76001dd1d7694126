"""Incidents: what is open, how soon somebody did something about it, and whose results never came."""

import math
from collections import Counter
from dataclasses import dataclass
from datetime import datetime, timedelta

from approvals.answers import moment as moment_of
from approvals.incidents import IncidentKind, IncidentView, Severity, incidents
from approvals.services.boards import sums
from approvals.services.boards.windows import Window
from tenancy import ids, sql

OPEN_MAX = 1_000
WINDOW_MAX = 5_000
LISTED = 20
TOOLS = 20
_OPEN = """select kind, severity, opened_at from approvals_incident where workspace_id = %s and closed_at is null
 order by id desc limit %s"""
# What somebody did about it: all entries but that it was opened and that actions joined it.
_WINDOW = """select i.kind, i.opened_at, i.closed_at, (select min(e.at) from approvals_incidententry e
   where e.incident_id = i.id and e.kind in ('noted', 'stepped', 'assigned', 'rated', 'closed')) answered_at
 from approvals_incident i where i.workspace_id = %s and i.id >= %s and i.id < %s order by i.id desc limit %s"""


@dataclass(frozen=True, slots=True)
class OpenRow:
    """Of one kind: how many are open, by severity from critical down; `oldest_at` of them."""

    kind: str
    label: str
    by_severity: tuple[int, ...]
    n: int
    oldest_at: datetime | None

    @property
    def cells(self) -> list[tuple[str, int]]:
        """Each severity with its number."""
        return list(zip(SEVERITIES, self.by_severity, strict=True))


@dataclass(frozen=True, slots=True)
class PointRow:
    at: datetime
    opened: int


@dataclass(frozen=True, slots=True)
class Answered:
    """Exact, over the incidents of the window that opened by themselves. `waiting` have had no answer yet."""

    n: int
    waiting: int
    p50: timedelta | None
    p95: timedelta | None


@dataclass(frozen=True, slots=True)
class MissingRow:
    tool: str
    unknown: int
    executed: int


@dataclass(frozen=True, slots=True)
class IncidentBoard:
    """`is_capped`: there are more than were read."""

    open_kinds: tuple[OpenRow, ...]
    listed: tuple[IncidentView, ...]
    points: tuple[PointRow, ...]
    answered: Answered
    missing: tuple[MissingRow, ...]
    is_capped: bool


SEVERITIES = tuple(reversed(Severity.values))


def board(workspace_id: str, window: Window) -> IncidentBoard:
    now_open = sql.many(_OPEN, [workspace_id, OPEN_MAX])
    first, end = ids.floor("inc", window.since), ids.floor("inc", window.until)
    opened = sql.many(_WINDOW, [workspace_id, first, end, WINDOW_MAX])
    by_point = Counter(_point(moment_of(row["opened_at"]), window) for row in opened)
    answered = [
        (moment_of(row["opened_at"]), sql.moment(row["answered_at"]))
        for row in opened
        if row["kind"] != IncidentKind.HAND
    ]
    return IncidentBoard(
        open_kinds=tuple(
            _open_row(kind, [(row["severity"], moment_of(row["opened_at"])) for row in now_open if row["kind"] == kind])
            for kind in IncidentKind
        ),
        listed=tuple(incidents(workspace_id, closed=False, limit=LISTED)),
        points=tuple(PointRow(at, by_point[at]) for at in window.points),
        answered=_answered(answered),
        missing=_missing(workspace_id, window),
        is_capped=len(now_open) == OPEN_MAX or len(opened) == WINDOW_MAX,
    )


def _open_row(kind: IncidentKind, found: list[tuple[str, datetime]]) -> OpenRow:
    counts = Counter(severity for severity, _ in found)
    oldest = min((at for _, at in found), default=None)
    return OpenRow(kind.value, str(kind.label), tuple(counts[each] for each in SEVERITIES), len(found), oldest)


def _point(at: datetime, window: Window) -> datetime:
    beginning = at.replace(minute=0, second=0, microsecond=0)
    return beginning if window.span == "hour" else beginning.replace(hour=0)


def _answered(found: list[tuple[datetime, datetime | None]]) -> Answered:
    took = sorted(answered_at - opened_at for opened_at, answered_at in found if answered_at)
    ranked = [took[max(1, math.ceil(q * len(took))) - 1] if took else None for q in (0.5, 0.95)]
    return Answered(len(took), len(found) - len(took), ranked[0], ranked[1])


def _missing(workspace_id: str, window: Window) -> tuple[MissingRow, ...]:
    rows = sums.cells(workspace_id, window, ("tool",), ("succeeded", "failed", "unknown"))
    missing = [
        MissingRow(row["tool"], row["unknown"], row["succeeded"] + row["failed"] + row["unknown"])
        for row in rows
        if row["unknown"]
    ]
    return tuple(sorted(missing, key=lambda row: (-row.unknown, row.tool))[:TOOLS])
