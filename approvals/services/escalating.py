"""escalate_due: whatever level or reminder is due is told, once, in batches. Time can tell people and end an action as
expired; it can never approve one.

A batch locks its actions and their timers and passes over what others hold, so any number of sweeps may run, and a
decision and an escalation never wait for each other in a circle. A decision that comes first has cancelled the timer;
where it comes second it waits for the batch and cancels the timer as it stands then.
"""

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction

from approvals.escalation import calls, plan
from approvals.escalation.calls import Cause
from approvals.models import Tally, Timer
from approvals.services.calling import Desk, TimerMove, move_timers
from approvals.services.cases import Case, lock_due, lock_if_due, read
from approvals.services.telling_rows import By

BATCH = 100
REST = timedelta(minutes=1)
TALLIES_KEPT = timedelta(days=1)
ON_TIME = By(Cause.TIMER)

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Swept:
    """What became of the timers of one look: `told` somebody (or found nobody to tell); `over`: the action was decided
    first, or its time is over; `put_off`: it is about to be approved; `failed`: they rest a minute.
    """

    told: int = 0
    over: int = 0
    put_off: int = 0
    failed: int = 0

    @property
    def looked_at(self) -> int:
        return self.told + self.over + self.put_off + self.failed


def escalate_due(*, at: datetime, limit: int = BATCH) -> Swept:
    """Fires up to `limit` due timers of escalations. One that cannot fire keeps no other waiting."""
    # Most looks find nothing, and SQLite would stop every writer for it.
    due = Timer.everywhere.filter(kind="escalate", due_at__lte=at, fired_at=None, cancelled_at=None)
    if not due.exists():
        return Swept()
    try:
        with transaction.atomic():
            return _fire(lock_due(at, limit), at)
    except Exception:
        log.exception("A batch of escalations failed; trying each by itself.")
    return _one_by_one(list(due.order_by("due_at").values_list("action_id", flat=True)[:limit]), at)


def forget_tallies(*, at: datetime) -> int:
    """Drops the counts of windows that are long over."""
    return Tally.everywhere.filter(since__lt=at - TALLIES_KEPT).delete()[0]


def _one_by_one(action_ids: Sequence[str], at: datetime) -> Swept:
    swept = [_alone(action_id, at) for action_id in action_ids]
    names = ("told", "over", "put_off", "failed")
    return Swept(*(sum(getattr(each, name) for each in swept) for name in names))


def _alone(action_id: str, at: datetime) -> Swept:
    try:
        with transaction.atomic():
            return _fire(lock_if_due(action_id, at), at)
    except Exception:
        log.exception("The escalation of %s cannot fire; trying again in a minute.", action_id)
        timers = Timer.everywhere.filter(action_id=action_id, kind="escalate", fired_at=None, cancelled_at=None)
        timers.update(due_at=at + REST)
        return Swept(failed=1)


def _fire(action_ids: Sequence[str], at: datetime) -> Swept:
    desk = Desk(at)
    moves: list[TimerMove] = []
    told = over = put_off = 0
    for case in read(action_ids):
        if case.timer_id is None:
            continue
        if not case.is_open or case.expires_at <= at:
            moves.append((None, None, at, case.timer_id))
            over += 1
        elif case.closing_at is not None:
            # Nothing is missing any more. Should a vote be taken back, the plan goes on from here.
            moves.append((max(case.closing_at, at) + timedelta(seconds=1), None, None, case.timer_id))
            put_off += 1
        else:
            following = plan.following(case.plan, tell_due(desk, case, ON_TIME))
            moves.append((following.due_at if following else None, None if following else at, None, case.timer_id))
            told += 1
    desk.write()
    move_timers(moves)
    return Swept(told, over, put_off)


def tell_due(desk: Desk, case: Case, by: By) -> int:
    """Tells what is due, and goes on at once past levels that reach nobody; the last moment that is settled."""
    settled = plan.settled(case.plan, case.done, desk.at)
    due = plan.due(case.plan, case.done, desk.at)
    heard = True
    for moment in due:
        settles = settled if moment is due[-1] else moment.index
        heard = desk.tell(case, calls.of_moment(moment, case.steps, settles=settles, at=desk.at), by)
        heard = heard or not moment.begins
    return settled if heard else tell_next(desk, case, settled, by)


def tell_next(desk: Desk, case: Case, done: int, by: By) -> int:
    """Tells the next level before its time, and those after it as long as nobody is reached; what is settled then."""
    while (moment := plan.next_level(case.plan, done)) is not None:
        done = moment.index
        if desk.tell(case, calls.of_moment(moment, case.steps, settles=done, at=desk.at), by):
            break
    return done
