"""What a log and its witness say to each other (c2sp.org/tlog-witness). Pure: bytes in, values out."""

from base64 import b64encode
from collections.abc import Sequence
from dataclasses import dataclass

from audit.merkle import HASH_SIZE
from audit.note import BadNote, Checkpoint, Note, Signature, unbase64

PROOF_MAX = 63
SIZE_MEDIA = "text/x.tlog.size"
BODY_MAX = 128 * 1024


class BadRequest(ValueError):
    """Not a request to add a checkpoint. The message says what is wrong with it."""


@dataclass(frozen=True, slots=True)
class AddCheckpoint:
    """`proof` leads from the tree of `old` leaves, which the witness holds, to the tree of `note`."""

    old: int
    proof: tuple[bytes, ...]
    note: bytes

    def __bytes__(self) -> bytes:
        lines = [f"old {self.old}", *(b64encode(each).decode() for each in self.proof), "", ""]
        return "\n".join(lines).encode() + self.note

    @classmethod
    def parse(cls, body: bytes) -> "AddCheckpoint":
        """Raises BadRequest. The checkpoint stays as it came: nobody has looked at its signatures yet."""
        head, blank, note = body.partition(b"\n\n")
        try:
            first, *lines = head.decode("ascii").split("\n")
            proof = tuple(unbase64(line, "A line of the proof") for line in lines)
        except (UnicodeDecodeError, BadNote) as error:
            raise BadRequest(str(error)) from error
        word, _, size = first.partition(" ")
        if not blank or word != "old" or size_of(size) is None:
            raise BadRequest("A request reads: old and a size, the proof, an empty line, the checkpoint.")
        if len(proof) > PROOF_MAX or any(len(each) != HASH_SIZE for each in proof):
            raise BadRequest(f"A proof holds at most {PROOF_MAX} hashes of {HASH_SIZE} bytes.")
        return cls(int(size), proof, note)


def size_of(text: str) -> int | None:
    """A size in decimal, without needless zeroes; None for anything else."""
    return int(text) if text.isascii() and text.isdigit() and len(text) < 20 and str(int(text)) == text else None


def cosignatures(lines: bytes) -> list[Signature]:
    """The signature lines of a witness's answer. Raises BadNote."""
    try:
        text = lines.decode()
    except UnicodeDecodeError as error:
        raise BadNote("The witness's answer is not UTF-8.") from error
    if not text.endswith("\n"):
        raise BadNote("The witness's answer does not end in a newline.")
    return [Signature.parse(line) for line in text[:-1].split("\n")]


def heading(note: bytes) -> tuple[Note, Checkpoint]:
    """A note and the checkpoint in it, believed by nobody yet. Raises BadNote."""
    parsed = Note.parse(note)
    return parsed, Checkpoint.parse(parsed.text)


def merged(note: bytes, extra: Sequence[Signature]) -> bytes:
    """The note with further signatures, each once."""
    parsed = Note.parse(note)
    new = [each for each in dict.fromkeys(extra) if each not in parsed.signatures]
    return bytes(Note(parsed.text, (*parsed.signatures, *new)))
