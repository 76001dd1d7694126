"""Keeps the numbers behind the dashboards: finds the hours in which something moved, and counts each anew.

Nothing is added up from facts: an hour is counted from its actions as they are, so counting it twice changes nothing.
A fact only says which hour to look at. Facts are read as they come and once more ten minutes later, when whatever was
slow to commit has done so; and each hour of the last month is counted at least once a day whatever was told of it.
"""

import logging
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.db import connection, transaction
from django.db.models import F, Q

from approvals.models import Action, RollupCursor, RollupHour
from approvals.rollups import reading, waiting, writing
from approvals.rollups.tally import Tally
from tenancy import ids, sql

FACTS = 2_000
LAG = timedelta(minutes=10)
AHEAD = timedelta(seconds=1)
# Facts of neighbouring moments commit in any order: what is younger than this is read once more at the next look.
SLACK = timedelta(seconds=3)
EVERY = timedelta(seconds=5)
# An hour that took long to count rests this many times as long, so that counting never takes more than a twentieth.
REST = 20
FAILED_MS = 30_000
RECOUNTED = timedelta(days=1)
MONTH = timedelta(days=31)
RECOUNTS = 20
LOOKED_AT = 50
_CURSOR = "actions"
_FACTS = "select id, workspace_id, action_id from audit_event where id > %s and id < %s order by id limit %s"

log = logging.getLogger(__name__)


@dataclass(slots=True)
class _Run:
    """One hour while it is counted, some actions at a time."""

    pk: int
    workspace_id: str
    hour: datetime
    told: int
    after: str = ""
    spent: float = 0.0
    tally: Tally = field(default_factory=Tally)

    def step(self) -> bool:
        """Counts the next actions; True once all are."""
        began = time.perf_counter()
        found = reading.chunk(self.workspace_id, self.hour, self.after)
        for asked in found.asked:
            self.tally.add(asked)
        for task in found.tasks:
            self.tally.add_task(task)
        self.after = found.last
        self.spent += time.perf_counter() - began
        return not self.after

    def write(self, at: datetime) -> None:
        """Whoever saw more facts has the last word: a count that began before theirs is thrown away."""
        with transaction.atomic():
            _lock()
            hours = RollupHour.everywhere.filter(pk=self.pk, counted__lt=self.told)
            if hours.update(counted=self.told, counted_at=at, took_ms=int(self.spent * 1000)):
                writing.replace_hour(self.workspace_id, self.hour, self.tally)


class Counting:
    """Counts one hour after the other, a few hundred actions at each `look`, so that no timer waits for it."""

    def __init__(self) -> None:
        self._run: _Run | None = None

    def look(self, *, at: datetime) -> bool:
        """True while there is more to do at once."""
        more = note_moves(at=at)
        self._run = self._run or _next(at)
        if self._run is None:
            return more
        run, self._run = self._run, None
        try:
            if run.step():
                run.write(at)
            else:
                self._run = run
        except Exception:
            RollupHour.everywhere.filter(pk=run.pk).update(counted_at=at, took_ms=FAILED_MS)
            raise
        return True


def note_moves(*, at: datetime, limit: int = FACTS) -> bool:
    """Reads facts on and marks the hours of their actions; True when there are more of them."""
    seen = RollupCursor.objects.filter(pk=_CURSOR).first() or RollupCursor(name=_CURSOR, fresh="", settled="")
    fresh, settled = _back(seen.fresh, at + AHEAD), _back(seen.settled, at - LAG)
    news = sql.many(_FACTS, [fresh, ids.floor("evt", at + AHEAD), limit])
    olds = sql.many(_FACTS, [settled, ids.floor("evt", at - LAG), limit])
    if not news and not olds:
        return False
    moved = {(row["workspace_id"], row["action_id"]) for row in (*news, *olds) if row["action_id"]}
    hours = _hours(moved)
    waiting.let_go([action_id for _, action_id in moved])
    with transaction.atomic():
        _lock()
        same = RollupCursor.objects.filter(pk=_CURSOR, fresh=seen.fresh, settled=seen.settled)
        moved_on = {"fresh": _moved_on(fresh, news, at, limit), "settled": olds[-1]["id"] if olds else settled}
        # Another pulse that read the same facts has marked their hours.
        if same.update(**moved_on):
            _mark(hours)
    return limit in {len(news), len(olds)}


