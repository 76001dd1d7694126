"""What the fork guard hears from outside the database: which checkpoints of a log the anchors hold.

A database that was restored on a new machine knows nothing of what was signed since, and no file there does. The
folder and the witnesses do. Only what bears the log's own signature is believed, so nobody can stop a log by inventing.
"""

import logging
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path

import httpx
from django.conf import settings

from audit import keyring
from audit.anchors.wire import BODY_MAX
from audit.heads import Heads
from audit.models import Anchor, Log
from audit.note import BadNote, Checkpoint, Note
from audit.witnesses import policy
from compliance import anchor_folder

# Whoever is asked again within this time would say the same; this process is the only one that signs.
AGAIN = 900.0
TIMEOUT = 2.0

log_ = logging.getLogger(__name__)


@dataclass(slots=True)
class Elsewhere:
    """For `audit.guard`. `heads` learns of what is newer outside than here, so that a new log names it."""

    heads: Heads
    clock: Callable[[], float] = time.monotonic
    _asked: dict[str, float] = field(default_factory=dict, init=False)
    _away: dict[str, float] = field(default_factory=dict, init=False)

    def __call__(self, log_id: str) -> Iterator[tuple[str, Checkpoint]]:
        """Who holds which head of the log; nothing where it was asked lately."""
        now = self.clock()
        if now < self._asked.get(log_id, now):
            return
        self._asked[log_id] = now + AGAIN
        log = Log.objects.get(pk=log_id)
        keys = [key for key, _, _ in keyring.ever(log_id)]
        for where, note in [*_told(log), *self._witnessed(log, now)]:
            try:
                parsed = Note.parse(note)
                head = Checkpoint.parse(parsed.text)
                is_ours = bool(parsed.by(keys)) and head.origin == log.origin
            except BadNote as error:
                log_.warning("%s holds no checkpoint of the log %s: %s", where, log_id, error)
                continue
            if is_ours:
                self._learn(log_id, head, note)
                yield where, head

    def _learn(self, log_id: str, head: Checkpoint, note: bytes) -> None:
        known = self.heads.newest(log_id)
        if known is None or known.size < head.size:
            self.heads.keep(log_id, note)

    def _witnessed(self, log: Log, now: float) -> Iterator[tuple[str, bytes]]:
        """What the witnesses hold. One that does not answer is not waited for with every log."""
        for name, witness in policy().witnesses.items():
            if not witness.url or now < self._away.get(name, now):
                continue
            address = f"{witness.url.rstrip('/')}/{sha256(log.origin.encode()).hexdigest()}/checkpoint"
            try:
                answer = httpx.get(address, timeout=TIMEOUT)
            except httpx.HTTPError as error:
                self._away[name] = now + AGAIN
                log_.warning("The witness %s cannot be asked what it holds: %r", name, error)
                continue
            if answer.status_code == 200 and len(answer.content) <= BODY_MAX:
                yield f"The witness {name}", answer.content


def _told(log: Log) -> Iterator[tuple[str, bytes]]:
    for name, note in Anchor.objects.filter(log_id=log.id, size__gt=0).values_list("name", "note"):
        yield name, bytes(note)
    if settings.ANCHOR_DIR:
        yield from anchor_folder.ends(Path(settings.ANCHOR_DIR), log.id)
