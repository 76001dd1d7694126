"""Gives signed checkpoints to whoever outside is to hold them, through the outbox, and keeps what they answer."""

import logging
from datetime import datetime, timedelta

import httpx
from django.db import transaction
from django.db.models import F, Max
from django.utils import timezone

from audit import record
from audit.actor import SYSTEM
from audit.anchors.witness import Diverged
from audit.kinds import EventKind
from audit.models import Anchor, Checkpoint, Log
from audit.record import SYSTEM_LOG
from compliance import anchors
from compliance.anchor_folder import Undelivered
from outbox import post
from outbox.types import Delivery, PermanentFailure, TransientFailure

EVERY = 15.0
# A promise that nothing came of by then is made again.
AGAIN = timedelta(minutes=30)
TIMEOUT = 10.0
SINK, KIND = "anchors", "checkpoint.given"

log_ = logging.getLogger(__name__)


def promise_due(*, at: datetime) -> int:
    """Promises each anchor the newest checkpoint of each log that it does not hold yet; says how many."""
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
                _promise(log_id, name, size, at)
                promised += 1
    return promised


def _is_due(row: Anchor, size: int, at: datetime) -> bool:
    if row.size >= size:
        return False
    return row.asked_size <= row.size or row.asked_at is None or row.asked_at <= at - AGAIN


def _promise(log_id: str, name: str, size: int, at: datetime) -> None:
    log = Log.objects.get(pk=log_id)
    with transaction.atomic():
        Anchor.objects.get_or_create(log_id=log_id, name=name)
        Anchor.objects.filter(log_id=log_id, name=name).update(asked_size=size, asked_at=at)
        payload = {"log": log_id, "anchor": name}
        post.post(sink=SINK, kind=KIND, workspace_id=log.workspace_id, subject=log_id, payload=payload, at=at)


def deliver(message: Delivery) -> None:
    """The `anchors` sink. Raises TransientFailure while the other side is away."""
    log, name = Log.objects.filter(pk=message.payload["log"]).first(), message.payload["anchor"]
    newest = Checkpoint.objects.filter(log_id=message.payload["log"]).order_by("-size").first()
    if log is None or newest is None or name not in anchors.names():
        raise PermanentFailure(f"There is nothing to give to {name}.")
    try:
        with httpx.Client(timeout=TIMEOUT) as client:
            note = anchors.give(log, name, newest, client)
    except Undelivered as error:
        raise TransientFailure(str(error)) from error
    except Diverged as error:
        diverged(log, name, str(error), at=timezone.now())
        raise PermanentFailure(str(error)) from error
    hold(log, name, newest, note, at=timezone.now())


def hold(log: Log, name: str, newest: Checkpoint, note: bytes, *, at: datetime) -> None:
    """The anchor holds the checkpoint. One that overtook it is not taken back."""
    rows = Anchor.objects.filter(log_id=log.id, name=name, size__lte=newest.size)
    rows.update(size=newest.size, root=bytes(newest.root), note=note, at=at, asked_size=F("size"))
    Anchor.objects.filter(log_id=log.id, name=name, asked_size__lt=F("size")).update(asked_size=F("size"))


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
