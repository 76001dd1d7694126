"""Answers that idempotency keys remember for a day. The row of a success rides in the verb's own transaction."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction

from approvals import rows
from approvals.answers import ActionView
from approvals.models import IdempotencyKey
from tenancy import sql
from tenancy.rows import Row

KEPT_FOR = timedelta(hours=24)

Remember = Callable[[ActionView], Row]
_FIND = """select body_sha256, status, answer from approvals_idempotencykey
 where caller_id = %s and key = %s and created_at > %s"""


@dataclass(frozen=True, slots=True)
class Kept:
    """An answer as it was given, and the hash of the request that it answers."""

    body_sha256: bytes
    status: int
    answer: bytes


def row(*, caller_id: str, key: str, body_sha256: bytes, status: int, answer: bytes, at: datetime) -> Row:
    """The row for a verb's own statement or transaction."""
    return rows.remembered(caller_id=caller_id, key=key, body_sha256=body_sha256, status=status, answer=answer, at=at)


def keep(prepared: Row) -> None:
    """Inserts the row in the open transaction. IntegrityError where the key has an answer already."""
    prepared.model(**prepared.values).save(force_insert=True)


def keep_unless_kept(prepared: Row) -> None:
    """The same in a transaction of its own; whoever was first stays."""
    with transaction.atomic():
        IdempotencyKey.objects.bulk_create([IdempotencyKey(**prepared.values)], ignore_conflicts=True)


def find(*, caller_id: str, key: str, at: datetime) -> Kept | None:
    """The answer that is younger than a day."""
    found = sql.one(_FIND, [caller_id, key, at - KEPT_FOR])
    return Kept(bytes(found["body_sha256"]), found["status"], bytes(found["answer"])) if found else None


def forget(*, caller_id: str, key: str, at: datetime) -> None:
    """Makes room where a key is used again after its day."""
    IdempotencyKey.objects.filter(caller_id=caller_id, key=key, created_at__lte=at - KEPT_FOR).delete()
