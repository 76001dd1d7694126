"""Who outside the database is given each log's checkpoints, by the installation's settings, and how one is given.

An anchor is a name: `witness w1`, `folder`, `webhook`, `mail`, `object lock`, `time-stamp`. All of them get the newest
checkpoint that there is when they are served, so one that was away for a day catches up with a single message.
"""

from datetime import datetime, timedelta
from pathlib import Path

import httpx
from django.conf import settings
from django.core.mail import EmailMessage

from audit.anchors.wire import merged
from audit.anchors.witness import Unanswered, cosign
from audit.anchors.witness import Witness as Asked
from audit.merkle import consistency
from audit.models import Anchor, Checkpoint, Log
from audit.trees import reading
from audit.witnesses import anchor_name, policy
from compliance import anchor_folder
from compliance.anchor_folder import Undelivered
from compliance.object_lock import Bucket
from compliance.timestamps import Authority

FOLDER, WEBHOOK, MAIL = "folder", "webhook", "mail"
OBJECT_LOCK, TIMESTAMP = "object lock", "time-stamp"
# Those that keep each checkpoint for years, or serve many others, get one so often at most.
RESTS = {OBJECT_LOCK: timedelta(minutes=15), TIMESTAMP: timedelta(hours=1)}
MEDIA = "text/plain; charset=utf-8"


def names() -> list[str]:
    """Every anchor that the installation has, in the order in which pages show them."""
    settled = (
        (FOLDER, settings.ANCHOR_DIR),
        (WEBHOOK, settings.ANCHOR_WEBHOOK),
        (MAIL, settings.ANCHOR_MAIL),
        (OBJECT_LOCK, settings.ANCHOR_S3_URL),
        (TIMESTAMP, settings.ANCHOR_TSA_URL),
    )
    return [*map(anchor_name, policy().witnesses), *(name for name, value in settled if value)]


def give(log: Log, name: str, newest: Checkpoint, client: httpx.Client, *, at: datetime) -> tuple[bytes, bytes]:
    """Gives the checkpoint to an anchor; the answer is what proves it: the note, and what stands beside it.

    Raises Undelivered, Diverged, KeyError.
    """
    note = bytes(newest.note)
    if name == FOLDER:
        anchor_folder.put(Path(settings.ANCHOR_DIR), log.id, newest.size, note)
    elif name == MAIL:
        _mail(log, newest.size, note)
    elif name == WEBHOOK:
        _webhook(note, client)
    elif name == OBJECT_LOCK:
        Bucket.configured().put(log.id, newest.size, note, client, at=at)
    elif name == TIMESTAMP:
        return note, Authority.configured().stamp(note, client)
    else:
        return _witness(log, name, newest, client), b""
    return note, b""


def _witness(log: Log, name: str, newest: Checkpoint, client: httpx.Client) -> bytes:
    witness = next(each for each in policy().witnesses.items() if anchor_name(each[0]) == name)
    held = Anchor.objects.filter(log_id=log.id, name=name).values_list("size", flat=True).first() or 0
    read = reading(log.id, newest.size)
    asked = Asked(name, witness[1].key, witness[1].url)
    note = bytes(newest.note)
    try:
        return merged(note, [cosign(asked, note, held, lambda old: consistency(old, newest.size, read), client)])
    except Unanswered as error:
        raise Undelivered(str(error)) from error


def _webhook(note: bytes, client: httpx.Client) -> None:
    try:
        answer = client.post(settings.ANCHOR_WEBHOOK, content=note, headers={"Content-Type": MEDIA})
    except httpx.HTTPError as error:
        raise Undelivered(f"The webhook cannot be reached: {error!r}") from error
    if not answer.is_success:
        raise Undelivered(f"The webhook answered {answer.status_code}.")


def _mail(log: Log, size: int, note: bytes) -> None:
    """The three lines are the whole letter: whoever keeps it can compare it, and nobody needs a link."""
    subject = f"Checkpoint of {log.origin}: {size} entries"
    try:
        EmailMessage(subject, note.decode(), to=settings.ANCHOR_MAIL).send()
    except OSError as error:  # SMTPException is one
        raise Undelivered(f"The mail server cannot be used: {type(error).__name__}.") from error
