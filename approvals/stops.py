"""Which stop switches are on, which were, and what one holds up."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from approvals.errors import NotFound
from approvals.models import StopSwitch
from approvals.policy.stops import Call, Stop, covers
from tenancy import ids, sql

PAGE = 50
HELD_MAX = 1000

_HELD = """select g.name agent, a.tool, a.agent_version_id from approvals_action a
 join accounts_agent g on g.id = a.agent_id where a.workspace_id = %s and a.state = 'pending' limit %s"""
# By their timers, of which only the live ones are in an index.
UNSPENT = """ from approvals_timer m join approvals_grant t on t.action_id = m.action_id
 join approvals_action a on a.id = t.action_id join accounts_agent g on g.id = t.agent_id
 where m.workspace_id = %s and m.kind = 'grant_expires' and m.fired_at is null and m.cancelled_at is null
 and m.due_at > %s and t.spent_at is null and t.revoked_at is null"""
_GRANTED = "select g.name agent, t.tool, a.agent_version_id" + UNSPENT + " limit %s"


@dataclass(frozen=True, slots=True)
class Held:
    """How many actions wait and how many grants are unspent under a switch, of the first HELD_MAX of each."""

    waiting: int
    unspent: int


def stops_on(workspace_id: str) -> tuple[Stop, ...]:
    """All that are on, the oldest first."""
    rows = StopSwitch.everywhere.filter(workspace_id=workspace_id, released_at=None)
    return tuple(stop_of(row) for row in rows.order_by("pulled_at", "id"))


def stops_released(workspace_id: str, *, after: str = "", limit: int = PAGE) -> list[Stop]:
    """Those that are off again, the newest first; `after` is the last id of the page before."""
    rows = StopSwitch.everywhere.filter(workspace_id=workspace_id, released_at__isnull=False)
    rows = rows.filter(id__lt=after) if ids.is_id(after, "stp") else rows
    return [stop_of(row) for row in rows.order_by("-id")[:limit]]


def find_stop(workspace_id: str, stop_id: str) -> Stop:
    """Raises NotFound."""
    known = ids.is_id(stop_id, "stp")
    row = StopSwitch.everywhere.filter(workspace_id=workspace_id, id=stop_id).first() if known else None
    if row is None:
        raise NotFound(f"There is no stop switch {stop_id[:60]} here. Check the id.")
    return stop_of(row)


def held_by(workspace_id: str, stop: Stop, at: datetime) -> Held:
    """What a switch holds up, or would."""
    waiting = sql.many(_HELD, [workspace_id, HELD_MAX])
    granted = sql.many(_GRANTED, [workspace_id, at, HELD_MAX])
    return Held(_covered(stop, waiting), _covered(stop, granted))


def _covered(stop: Stop, rows: Iterable[dict[str, Any]]) -> int:
    return sum(covers(stop, Call(row["agent"], row["tool"], True, row["agent_version_id"])) for row in rows)


def stop_of(row: StopSwitch) -> Stop:
    return Stop(
        id=row.id,
        mode=row.mode,  # type: ignore[arg-type]  # only services/stops.py writes it
        reach=row.reach,  # type: ignore[arg-type]
        target=row.target,
        name=row.name,
        reason=row.reason,
        pulled_by=row.pulled_by,
        pulled_at=row.pulled_at,
        incident_id=row.incident_id,
        released_by=row.released_by,
        released_at=row.released_at,
        released_because=row.released_because,
    )
