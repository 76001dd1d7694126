"""What is still owed, and what was given up on."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from outbox import endpoints as hooks
from outbox.models import Endpoint, Message, Sent

WEBHOOK = hooks.SINK
WEBHOOK_KINDS, AGENT_WEBHOOK_KINDS = hooks.KINDS, hooks.AGENT_KINDS
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


def is_owed(sink: str, subject: str, payload: dict[str, Any]) -> bool:
    """Whether a message just like this one is on its way still."""
    owed = Message.objects.filter(sink=sink, subject=subject, dead_at=None)
    return any(found == payload for found in owed.values_list("payload", flat=True))


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
    was given up on, or arrived. `endpoint` is the webhook's; `is_replayable` says that it can be sent once more.
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
    endpoint: str
    is_replayable: bool


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
        endpoint=(row.payload or {}).get("endpoint", "") if row.sink == WEBHOOK else "",
        is_replayable=state == "dead" or (state == "sent" and row.payload is not None),
    )


@dataclass(frozen=True, slots=True)
class EndpointView:
    """A webhook. `agent_name` is "" for the whole workspace; `state` is ready, sent (the last one arrived) or failing;
    `both_until` is when the secret before ends to sign too, None where it does not.
    """

    id: str
    workspace_id: str
    agent_id: str
    agent_name: str
    url: str
    kinds: list[str]
    by_name: str
    created_at: datetime
    state: str
    sent: int
    sent_at: datetime | None
    failing_since: datetime | None
    last_error: str
    both_until: datetime | None


def endpoints(workspace_id: str, *, at: datetime) -> list[EndpointView]:
    """Newest first."""
    return [_endpoint(row, at) for row in hooks.live().filter(workspace_id=workspace_id).order_by("-id")]


def endpoint(workspace_id: str, endpoint_id: str, *, at: datetime) -> EndpointView | None:
    row = hooks.live().filter(workspace_id=workspace_id, pk=endpoint_id).first()
    return _endpoint(row, at) if row else None


def given_up(workspace_id: str, endpoint_id: str) -> int:
    """How many messages to it are dead letters, up to COUNTED_MAX."""
    dead = Message.objects.filter(workspace_id=workspace_id, sink=WEBHOOK, dead_at__isnull=False)
    return dead.filter(payload__endpoint=endpoint_id).values("id")[:COUNTED_MAX].count()


def addresses_of(workspace_id: str, endpoint_ids: Sequence[str]) -> dict[str, str]:
    """By id, also of those that were removed."""
    rows = Endpoint.everywhere.filter(workspace_id=workspace_id, pk__in=set(endpoint_ids))
    return dict(rows.values_list("id", "url"))


def _endpoint(row: Endpoint, at: datetime) -> EndpointView:
    return EndpointView(
        id=row.pk,
        workspace_id=row.workspace_id,
        agent_id=row.agent_id,
        agent_name=row.agent_name,
        url=row.url,
        kinds=row.kinds,
        by_name=row.by_name,
        created_at=row.created_at,
        state="failing" if row.failing_since else "sent" if row.sent else "ready",
        sent=row.sent,
        sent_at=row.sent_at,
        failing_since=row.failing_since,
        last_error=row.last_error,
        both_until=row.before_until if row.before_until and row.before_until > at else None,
    )
