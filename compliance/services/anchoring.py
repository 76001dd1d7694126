"""Gives signed checkpoints to whoever outside is to hold them, through the outbox, and keeps what they answer."""

import logging
from datetime import datetime, timedelta

import httpx
from django.db import transaction
from django.db.models import F, Max
from django.utils import timezone

from audit import record
from audit.actor import SYSTEM, Actor
from audit.anchors.witness import Diverged
from audit.canonical import canonical
from audit.kinds import EventKind
from audit.models import Anchor, Checkpoint, Log
from audit.record import SYSTEM_LOG, Secret
from audit.witnesses import anchor_name, policy
from compliance import anchors
from compliance.anchor_folder import Undelivered
from outbox import post
from outbox import queries as outbox
from outbox.types import Delivery, PermanentFailure, TransientFailure

EVERY = 15.0
# A promise that nothing came of by then is made again.
AGAIN = timedelta(minutes=30)
TIMEOUT = 10.0
SINK, KIND = "anchors", "checkpoint.given"

log_ = logging.getLogger(__name__)


class NothingRefused(LookupError):
    """There is no anchor of this name that refuses the log. `manage.py audit verify` names those that do."""


def promise_due(*, at: datetime) -> int:
    """Promises each anchor the newest checkpoint of each log that it does not hold yet; says how many.

    One that is away has one open promise for each log, however long it lasts; the promise carries what is asked last.
    """
    names = anchors.names()
    if not names:
        return 0
    signed = {row["log_id"]: row["size"] for row in Checkpoint.objects.values("log_id").annotate(size=Max("size"))}
    known = {(row.log_id, row.name): row for row in Anchor.objects.filter(log_id__in=list(signed))}
    promised = 0
    for log_id, size in signed.items():
        for name in names:
            row = known.get((log_id, name))
            if row is None or _is_due(row, size, at):
                promised += _promise(log_id, name, size, at)
    return promised


def _is_due(row: Anchor, size: int, at: datetime) -> bool:
    rest = anchors.RESTS.get(row.name)
    if row.size >= size or (rest is not None and row.at is not None and at - rest < row.at <= at):
        return False
    return row.asked_size <= row.size or row.asked_at is None or row.asked_at <= at - AGAIN


def _promise(log_id: str, name: str, size: int, at: datetime) -> bool:
    """False where one is open still: that one is given the newer checkpoint to carry."""
    log = Log.objects.get(pk=log_id)
    with transaction.atomic():
        Anchor.objects.get_or_create(log_id=log_id, name=name)
        Anchor.objects.filter(log_id=log_id, name=name).update(asked_size=size, asked_at=at)
        payload = {"log": log_id, "anchor": name}
        if outbox.is_owed(SINK, log_id, payload):
            return False
        post.post(sink=SINK, kind=KIND, workspace_id=log.workspace_id, subject=log_id, payload=payload, at=at)
    return True


def deliver(message: Delivery) -> None:
    """The `anchors` sink. Raises TransientFailure while the other side is away."""
    log, name = Log.objects.filter(pk=message.payload["log"]).first(), message.payload["anchor"]
    newest = _promised(message.payload["log"], name)
    if log is None or newest is None or name not in anchors.names():
        raise PermanentFailure(f"There is nothing to give to {name}.")
    try:
        with httpx.Client(timeout=TIMEOUT) as client:
            note, proof = anchors.give(log, name, newest, client, at=timezone.now())
    except Undelivered as error:
        raise TransientFailure(str(error)) from error
    except Diverged as error:
        diverged(log, name, str(error), at=timezone.now())
        raise PermanentFailure(str(error)) from error
    hold(log, name, newest, note, at=timezone.now(), proof=proof)


def _promised(log_id: str, name: str) -> Checkpoint | None:
    """What was promised last, which is the same for all that were promised something at one look: a quorum is made of
    cosignatures of one checkpoint.
    """
    signed = Checkpoint.objects.filter(log_id=log_id)
    asked = Anchor.objects.filter(log_id=log_id, name=name).values_list("asked_size", flat=True).first()
    return signed.filter(size=asked or 0).first() or signed.order_by("-size").first()


def ask_witnesses(log: Log, *, at: datetime) -> int:
    """Has every witness cosign the newest checkpoint now; its size. The pulse asks those again who were away."""
    newest = Checkpoint.objects.filter(log_id=log.id).order_by("-size").first()
    if newest is None:
        return 0
    for name in map(anchor_name, policy().witnesses):
        row, _ = Anchor.objects.get_or_create(log_id=log.id, name=name)
        if row.refused or row.size >= newest.size:
            continue
        try:
            with httpx.Client(timeout=TIMEOUT) as client:
                note, _ = anchors.give(log, name, newest, client, at=at)
                hold(log, name, newest, note, at=at)
        except Undelivered as error:
            log_.warning("The witness was not there for a bundle: %s", error)
        except Diverged as error:
            diverged(log, name, str(error), at=at)
    return newest.size


def hold(log: Log, name: str, newest: Checkpoint, note: bytes, *, at: datetime, proof: bytes = b"") -> None:
    """The anchor holds the checkpoint. One that overtook it is not taken back."""
    rows = Anchor.objects.filter(log_id=log.id, name=name, size__lte=newest.size)
    rows.update(size=newest.size, root=bytes(newest.root), note=note, proof=proof, at=at, asked_size=F("size"))
    Anchor.objects.filter(log_id=log.id, name=name, asked_size__lt=F("size")).update(asked_size=F("size"))


def clear(*, actor: Actor, at: datetime, log: Log, name: str, because: str) -> None:
    """Somebody has looked at an anchor that refused: it is given checkpoints again. What it holds is not forgotten, so
    one that holds another history refuses once more. Raises NothingRefused.
    """
    with transaction.atomic():
        row = Anchor.objects.select_for_update().filter(log_id=log.id, name=name).exclude(refused="").first()
        if row is None:
            raise NothingRefused(f"The anchor {name} does not refuse the log {log.id}.")
        Anchor.objects.filter(pk=row.pk).update(refused="", asked_size=0, asked_at=None)
        record.record(
            kind=EventKind.ANCHOR_CLEARED,
            workspace_id="" if log.workspace_id == SYSTEM_LOG else log.workspace_id,
            actor=actor,
            at=at,
            subject=("log", log.id),
            data={"anchor": name, "refused": row.refused},
            secrets=[Secret("because", canonical(because), actor.id)],
        )


def diverged(log: Log, name: str, says: str, *, at: datetime) -> None:
    """Somebody holds another history of this log. The first time it is told aloud and as a fact."""
    with transaction.atomic():
        if not Anchor.objects.filter(log_id=log.id, name=name, refused="").update(refused=says):
            return
        record.record(
            kind=EventKind.LOG_DIVERGED,
            workspace_id="" if log.workspace_id == SYSTEM_LOG else log.workspace_id,
            actor=SYSTEM,
            at=at,
            subject=("log", log.id),
            data={"anchor": name},
        )
    log_.error("The log %s diverged from %s: %s", log.id, name, says)
