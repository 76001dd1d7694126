"""What a log is held against, and from where a run goes on: the reads of verifying."""

import logging
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from pathlib import Path

import httpx
from django.conf import settings
from django.utils import timezone

from audit import verify_deep
from audit.heads import Heads, UnreadableHead
from audit.models import Anchor, Log
from audit.models import Verdict as Row
from audit.note import BadNote, Checkpoint, Note
from audit.trust import NONE
from audit.verdicts import Code, Fault, Report
from audit.verify import Anchor as Held
from audit.verify import Step, quietly, verify
from audit.witnesses import anchor_name, policy
from compliance import anchor_folder
from compliance.anchor_folder import Undelivered
from compliance.deep_verify import transitions
from compliance.object_lock import Bucket

# How far the newest witnessed checkpoint may be behind the newest signed one and still stand for the log.
WITNESS_LAG = timedelta(minutes=15)
BUCKET_SECONDS = 10.0

log_ = logging.getLogger(__name__)


def derived(log: Log, *, at: datetime, since: int = 0, deep: bool = False, step: Step = quietly) -> Report:
    """The log derived again and held against everything that left the house."""
    checks = (verify_deep.columns, verify_deep.Disclosures()) if deep else ()
    report = verify(log, at=at, since=since, deep=checks, anchors=_held(log), step=step)
    for name, refused in Anchor.objects.filter(log_id=log.id).exclude(refused="").values_list("name", "refused"):
        report.add(Fault(Code.DIVERGED, f"{name}: {refused}"))
    if deep:
        for fault in transitions(log.workspace_id):
            report.add(fault)
    report.is_witnessed = is_witnessed(log, report.size, at)
    return report


def goes_on_from(log_id: str) -> int:
    """The size up to which the newest good run has verified the log."""
    good = Row.objects.filter(log_id=log_id, code__lte=Code.UNWITNESSED).order_by("-id")
    return good.values_list("size", flat=True).first() or 0


def is_witnessed(log: Log, size: int, at: datetime) -> bool:
    """Whether the quorum of the installation's policy has cosigned the log, lately enough to cover what it holds."""
    trusted = policy()
    if trusted.quorum == NONE:
        return False
    rows = Anchor.objects.filter(log_id=log.id, name__in=[anchor_name(name) for name in trusted.witnesses])
    met = {row.name for row in rows if row.size and (row.size >= size or (row.at and row.at >= at - WITNESS_LAG))}
    return trusted.is_met([name for name in trusted.witnesses if anchor_name(name) in met])


def _held(log: Log) -> Sequence[Held]:
    found: list[Held] = []
    try:
        newest = Heads(settings.LOG_HEADS_DIR).newest(log.id)
    except UnreadableHead:
        newest = None
    if newest is not None:
        found.append(("The newest checkpoint on this machine", newest, Code.DIVERGED))
    rows = Anchor.objects.filter(log_id=log.id, size__gt=0).values_list("name", "size", "root")
    found += [(name, Checkpoint(log.origin, size, bytes(root)), Code.DIVERGED) for name, size, root in rows]
    for name, note in _kept(log):
        try:
            found.append((name, Checkpoint.parse(Note.parse(note).text), Code.DIVERGED))
        except BadNote:
            found.append((f"{name} holds no checkpoint, and", Checkpoint(log.origin, 0, b""), Code.DIVERGED))
    return found


def _kept(log: Log) -> Iterator[tuple[str, bytes]]:
    """What the anchors that can be read hold. A bucket that is away for a moment is held against the log later."""
    if settings.ANCHOR_DIR:
        yield from anchor_folder.ends(Path(settings.ANCHOR_DIR), log.id)
    if settings.ANCHOR_S3_URL:
        try:
            with httpx.Client(timeout=BUCKET_SECONDS) as client:
                yield from Bucket.configured().ends(log.id, client, at=timezone.now())
        except Undelivered as error:
            log_.warning("The log %s was not held against the bucket: %s", log.id, error)
