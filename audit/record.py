"""The one function that writes facts. It runs inside the transaction of the change that it records, or not at all."""

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection

from audit.actor import Actor
from audit.canonical import commitment, event_bytes, stamp
from audit.keys import NONCE, Ring, reference
from audit.kinds import EventKind
from audit.models import Disclosure, Event, PendingEvent
from tenancy import ids
from tenancy.rows import Row

SYSTEM_LOG = "system"
SALT = 16


class NoTransaction(RuntimeError):
    """A fact was to be written outside a transaction, where it could outlive or miss its change. Open one first."""


@dataclass(frozen=True, slots=True)
class Secret:
    """A value that goes into the erasable side table; the event holds its salted digest (RFC 9901) alone.

    `json` is the value's canonical JSON. `subject` is whom it is about: the person or counterpart, else the action.
    """

    name: str
    json: bytes
    subject: str


@dataclass(frozen=True, slots=True)
class Prepared:
    event_id: str
    rows: tuple[Row, ...]


def prepare(
    *,
    kind: EventKind,
    workspace_id: str,
    actor: Actor,
    at: datetime,
    subject: tuple[str, str],
    action_id: str = "",
    revision: int | None = None,
    digest: bytes | None = None,
    policy: Mapping[str, Any] | None = None,
    data: Mapping[str, Any] | None = None,
    secrets: Sequence[Secret] = (),
) -> Prepared:
    """Rows of one event, not inserted. `digest` (of an action) can be guessed from its amounts: disclosed too.

    A subject that has no key yet gets one in the open transaction; that of a new action is among the rows.
    """
    event_id = ids.new("evt", at)
    log = workspace_id or SYSTEM_LOG
    if digest is not None:
        secrets = [Secret("digest", b'"sha256:' + digest.hex().encode() + b'"', action_id), *secrets]
    ring = Ring(log, action_id, is_new=kind is EventKind.ACTION_SUBMITTED)
    digests, rows = _beside(event_id, secrets, ring)
    body = event_bytes(
        {
            "id": event_id,
            "kind": kind.value,
            "log": log,
            "occurred_at": stamp(at),
            "actor": {"kind": actor.kind.value, "id": actor.id, "door": actor.door.value},
            "subject": {"type": subject[0], "id": subject[1]},
            "action": action_id or None,
            "digest": None if digest is None else digests[0],
            "revision": revision,
            "policy": policy,
            "data": data or {},
            "disclosures": digests,
        }
    )
    event = {
        "id": event_id,
        "workspace_id": log,
        "kind": kind.value,
        "subject_type": subject[0],
        "subject_id": subject[1],
        "action_id": action_id,
        "actor_kind": actor.kind.value,
        "actor_id": actor.id,
        "door": actor.door.value,
        "occurred_at": at,
        "body": body,
    }
    pending = {"event_id": event_id, "workspace_id": log}
    return Prepared(event_id, (Row(Event, event), Row(PendingEvent, pending), *rows, *ring.rows))


def _beside(event_id: str, secrets: Sequence[Secret], ring: Ring) -> tuple[list[str], list[Row]]:
    """What the event commits to, and the rows of salts and sealed values that open it."""
    # One draw for all salts and nonces: each lets go of the interpreter's lock.
    drawn = os.urandom((SALT + NONCE) * len(secrets))
    digests, rows = [], []
    for n, secret in enumerate(secrets):
        start = (SALT + NONCE) * n
        salt, nonce = drawn[start : start + SALT], drawn[start + SALT : start + SALT + NONCE]
        digests.append(commitment(salt, secret.name, secret.json))
        side: dict[str, Any] = {"event_id": event_id, "n": n, "name": secret.name, "salt": salt}
        side["subject"] = ring.action_id if secret.subject == ring.action_id else reference(secret.subject)
        rows.append(Row(Disclosure, {**side, "value": ring.seal(secret.json, secret.subject, nonce)}))
    return digests, rows


def record(
    *,
    kind: EventKind,
    workspace_id: str,
    actor: Actor,
    at: datetime,
    subject: tuple[str, str],
    action_id: str = "",
    data: Mapping[str, Any] | None = None,
    secrets: Sequence[Secret] = (),
) -> str:
    """Inserts one event in the open transaction and returns its id. Raises NoTransaction."""
    if not connection.in_atomic_block:
        raise NoTransaction(NoTransaction.__doc__)
    prepared = prepare(
        kind=kind,
        workspace_id=workspace_id,
        actor=actor,
        at=at,
        subject=subject,
        action_id=action_id,
        data=data,
        secrets=secrets,
    )
    for row in prepared.rows:
        row.model(**row.values).save(force_insert=True)
    return prepared.event_id
