"""Every agent a witness: pins the newest checkpoint of the audit log and lets no other past take its place.

The pin is a file with the signed note. Asked again, the server must prove that its log grew out of the pinned tree
(RFC 9162, 2.1.4); one that cannot has rewritten what it once signed, and the pin is the evidence. The log's signature
is not checked here; whoever judges the evidence does that, with the log's key.
"""

import binascii
import os
from base64 import b64decode
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

from countersign.errors import ApiProblem, BadAnswer, JournalError, LogForked
from countersign.verbs import Verbs
from countersign.wire import Do, Steps

DEFAULT_PATH = "~/.local/state/countersign/checkpoint"
ROOT_SIZE = 32


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """`note` is the signed note as it came; `size` counts entries, `root` is the tree's root hash."""

    origin: str
    size: int
    root: bytes
    note: str

    @classmethod
    def parse(cls, note: str) -> "Checkpoint":
        """Raises ValueError."""
        text, blank, signatures = note.rpartition("\n\n")
        origin, size, root, *_ = text.split("\n")
        found = cls(origin, int(size), b64decode(root, validate=True), note)
        if not blank or not signatures or str(found.size) != size or len(found.root) != ROOT_SIZE:
            raise ValueError("not a signed checkpoint")
        return found


class Pin:
    """The checkpoint that this machine holds, in a file. Raises JournalError where the file fails."""

    def __init__(self, path: str | os.PathLike[str] | None = None) -> None:
        self.path = Path(path or os.environ.get("COUNTERSIGN_CHECKPOINT") or DEFAULT_PATH).expanduser()

    def read(self) -> Checkpoint | None:
        try:
            return Checkpoint.parse(self.path.read_text(encoding="utf-8"))
        except FileNotFoundError:
            return None
        except (OSError, ValueError) as error:
            raise JournalError(
                f"{self.path} holds no checkpoint: {error}. Keep it, and ask whoever runs the log."
            ) from error

    def write(self, checkpoint: Checkpoint) -> None:
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            beside = self.path.with_name(f"{self.path.name}.{os.getpid()}.new")
            beside.write_text(checkpoint.note, encoding="utf-8")
            beside.replace(self.path)
        except OSError as error:
            raise JournalError(f"{self.path} cannot be written: {error}") from error


def check(verbs: Verbs, pin: Pin) -> Steps[Checkpoint]:
    """Fetches the newest checkpoint, checks that it grew from the pinned one, and pins it. Raises LogForked."""
    held: Checkpoint | None = yield Do(pin.read)
    if held is None:
        answer = yield from verbs.read("/audit/checkpoint")
        newest = answer.parse(lambda data: Checkpoint.parse(data["checkpoint"]))
    else:
        newest = yield from _grown(verbs, held)
    if held is None or newest.size > held.size:
        yield Do(lambda: pin.write(newest))
    return newest


def _grown(verbs: Verbs, held: Checkpoint) -> Steps[Checkpoint]:
    try:
        answer = yield from verbs.read("/audit/consistency", {"from": str(held.size)})
    except ApiProblem as problem:
        if problem.code == "log_shorter":
            raise LogForked(held.note, "", problem.detail) from problem
        raise
    newest, proof = answer.parse(_parsed)
    if newest.origin != held.origin:
        raise LogForked(held.note, newest.note, f"The log is now {newest.origin}, and was {held.origin}.")
    if not grew(held, newest, proof):
        raise LogForked(held.note, newest.note, f"{newest.size} entries do not begin with the {held.size} known here.")
    return newest


def _parsed(data: dict[str, Any]) -> tuple[Checkpoint, list[bytes]]:
    try:
        return Checkpoint.parse(data["checkpoint"]), [b64decode(each, validate=True) for each in data["proof"]]
    except binascii.Error as error:
        raise BadAnswer("a proof that is not base64") from error


def grew(old: Checkpoint, new: Checkpoint, proof: Sequence[bytes]) -> bool:
    """RFC 9162, 2.1.4.2: whether the tree of `new` begins with the tree of `old`."""
    if old.size == new.size or old.size == 0:
        return not proof and (old.size == 0 or old.root == new.root)
    if old.size > new.size:
        return False
    try:
        return _roots(old.root, old.size, new.size, list(proof), whole=True) == (old.root, new.root)
    except (IndexError, ValueError):
        return False


def _roots(known: bytes, old: int, new: int, proof: list[bytes], *, whole: bool) -> tuple[bytes, bytes]:
    """The roots of both trees over a range of `new` leaves; while `whole`, the old root need not be in the proof."""
    if old == new:
        if len(proof) != (not whole):
            raise ValueError("too long or too short")
        return (known, known) if whole else (proof[0], proof[0])
    half, last = 1 << (new - 1).bit_length() - 1, proof.pop()
    if old <= half:
        before, after = _roots(known, old, half, proof, whole=whole)
        return before, _node(after, last)
    before, after = _roots(known, old - half, new - half, proof, whole=False)
    return _node(last, before), _node(last, after)


def _node(left: bytes, right: bytes) -> bytes:
    return sha256(b"\x01" + left + right).digest()
