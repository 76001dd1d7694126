"""A witness that signs a log's newest checkpoint."""

from datetime import datetime
from pathlib import Path

from pytest_django.fixtures import Settings

from audit.anchors.wire import merged
from audit.models import Anchor, Checkpoint
from audit.note import COSIGNATURE, Note
from compliance.services import anchoring
from tests.audit.logging_events import the_log
from tests.audit.trees import WITNESS


def cosign(log_id: str, at: datetime, folder: Path, settings: Settings) -> bytes:
    """A quorum of one witness holds the log's newest checkpoint; the note with its cosignature."""
    settings.WITNESS_POLICY = str(folder / "policy")
    Path(settings.WITNESS_POLICY).write_text(f"witness w1 {WITNESS.key(COSIGNATURE).vkey} https://w1/\nquorum w1\n")
    newest = Checkpoint.objects.filter(log_id=log_id).order_by("-size")[0]
    plain = bytes(newest.note)
    note = merged(plain, [WITNESS.cosign(Note.parse(plain).text, 1_790_000_000)])
    Anchor.objects.create(log_id=log_id, name="witness w1")
    anchoring.hold(the_log(log_id), "witness w1", newest, note, at=at)
    return note
