"""The one function that makes promises, inside the transaction that owes them."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import connection, transaction

from outbox import wake
from outbox.models import Message
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
