"""The receipt of one event, to be checked offline (c2sp.org/tlog-proof).

It holds the event's place, the way from its leaf to the root, and the signed checkpoint with that root. The event's own
bytes are not in it: whoever checks brings them. Files end in `.tlog-proof`.
"""

import re
from base64 import b64encode
from collections.abc import Iterable
from dataclasses import dataclass

from audit.merkle import HASH_SIZE, check_inclusion, leaf_hash
from audit.note import BadNote, Checkpoint, Key, Note, opened, unbase64

HEADER = "c2sp.org/tlog-proof@v1"
MEDIA_TYPE = "text/plain; charset=utf-8"
# 64 levels are the tallest tree there is.
HASHES_MAX = 64

_INDEX = re.compile(r"index (0|[1-9][0-9]{0,19})")


@dataclass(frozen=True, slots=True)
class Receipt:
    """`checkpoint` is the signed note, byte for byte as the log published it. `extra` is authenticated by nothing."""

    index: int
    hashes: tuple[bytes, ...]
    checkpoint: bytes
    extra: bytes | None = None

    def __bytes__(self) -> bytes:
        lines = [HEADER]
        if self.extra is not None:
            lines.append(f"extra {b64encode(self.extra).decode()}")
        lines += [f"index {self.index}", *(b64encode(each).decode() for each in self.hashes), "", ""]
        return "\n".join(lines).encode() + self.checkpoint

    @classmethod
    def parse(cls, data: bytes) -> "Receipt":
        """Raises BadNote."""
        head, blank, checkpoint = data.partition(b"\n\n")
        try:
            lines = head.decode("ascii").split("\n")
        except UnicodeDecodeError as error:
            raise BadNote("The lines before the checkpoint are not ASCII.") from error
        if not blank or lines.pop(0) != HEADER:
            raise BadNote(f"A receipt begins with {HEADER} and ends with a checkpoint after an empty line.")
        extra = None
        if lines and lines[0].startswith("extra "):
            extra = unbase64(lines.pop(0).removeprefix("extra "), "The extra data")
        index = _INDEX.fullmatch(lines.pop(0)) if lines else None
        if index is None:
            raise BadNote("The receipt has no line `index <number>`.")
        hashes = tuple(unbase64(line, "A hash of the receipt") for line in lines)
        if len(hashes) > HASHES_MAX or any(len(each) != HASH_SIZE for each in hashes):
            raise BadNote(f"A receipt holds at most {HASHES_MAX} hashes of {HASH_SIZE} bytes.")
        Note.parse(checkpoint)
        return cls(int(index[1]), hashes, checkpoint, extra)

    def check(self, entry: bytes, keys: Iterable[Key]) -> tuple[Checkpoint, tuple[Key, ...]]:
        """The checkpoint that covers `entry`, and the keys that signed it.

        BadNote: no key of a log (named as the origin) signed the checkpoint, or a known signature is wrong. BadProof:
        the entry is not in that tree at that place.
        """
        note, by = opened(self.checkpoint, keys)
        head = Checkpoint.parse(note.text)
        if not any(key.name == head.origin for key in by):
            raise BadNote(f"No known key of the log {head.origin} signed the checkpoint.")
        check_inclusion(leaf_hash(entry), self.index, head.size, self.hashes, head.root)
        return head, by
