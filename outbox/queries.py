"""What is still owed, and what was given up on."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from outbox.models import Message, Sent

LISTED = 100
COUNTED_MAX = 10_000
OWED, DEAD, SENT = "owed", "dead", "sent"


@dataclass(frozen=True, slots=True)
class DeadLetter:
    id: int
    workspace_id: str
    sink: str
    kind: str
    subject: str
    payload: Any
    attempts: int
    last_error: str
    created_at: datetime
    dead_at: datetime


def oldest_unsent() -> datetime | None:
    """When the oldest message that is still owed was promised. Dead letters are not owed any more."""
    return Message.objects.filter(dead_at=None).order_by("id").values_list("created_at", flat=True).first()


def standing() -> dict[tuple[str, str], int]:
    """By (sink, outcome): how many wait, are tried again, were given up on, or were sent within the days that this is
    remembered. Of each sort the newest COUNTED_MAX are looked at.
    """
    owed = Message.objects.order_by("-id")
    found: Counter[tuple[str, str]] = Counter()
    for sink, attempts in owed.filter(dead_at=None).values_list("sink", "attempts")[:COUNTED_MAX]:
        found[sink, "retrying" if attempts else "waiting"] += 1
    found.update(
        (sink, "dead") for sink in owed.filter(dead_at__isnull=False).values_list("sink", flat=True)[:COUNTED_MAX]
    )
    found.update((sink, "sent") for sink in Sent.objects.order_by("-id").values_list("sink", flat=True)[:COUNTED_MAX])
    return dict(found)


def dead(workspace_id: str = "", *, before: int | None = None, limit: int = LISTED) -> Sequence[DeadLetter]:
    """Dead letters, newest first; `before` is the last id of the page before. Without a workspace: everybody's."""
    letters = Message.objects.filter(dead_at__isnull=False).order_by("-id")
    if workspace_id:
        letters = letters.filter(workspace_id=workspace_id)
    if before is not None:
        letters = letters.filter(id__lt=before)
    return [_letter(message) for message in letters[:limit]]


def _letter(message: Message) -> DeadLetter:
    if message.dead_at is None:
        raise ValueError(f"message {message.pk} is still owed")
    return DeadLetter(
        id=message.pk,
        workspace_id=message.workspace_id,
        sink=message.sink,
        kind=message.kind,
        subject=message.subject,
        payload=message.payload,
        attempts=message.attempts,
        last_error=message.last_error,
        created_at=message.created_at,
        dead_at=message.dead_at,
    )


@dataclass(frozen=True, slots=True)
class DeliveryRow:
    """One promise as an admin sees it. `state` is waiting, retrying, dead or sent; `moment` is when it is tried next,
    was given up on, or arrived.
    """

    id: int
    sink: str
    kind: str
    subject: str
    state: str
    attempts: int
    created_at: datetime
    moment: datetime
    last_error: str


def deliveries(workspace_id: str, which: str, *, before: int | None = None, limit: int = LISTED) -> list[DeliveryRow]:
    """One page of this workspace's promises, newest first: still OWED, given up on (DEAD), or SENT lately."""
    if which == SENT:
        sent = Sent.objects.filter(workspace_id=workspace_id).order_by("-id")
        return [_sent(row) for row in (sent if before is None else sent.filter(id__lt=before))[:limit]]
    owed = Message.objects.filter(workspace_id=workspace_id, dead_at__isnull=which != DEAD).order_by("-id")
    return [_owed(row) for row in (owed if before is None else owed.filter(id__lt=before))[:limit]]


def _owed(row: Message) -> DeliveryRow:
    state = "dead" if row.dead_at else "retrying" if row.attempts else "waiting"
    return _row(row, state, row.dead_at or row.due_at, row.last_error)


def _sent(row: Sent) -> DeliveryRow:
    return _row(row, "sent", row.sent_at, "")


def _row(row: Message | Sent, state: str, moment: datetime, last_error: str) -> DeliveryRow:
    return DeliveryRow(
        id=row.pk,
        sink=row.sink,
        kind=row.kind,
        subject=row.subject,
        state=state,
        attempts=row.attempts,
        created_at=row.created_at,
        moment=moment,
        last_error=last_error,
    )
