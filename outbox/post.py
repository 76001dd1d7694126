"""The one function that makes promises, inside the transaction that owes them."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import connection, transaction

from outbox import endpoints, wake
from outbox.models import Message, Outgoing
from tenancy.rows import Row


class NoTransaction(RuntimeError):
    """A promise was to be made outside a transaction, where it could be kept for a change that never happened."""


def prepare(*, sink: str, kind: str, workspace_id: str, subject: str, payload: Mapping[str, Any], at: datetime) -> Row:
    """One message, not inserted. `sink` is a name that `OUTBOX_SINKS` knows."""
    values = {
        "workspace_id": workspace_id,
        "sink": sink,
        "kind": kind,
        "subject": subject,
        "payload": dict(payload),
        "created_at": at,
        "due_at": at,
        "attempts": 0,
        "last_error": "",
    }
    return Row(Message, values)


def post(*, sink: str, kind: str, workspace_id: str, subject: str, payload: Mapping[str, Any], at: datetime) -> None:
    """Inserts one message in the open transaction. Raises NoTransaction."""
    if not connection.in_atomic_block:
        raise NoTransaction(NoTransaction.__doc__)
    row = prepare(sink=sink, kind=kind, workspace_id=workspace_id, subject=subject, payload=payload, at=at)
    row.model(**row.values).save(force_insert=True)
    transaction.on_commit(lambda: wake.publish(wake.OUTBOX))


def prepare_webhook(
    *, kind: str, workspace_id: str, subject: str, ref: str, at: datetime, agent_id: str = "", **more: Any
) -> Row:
    """One message to each endpoint that takes this kind, not inserted; whoever inserts it finds them.

    `ref` names what happened, once for ever: receivers know a second copy by it. `agent_id` is whose action it is
    about, or "". `more` rides along in the payload.
    """
    payload = {"id": subject, "agent": agent_id, "ref": ref, **more}
    row = prepare(sink=endpoints.SINK, kind=kind, workspace_id=workspace_id, subject=subject, payload=payload, at=at)
    return Row(Outgoing, row.values)


def post_webhook(
    *, kind: str, workspace_id: str, subject: str, ref: str, at: datetime, agent_id: str = "", **more: Any
) -> None:
    """Inserts one message for each endpoint that takes it, in the open transaction. Raises NoTransaction."""
    if not connection.in_atomic_block:
        raise NoTransaction(NoTransaction.__doc__)
    row = prepare_webhook(
        kind=kind, workspace_id=workspace_id, subject=subject, ref=ref, at=at, agent_id=agent_id, **more
    )
    found = endpoints.spread([row])
    if found:
        Message.objects.bulk_create([Message(**each.values) for each in found])
        transaction.on_commit(lambda: wake.publish(wake.OUTBOX))
