"""What waits, by how far up it was told of and by its age, and whose agents have gone.

Read from indexes alone. Where so much waits that even this takes long, the pulse counts it every few seconds instead
(`keep`), and what is shown is as exact as ever, but of the moment that it names.
"""

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import orjson

from approvals.inbox import of_group
from approvals.models import WaitingCount
from approvals.narrowing import AGES as AGES
from approvals.narrowing import MILLISECOND
from tenancy import ids, sql

# Up to here it is counted as it is asked for; within a group each action is read from its table, so fewer are.
LIVE_MAX, OF_GROUP_MAX = 5_000, 2_000
EVERY = timedelta(seconds=5)
# What took long to count rests this many times as long, so that counting never takes more than a twentieth.
REST = 20

_CROWD = """select (select count(*) from (select 1 from approvals_action a where a.workspace_id = w.id
  and a.state = 'pending' limit %s) t) n, cast(c.levels as text) levels, cast(c.gone as text) gone, c.counted_at
 from accounts_workspace w left join approvals_waitingcount c on c.workspace_id = w.id where w.id = %s"""
_CROWDED = """select w.id from accounts_workspace w where (select count(*) from (select 1 from approvals_action a
 where a.workspace_id = w.id and a.state = 'pending' limit %s) t) >= %s"""
# An id begins with its moment, so the index of the queue, whose columns these are, tells the age as well.
_WAITING = """select level, count(*) waiting, min(id) oldest_id, sum(case when id >= %s then 1 else 0 end) under0,
 sum(case when id >= %s then 1 else 0 end) under1, sum(case when id >= %s then 1 else 0 end) under2,
 sum(case when target_at < %s then 1 else 0 end) late
 from (select a.id, a.target_at, coalesce((select max(coalesce(e.level, -1) + 1) from approvals_escalation e
   where e.workspace_id = a.workspace_id and e.action_id = a.id and e.waits and e.outcome = 'told'), -1) level
  from approvals_action a where a.workspace_id = %s and a.state = 'pending'{within}) t group by level order by level"""
_GONE = """select a.agent_id, count(*) n from approvals_action a
 join (select action_id from approvals_listening where workspace_id = %s and until < %s) l on l.action_id = a.id
 where a.workspace_id = %s and a.state = 'pending' group by a.agent_id"""


@dataclass(frozen=True, slots=True)
class LevelRow:
    """How many wait at a level (0: told outside of a plan, -1: nobody yet), by age; `late` are past their target."""

    level: int
    ages: tuple[int, ...]
    late: int
    waiting: int
    oldest_id: str

    @property
    def oldest_at(self) -> datetime:
        """Right to the millisecond."""
        return ids.created_at(self.oldest_id)


@dataclass(frozen=True, slots=True)
class Waiting:
    """As it stood at `counted_at`. `is_part`: of a group there are more than were counted."""

    levels: tuple[LevelRow, ...]
    counted_at: datetime
    is_part: bool = False

    @property
    def late(self) -> int:
        return sum(row.late for row in self.levels)

    @property
    def oldest_at(self) -> datetime | None:
        return min((row.oldest_at for row in self.levels), default=None)


@dataclass(frozen=True, slots=True)
class _Kept:
    levels: Sequence[Mapping[str, Any]]
    gone: Mapping[str, int]
    counted_at: datetime


def waiting(workspace_id: str, at: datetime, group: str = "") -> Waiting:
    """With a group, only what that group has to agree to."""
    kept = None if group else _kept(workspace_id)
    if kept:
        return Waiting(tuple(map(_level, kept.levels)), kept.counted_at)
    rows = tuple(map(_level, _count(workspace_id, at, group)))
    return Waiting(rows, at, bool(group) and sum(row.waiting for row in rows) >= _most())


def gone(workspace_id: str, at: datetime) -> Mapping[str, int]:
    """How many actions wait whose agent listened once and has stopped, by agent's id."""
    kept = _kept(workspace_id)
    return kept.gone if kept else _count_gone(workspace_id, at)


def keep(*, at: datetime) -> int:
    """Counts for every workspace with a crowd that has rested; says how many these were."""
    crowded = {row["id"] for row in sql.many(_CROWDED, [LIVE_MAX + 1, LIVE_MAX + 1])}
    known = {row.workspace_id: row for row in WaitingCount.everywhere.all()}
    WaitingCount.everywhere.filter(workspace_id__in=known.keys() - crowded).delete()
    due = [workspace_id for workspace_id in sorted(crowded) if _has_rested(known.get(workspace_id), at)]
    for workspace_id in due:
        began = time.perf_counter()
        found = {"levels": _count(workspace_id, at), "gone": _count_gone(workspace_id, at), "counted_at": at}
        found["took_ms"] = int((time.perf_counter() - began) * 1000)
        WaitingCount.everywhere.update_or_create(workspace_id=workspace_id, defaults=found)
    return len(due)


def _has_rested(row: WaitingCount | None, at: datetime) -> bool:
    """A clock that was set back makes nobody wait."""
    if row is None:
        return True
    return not row.counted_at <= at < row.counted_at + max(EVERY, REST * timedelta(milliseconds=row.took_ms))


def _kept(workspace_id: str) -> _Kept | None:
    """What the pulse has counted, where there is too much to count it now."""
    row = sql.one(_CROWD, [LIVE_MAX + 1, workspace_id])
    counted_at = sql.moment(row["counted_at"]) if row else None
    if row is None or counted_at is None or row["n"] <= LIVE_MAX:
        return None
    return _Kept(orjson.loads(row["levels"]), orjson.loads(row["gone"]), counted_at)


def _count(workspace_id: str, at: datetime, group: str = "") -> list[dict[str, Any]]:
    """Within a group only so many."""
    clause, values = of_group(group) if group else ("", [])
    within = f" and {clause} limit %s" if group else ""
    edges = [ids.floor("act", at - age + MILLISECOND) for age in AGES]
    given = [*edges, at, workspace_id, *values, *([_most()] if group else [])]
    rows = sql.many(_WAITING.replace("{within}", within), given)
    return [{name: value if name == "oldest_id" else int(value) for name, value in row.items()} for row in rows]


def _most() -> int:
    return min(LIVE_MAX, OF_GROUP_MAX)


def _count_gone(workspace_id: str, at: datetime) -> dict[str, int]:
    return {row["agent_id"]: int(row["n"]) for row in sql.many(_GONE, [workspace_id, at, workspace_id])}


def _level(row: Mapping[str, Any]) -> LevelRow:
    under = [row[f"under{n}"] for n in range(len(AGES))]
    return LevelRow(
        level=row["level"],
        ages=tuple(upper - lower for lower, upper in zip([0, *under], [*under, row["waiting"]], strict=True)),
        late=row["late"],
        waiting=row["waiting"],
        oldest_id=row["oldest_id"],
    )
