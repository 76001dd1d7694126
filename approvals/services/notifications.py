"""What the sinks ask and answer about tellings: what to say to whom, and what became of it.

A promise of kind `action.escalated` or `agent.flooded` carries `notifications`, the ids of the tellings that it is to
keep. A sink asks `owed_telling` for what they still call for, sends it, and says so by `settle`; asked a second time,
what was sent is owed no more. The console is told over `live`, once for all, by `settle_console`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import QuerySet

from accounts import queries as accounts_queries
from accounts.queries import Reader
from approvals import answers
from approvals.answers import ActionView
from approvals.models import Action, Escalation, Notification
from approvals.services.counting import counted
from approvals.states import State
from tenancy import sql

ESCALATED, FLOODED = "action.escalated", "agent.flooded"
PROMISED, SENT, FAILED, SKIPPED, COLLAPSED = "promised", "sent", "failed", "skipped", "collapsed"
BECAUSE_MAX = 300
GIVEN_UP_AFTER = timedelta(hours=25)
WAITING_MAX = 1000


@dataclass(frozen=True, slots=True)
class Telling:
    """One telling that is still owed, to people who are still there.

    `kind` is escalate, remind or reassign; `level` counts from 1 of `levels`, 0 where it is in no plan. `by_name` and
    `reason` are of whoever asked for it, or "". `people` are those to be named, each with what they are called as.
    """

    notification_ids: tuple[str, ...]
    people: tuple[tuple[Reader, str], ...]
    action: ActionView
    kind: str
    level: int
    by_name: str
    reason: str
    waiting: int


def owed_telling(workspace_id: str, notification_ids: Sequence[str], at: datetime) -> Telling | None:
    """What these tellings still call for. Those that nobody needs any more are settled as skipped, with why."""
    found = Notification.everywhere.filter(workspace_id=workspace_id, id__in=list(notification_ids), outcome=PROMISED)
    notes = list(found.order_by("id"))
    if not notes:
        return None
    view = _view(workspace_id, notes[0].action_id)
    if view is None:
        settle(at=at, workspace_id=workspace_id, notification_ids=notification_ids, outcome=SKIPPED, because="decided")
        return None
    readers = [(note, accounts_queries.reader(workspace_id, note.user_id or "")) for note in notes]
    gone = [note.id for note, reader in readers if reader is None]
    if gone:
        settle(at=at, workspace_id=workspace_id, notification_ids=gone, outcome=SKIPPED, because="has left")
    told = [(note, reader) for note, reader in readers if reader is not None]
    if not told:
        return None
    escalation = Escalation.everywhere.get(workspace_id=workspace_id, id=notes[0].escalation_id)
    return Telling(
        notification_ids=tuple(note.id for note, _ in told),
        people=tuple((reader, note.via) for note, reader in told),
        action=view,
        kind=escalation.kind,
        level=0 if escalation.level is None else escalation.level + 1,
        by_name=escalation.by_name,
        reason=escalation.reason,
        waiting=_waiting(view),
    )


def settle(*, at: datetime, workspace_id: str, notification_ids: Sequence[str], outcome: str, because: str = "") -> int:
    """Says what became of tellings that were promised: `sent`, `failed` or `skipped`. The first word stands."""
    rows = Notification.everywhere.filter(workspace_id=workspace_id, id__in=list(notification_ids), outcome=PROMISED)
    return _settle(rows, at, outcome, because)


def settle_console(*, at: datetime, workspace_id: str, action_id: str, escalation_id: str) -> int:
    """The open pages know of it."""
    rows = Notification.everywhere.filter(
        workspace_id=workspace_id,
        action_id=action_id,
        escalation_id=escalation_id,
        channel="console",
        outcome=PROMISED,
    )
    return rows.update(outcome=SENT, settled_at=at)


def give_up(*, at: datetime) -> int:
    """Tellings that no sink has settled in a day, when the outbox has given them up too; says how many."""
    rows = Notification.everywhere.filter(outcome=PROMISED, created_at__lt=at - GIVEN_UP_AFTER)
    return _settle(rows, at, FAILED, "not delivered within a day")


def _settle(rows: QuerySet[Notification], at: datetime, outcome: str, because: str) -> int:
    """An escalation of which nobody heard in the end is one for the auditor."""
    touched = [] if outcome == SENT else list(rows.values_list("escalation_id", flat=True))
    settled = rows.update(outcome=outcome, because=because[:BECAUSE_MAX], settled_at=at)
    if touched:
        heard = Notification.everywhere.filter(escalation_id__in=touched, outcome__in=(PROMISED, SENT, COLLAPSED))
        silent = set(touched) - set(heard.values_list("escalation_id", flat=True))
        Escalation.everywhere.filter(id__in=silent).update(outcome="nobody", because=because[:BECAUSE_MAX])
    return settled


def _view(workspace_id: str, action_id: str) -> ActionView | None:
    """The action as long as it waits."""
    where = " where a.workspace_id = %s and a.state = 'pending' and a.id = %s"
    row = sql.one(answers.select() + where, [workspace_id, action_id])
    return counted(answers.view(row)) if row else None


def _waiting(view: ActionView) -> int:
    """How many actions of this agent wait, up to WAITING_MAX."""
    rows = Action.everywhere.filter(workspace_id=view.workspace_id, agent_id=view.agent_id, state=State.PENDING)
    return rows.values("id")[:WAITING_MAX].count()
