"""Whom the installation trusts to watch its logs, and what they have cosigned."""

from functools import cache
from pathlib import Path

from django.conf import settings

from audit.anchors.wire import merged
from audit.models import Anchor, Checkpoint
from audit.note import COSIGNATURE, Note
from audit.trust import NONE, Policy

PREFIX = "witness "


def policy() -> Policy:
    """The witnesses to ask, and how many of them are enough. Raises BadPolicy, OSError."""
    return _read(settings.WITNESS_POLICY)


@cache
def _read(path: str) -> Policy:
    return Policy.parse(Path(path).read_text("utf-8")) if path else Policy()


def anchor_name(witness: str) -> str:
    """The witness's name among the anchors."""
    return f"{PREFIX}{witness}"


def policy_lines() -> str:
    """The witnesses, their groups and the quorum, as they stand in the policy file of each log."""
    return "".join(f"{line}\n" for line in policy().text.splitlines() if not line.startswith("log "))


def cosigned(log_id: str, *, least: int = 0) -> dict[int, bytes]:
    """The newest checkpoint that each witness cosigned, by its size, with all its cosignatures; those of `least`
    entries or more. No question where there is no witness.
    """
    names = [anchor_name(name) for name in policy().witnesses]
    if not names:
        return {}
    by_size: dict[int, list[Anchor]] = {}
    for row in Anchor.objects.filter(log_id=log_id, name__in=names, size__gte=max(1, least)).order_by("size", "name"):
        by_size.setdefault(row.size, []).append(row)
    notes = Checkpoint.objects.filter(log_id=log_id, size__in=list(by_size)).values_list("size", "note")
    signed = {size: bytes(note) for size, note in notes} if by_size else {}
    return {size: _with(signed[size], rows) for size, rows in by_size.items() if size in signed}


def witnessed(log_id: str) -> bytes:
    """The newest checkpoint that the quorum cosigned; empty before there is one, or where no quorum is asked for."""
    trusted = policy()
    if trusted.quorum == NONE:
        return b""
    keys = {each.key: name for name, each in trusted.witnesses.items()}
    for note in reversed(cosigned(log_id).values()):
        lines = Note.parse(note).signatures
        if trusted.is_met(name for key, name in keys.items() if any(line.is_of(key) for line in lines)):
            return note
    return b""


def _with(note: bytes, rows: list[Anchor]) -> bytes:
    keys = {witness.key for witness in policy().witnesses.values() if witness.key.type == COSIGNATURE}
    lines = [line for row in rows for line in Note.parse(bytes(row.note)).signatures]
    return merged(note, [line for line in lines if any(line.is_of(key) for key in keys)])
