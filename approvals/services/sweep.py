"""What is due: expiries, undo windows, grants that ran out unspent, results that never came. Each timer fires once."""

import logging
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Any

from django.db import connection, transaction
from django.db.models import QuerySet

from approvals import clock, queries
from approvals.models import Action, Execution, Grant, IdempotencyKey, Timer
from approvals.services.closing import fire as fire_closing
from approvals.services.expiry import expire
from approvals.services.limits import give_back
from approvals.services.telling import tell
from approvals.states import Outcome
from audit.actor import SYSTEM
from audit.kinds import EventKind
from outbox import post
from tenancy import scope

ANSWERS_KEPT = timedelta(hours=24)
REST = timedelta(minutes=1)
UNREPORTED = "execution.unreported"

log = logging.getLogger(__name__)


def fire_due(*, at: datetime, limit: int = 100) -> int:
    """Fires up to `limit` due timers and says how many. Any number of sweepers may run: a timer belongs to who locks
    it.
    """
    due = Timer.everywhere.filter(due_at__lte=at, fired_at=None, cancelled_at=None).order_by("due_at")
    return sum(_fire_or_rest(timer_id, kind, at) for timer_id, kind in list(due.values_list("id", "kind")[:limit]))


def forget_answers(*, at: datetime) -> int:
    """Drops remembered answers that are older than a day."""
    return IdempotencyKey.objects.filter(created_at__lt=at - ANSWERS_KEPT).delete()[0]


def _fire_or_rest(timer_id: str, kind: str, at: datetime) -> bool:
    """One timer that cannot fire rests a minute and says so, and keeps no other waiting."""
    try:
        return fire_closing(timer_id, at) if kind == "close" else _fire(timer_id, at)
    except Exception:
        log.exception("Timer %s cannot fire; trying again in a minute.", timer_id)
        Timer.everywhere.filter(pk=timer_id, fired_at=None).update(due_at=at + REST)
        return False


def _fire(timer_id: str, at: datetime) -> bool:
    with transaction.atomic():
        timers = Timer.everywhere.filter(pk=timer_id, fired_at=None, cancelled_at=None)
        if connection.features.has_select_for_update_skip_locked:
            timers = timers.select_for_update(skip_locked=True)
        timer = timers.first()
        if timer is None:
            return False
        with scope.workspace(timer.workspace_id):
            done = _takes(timer) and _FIRES[timer.kind](timer, at)
            if done:
                # The move itself has cancelled its action's timers, this one among them.
                Timer.objects.filter(pk=timer_id).update(fired_at=at, cancelled_at=None)
    return done


def _takes(timer: Timer) -> bool:
    """Locks what the timer is about. A verb that holds it will want this timer next, so the sweep comes back later
    instead of waiting: neither can wait for the other in a circle.
    """
    if not connection.features.has_select_for_update_skip_locked:
        return True
    rows = _ABOUT[timer.kind](timer.action_id).select_for_update(skip_locked=True)
    return len(rows.values_list("pk")) > 0


def _expire(timer: Timer, at: datetime) -> bool:
    view = queries.find(timer.workspace_id, timer.action_id, envelope=True)
    return not view.is_open or expire(view, at)


def _grant_expires(timer: Timer, at: datetime) -> bool:
    grant = Grant.objects.filter(action_id=timer.action_id)
    if grant.filter(spent_at=None, revoked_at=None, expires_at__gt=clock.now()).exists():
        return False
    if grant.filter(spent_at=None, revoked_at=None).exists():
        give_back(timer.action_id, at)
        _tell(EventKind.GRANT_EXPIRED, timer, at)
    return True


def _result_due(timer: Timer, at: datetime) -> bool:
    silent = Execution.objects.filter(action_id=timer.action_id, status=Outcome.RUNNING)
    if silent.update(status=Outcome.UNKNOWN):
        _tell(EventKind.EXECUTION_UNREPORTED, timer, at, ("live", "incidents"))
        owner_id = Action.objects.values_list("agent__owner_id", flat=True).get(pk=timer.action_id)
        post.post(
            sink="mail",
            kind=UNREPORTED,
            workspace_id=timer.workspace_id,
            subject=timer.action_id,
            payload={"user": owner_id, "action": timer.action_id},
            at=at,
        )
    return True


_ABOUT: dict[str, Callable[[str], QuerySet[Any]]] = {
    "expire": lambda action_id: Action.objects.filter(pk=action_id),
    "grant_expires": lambda action_id: Grant.objects.filter(action_id=action_id),
    "result_due": lambda action_id: Execution.objects.filter(action_id=action_id),
}
_FIRES = {"expire": _expire, "grant_expires": _grant_expires, "result_due": _result_due}


def _tell(kind: EventKind, timer: Timer, at: datetime, sinks: Sequence[str] = ("live",)) -> None:
    tell(kind, workspace_id=timer.workspace_id, action_id=timer.action_id, actor=SYSTEM, at=at, sinks=sinks)
