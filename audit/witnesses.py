"""Whom the installation trusts to watch its logs, and what they have cosigned."""

from functools import cache
from pathlib import Path

from django.conf import settings

from audit.anchors.wire import merged
from audit.models import Anchor, Checkpoint
from audit.note import COSIGNATURE, Note
from audit.trust import Policy

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


def cosigned(log_id: str) -> tuple[int, bytes] | None:
    """Size and note of the newest checkpoint that the quorum cosigned, with all its cosignatures; None before that."""
    wanted = {anchor_name(name): name for name in policy().witnesses}
    rows = Anchor.objects.filter(log_id=log_id, name__in=list(wanted), size__gt=0)
    by_size: dict[int, list[Anchor]] = {}
    for row in rows:
        by_size.setdefault(row.size, []).append(row)
    for size in sorted(by_size, reverse=True):
        if policy().quorum != "none" and policy().is_met(wanted[row.name] for row in by_size[size]):
            return size, _with(log_id, size, by_size[size])
    return None


def _with(log_id: str, size: int, rows: list[Anchor]) -> bytes:
    note = bytes(Checkpoint.objects.values_list("note", flat=True).get(log_id=log_id, size=size))
    keys = {witness.key for witness in policy().witnesses.values() if witness.key.type == COSIGNATURE}
    lines = [line for row in rows for line in Note.parse(bytes(row.note)).signatures]
    return merged(note, [line for line in lines if any(line.is_of(key) for key in keys)])
