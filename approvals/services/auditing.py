"""The auditor: it looks at every action that waits, some time after it came, and finds those that nobody was told of.

It does not trust timers, plans or the outbox: it reads what was kept of tellings. What it finds it escalates itself,
to the next level that is there and else to leads and admins. It goes round by id within a budget of actions a look, and
says by its heartbeat that it does: `/readyz` shows how old that is.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction

from approvals.escalation import calls, plan
from approvals.escalation.calls import Cause, Kind
from approvals.models import Heartbeat
from approvals.services.calling import Desk, insert, move_timers
from approvals.services.cases import Case, lock_one, read
from approvals.services.escalating import tell_next
from approvals.services.telling_rows import By
from audit import record
from audit.actor import SYSTEM
from audit.kinds import EventKind
from tenancy import ids, sql
from tenancy.rows import Row

NAME = "escalation auditor"
EVERY = 15.0
# How long an action may wait before somebody has to know of it, and an overdue level before it counts as lost.
GRACE = timedelta(minutes=2)
BUDGET = 500
MENDED = 50
AGAIN = timedelta(minutes=10)
LEADERS = ("lead", "admin")
FOUND = By(Cause.AUDITOR)

_FRESH = """select a.id, case when exists (select 1 from approvals_notification n where n.action_id = a.id
 and n.outcome in ('promised', 'sent', 'collapsed')) then 1 else 0 end told from approvals_action a
 where a.id > %s and a.id < %s and a.state = 'pending' order by a.id limit %s"""
# What was found before and could not be mended, oldest first.
_UNHEARD = """select distinct e.action_id, a.created_at from approvals_escalation e
 join approvals_action a on a.id = e.action_id
 where e.outcome = 'nobody' and e.fired_at > %s and a.state = 'pending' and not exists (select 1
 from approvals_notification n where n.action_id = a.id and n.outcome in ('promised', 'sent', 'collapsed'))
 order by a.created_at limit %s"""
_TOLD = """select 1 from approvals_notification n where n.action_id = %s
 and n.outcome in ('promised', 'sent', 'collapsed') limit 1"""
KEPT = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class Audited:
    """`unheard` were told to nobody when they were looked at; `more` says that the budget was spent."""

    looked_at: int
    unheard: int
    more: bool


def audit_waiting(*, at: datetime, budget: int = BUDGET) -> Audited:
    """One look: at what came since the last one, and again at what nobody could be told of then."""
    beat = Heartbeat.objects.filter(name=NAME).first()
    until = ids.floor("act", at - GRACE)
    after = beat.cursor if beat else ids.floor("act", at - KEPT)
    fresh = sql.many(_FRESH, [after, until, budget])
    found = [row["id"] for row in fresh if not row["told"]]
    before = [row["action_id"] for row in sql.many(_UNHEARD, [at - KEPT, MENDED])]
    unheard = [case.action_id for case in read(found) if case.is_open and _is_unheard(case, at)]
    mended = unheard[:MENDED]
    for action_id in dict.fromkeys([*mended, *before]):
        _mend(action_id, at)
    more = len(fresh) == budget or len(unheard) > MENDED
    cursor = mended[-1] if len(unheard) > MENDED else fresh[-1]["id"] if more else until
    _beat(at, cursor, sql.many(_UNHEARD, [at - KEPT, budget]))
    return Audited(len(fresh), len(mended), more)


def _is_unheard(case: Case, at: datetime) -> bool:
    """With a plan: its first moment is long past. Without one: nobody is there whose vote would count."""
    if case.plan:
        return case.plan[0].due_at <= at - GRACE
    if case.steps:
        return False
    return not Desk(at).would_reach(case, calls.of_groups(case.terms, Kind.ESCALATE, at), FOUND)


def _mend(action_id: str, at: datetime) -> None:
    """Tells whoever can be told now, under the action's lock; what was told meanwhile is left alone."""
    with transaction.atomic():
        [case] = read([action_id])
        if not lock_one(case.workspace_id, action_id):
            return
        [case] = read([action_id])
        tried_lately = case.told_at is not None and case.told_at > at - AGAIN
        if not case.is_open or tried_lately or sql.one(_TOLD, [action_id]):
            return
        insert(_found(case, at))
        desk = Desk(at)
        done = tell_next(desk, case, case.done, FOUND)
        if not desk.reaches_somebody:
            desk.tell(case, calls.of_roles(LEADERS, at), FOUND)
        desk.write()
        if case.timer_id is not None:
            following = plan.following(case.plan, done)
            move_timers([(following.due_at if following else None, None if following else at, None, case.timer_id)])


def _found(case: Case, at: datetime) -> tuple[Row, ...]:
    return record.prepare(
        kind=EventKind.ACTION_UNHEARD,
        workspace_id=case.workspace_id,
        actor=SYSTEM,
        at=at,
        subject=("action", case.action_id),
        action_id=case.action_id,
        data={"waiting_seconds": int((at - case.opened_at).total_seconds())},
    ).rows


def _beat(at: datetime, cursor: str, still: list[dict[str, Any]]) -> None:
    oldest_at = sql.moment(still[0]["created_at"]) if still else None
    values = {"beat_at": at, "cursor": cursor, "unheard": len(still), "oldest_at": oldest_at}
    Heartbeat.objects.update_or_create(name=NAME, defaults=values)