def count_all(*, at: datetime) -> int:
    """Counts whatever is due now, however long it takes; says how many hours."""
    while note_moves(at=at):
        pass
    done = 0
    for row in RollupHour.everywhere.filter(told__gt=F("counted")).order_by("-hour"):
        _whole(_Run(row.pk, row.workspace_id, row.hour, row.told), at)
        done += 1
    return done


def rebuild(*, at: datetime, workspace_id: str) -> int:
    """Counts every hour of a workspace anew, and those that are not known yet; says how many."""
    with transaction.atomic():
        _lock()
        _mark({(workspace_id, hour) for hour in _all_hours(workspace_id)})
    done = 0
    for row in RollupHour.everywhere.filter(workspace_id=workspace_id).order_by("hour"):
        _whole(_Run(row.pk, row.workspace_id, row.hour, row.told), at)
        done += 1
    return done


def recount_old(*, at: datetime) -> int:
    """Marks hours of the last month that were not looked at for a day; says how many."""
    old = RollupHour.everywhere.filter(counted_at__lt=at - RECOUNTED, hour__gte=at - MONTH).order_by("counted_at")
    found = list(old.values_list("pk", flat=True)[:RECOUNTS])
    return RollupHour.everywhere.filter(pk__in=found).update(told=F("told") + 1) if found else 0


def _whole(run: _Run, at: datetime) -> None:
    while not run.step():
        pass
    run.write(at)


def _next(at: datetime) -> _Run | None:
    """The newest hour that is due and has rested."""
    due = RollupHour.everywhere.filter(told__gt=F("counted"))
    rested = due.filter(Q(counted_at=None) | Q(counted_at__lte=at - EVERY) | Q(counted_at__gt=at))
    for row in rested.order_by("-hour")[:LOOKED_AT]:
        if row.counted_at is None or not row.counted_at <= at < row.counted_at + REST * timedelta(
            milliseconds=row.took_ms
        ):
            return _Run(row.pk, row.workspace_id, row.hour, row.told)
    return None


def _back(cursor: str, at: datetime) -> str:
    """The cursor, or after a clock was set back one that is far enough behind to see what was recorded since."""
    return cursor if cursor < ids.floor("evt", at) else ids.floor("evt", at - 2 * LAG)


def _moved_on(cursor: str, news: Sequence[Mapping[str, Any]], at: datetime, limit: int) -> str:
    if not news:
        return cursor
    last: str = news[-1]["id"]
    return last if len(news) == limit else max(cursor, min(last, ids.floor("evt", at - SLACK)))


def _hours(moved: set[tuple[str, str]]) -> set[tuple[str, datetime]]:
    """The hours of the actions, and those in which their traces began."""
    by_workspace: dict[str, list[str]] = {}
    for workspace_id, action_id in moved:
        by_workspace.setdefault(workspace_id, []).append(action_id)
    return {
        (workspace_id, _hour_of(action_id))
        for workspace_id, action_ids in by_workspace.items()
        for action_id in (*action_ids, *reading.firsts(workspace_id, action_ids))
    }


def _mark(hours: Iterable[tuple[str, datetime]]) -> None:
    """Needs the lock, so that nobody else makes the same row."""
    for workspace_id, hour in sorted(hours):
        if not RollupHour.everywhere.filter(workspace_id=workspace_id, hour=hour).update(told=F("told") + 1):
            RollupHour.everywhere.create(workspace_id=workspace_id, hour=hour, told=1)


def _lock() -> None:
    """Of whoever moves the cursor or writes numbers, one after the other. SQLite has one writer anyway."""
    RollupCursor.objects.get_or_create(pk=_CURSOR, defaults={"fresh": "", "settled": ""})
    if connection.features.has_select_for_update:
        RollupCursor.objects.select_for_update().get(pk=_CURSOR)


def _all_hours(workspace_id: str) -> Iterable[datetime]:
    """Every hour in which an action was asked, by leaps through the index."""
    after = ""
    while True:
        actions = Action.everywhere.filter(workspace_id=workspace_id, id__gt=after).order_by("id")
        found = actions.values_list("id", flat=True).first()
        if found is None:
            break
        hour = _hour_of(found)
        yield hour
        after = ids.floor("act", hour + reading.HOUR)
    yield from RollupHour.everywhere.filter(workspace_id=workspace_id).values_list("hour", flat=True)


def _hour_of(action_id: str) -> datetime:
    return ids.created_at(action_id).replace(minute=0, second=0, microsecond=0)
