"""Signed notes, verifier keys, checkpoints and cosignatures, as C2SP writes them.

c2sp.org/signed-note, c2sp.org/tlog-checkpoint, c2sp.org/tlog-cosignature (Ed25519). Pure: no clock, no files.
"""

import binascii
import re
from base64 import b64decode, b64encode
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from hashlib import sha256

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from audit.merkle import HASH_SIZE

ED25519 = 0x01
COSIGNATURE = 0x04
NOTE_MAX = 64 * 1024
SIGNATURES_MAX = 64

_KEY_SIZE = 32
_TIME_SIZE = 8
_CONTROL = re.compile(r"[\x00-\x09\x0b-\x1f]")
_SIZE = re.compile(r"0|[1-9][0-9]{0,19}")


class BadNote(ValueError):
    """Not a note to believe. The message says what is wrong with it; ignore its text."""


@dataclass(frozen=True, slots=True)
class Key:
    """Somebody's public key under a name. `type` is ED25519 (a log) or COSIGNATURE (a witness)."""

    name: str
    public: bytes
    type: int = ED25519

    def __post_init__(self) -> None:
        if not is_name(self.name):
            raise BadNote(f"{self.name!r} is no key name: one word without + is needed.")
        if self.type not in {ED25519, COSIGNATURE} or len(self.public) != _KEY_SIZE:
            raise BadNote(f"The key {self.name} is no Ed25519 key of a log or of a witness.")

    @property
    def id(self) -> bytes:
        """SHA-256(name || 0x0A || type || public key)[:4]."""
        return sha256(self.name.encode() + b"\n" + bytes([self.type]) + self.public).digest()[:4]

    @property
    def vkey(self) -> str:
        """`name+hex(id)+base64(type || public key)`."""
        return f"{self.name}+{self.id.hex()}+{b64encode(bytes([self.type]) + self.public).decode()}"

    @classmethod
    def parse(cls, vkey: str) -> "Key":
        """Raises BadNote."""
        parts = vkey.split("+", 2)
        if len(parts) != 3:
            raise BadNote("A verifier key reads name+id+key.")
        material = unbase64(parts[2], "The key")
        key = cls(parts[0], material[1:], material[0] if material else 0)
        if parts[1] != key.id.hex():
            raise BadNote(f"The id of the key {key.name} is not its own.")
        return key

    def check(self, text: str, signature: bytes) -> bool:
        """Whether `signature` (without the key id) is this key's over the note's text."""
        message = text.encode()
        if self.type == COSIGNATURE:
            if len(signature) <= _TIME_SIZE:
                return False
            message = cosigned(text, cosigned_at(signature))
            signature = signature[_TIME_SIZE:]
        try:
            Ed25519PublicKey.from_public_bytes(self.public).verify(signature, message)
        except (InvalidSignature, ValueError):
            return False
        return True


@dataclass(frozen=True, slots=True)
class Signature:
    """One line of a note. `value` comes after the key id."""

    name: str
    key_id: bytes
    value: bytes

    @property
    def line(self) -> str:
        return f"— {self.name} {b64encode(self.key_id + self.value).decode()}\n"

    @classmethod
    def parse(cls, line: str) -> "Signature":
        """Raises BadNote. `line` comes without its newline."""
        words = line.split(" ")
        if len(words) != 3 or words[0] != "—" or not is_name(words[1]):
            raise BadNote("A signature line reads: dash, key name, signature.")
        raw = unbase64(words[2], f"The signature of {words[1]}")
        if len(raw) < 5:
            raise BadNote(f"The signature of {words[1]} is too short.")
        return cls(words[1], raw[:4], raw[4:])

    def is_of(self, key: Key) -> bool:
        return (self.name, self.key_id) == (key.name, key.id)


@dataclass(frozen=True, slots=True)
class Note:
    """`text` ends in a newline; nothing of it is to be believed before `by` was asked."""

    text: str
    signatures: tuple[Signature, ...]

    @classmethod
    def parse(cls, message: bytes) -> "Note":
        """Raises BadNote."""
        if len(message) > NOTE_MAX:
            raise BadNote(f"The note takes more than {NOTE_MAX} bytes.")
        try:
            whole = message.decode()
        except UnicodeDecodeError as error:
            raise BadNote("The note is not UTF-8.") from error
        if _CONTROL.search(whole):
            raise BadNote("The note holds control characters.")
        body, blank, lines = whole.rpartition("\n\n")
        if not (body and blank and lines.endswith("\n")):
            raise BadNote("A note reads: text, an empty line, signature lines; each line ends in a newline.")
        signed = lines[:-1].split("\n")
        if len(signed) > SIGNATURES_MAX:
            raise BadNote(f"The note bears more than {SIGNATURES_MAX} signatures.")
        return cls(body + "\n", tuple(Signature.parse(line) for line in signed))

    def __bytes__(self) -> bytes:
        return f"{self.text}\n{''.join(signature.line for signature in self.signatures)}".encode()

    def by(self, keys: Iterable[Key]) -> tuple[Key, ...]:
        """The keys among `keys` that signed it, each once. BadNote: a signature of one of them is wrong."""
        known = {(key.name, key.id): key for key in keys}
        signed: dict[Key, None] = {}
        for signature in self.signatures:
            key = known.get((signature.name, signature.key_id))
            if key is None:
                continue
            if not key.check(self.text, signature.value):
                raise BadNote(f"The signature of {key.name} is wrong.")
            signed[key] = None
        return tuple(signed)


def opened(message: bytes, keys: Iterable[Key]) -> tuple[Note, tuple[Key, ...]]:
    """A note that at least one of the keys signed, and those that did. Raises BadNote."""
    note = Note.parse(message)
    signed = note.by(keys)
    if not signed:
        raise BadNote("No known key signed the note.")
    return note, signed


@dataclass(frozen=True, slots=True)
class Signer:
    """A private key under a name."""

    name: str
    private: Ed25519PrivateKey

    def key(self, type: int = ED25519) -> Key:
        public = self.private.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
        return Key(self.name, public, type)

    def sign(self, text: str) -> Signature:
        """As a log signs: over the text itself. The same text always has the same signature."""
        return Signature(self.name, self.key().id, self.private.sign(text.encode()))

    def cosign(self, text: str, at: int) -> Signature:
        """As a witness signs, `at` in seconds since 1970."""
        value = at.to_bytes(_TIME_SIZE, "big") + self.private.sign(cosigned(text, at))
        return Signature(self.name, self.key(COSIGNATURE).id, value)


def signed(text: str, signers: Sequence[Signer]) -> Note:
    """The note as these signers sign it. BadNote: the text is no text of a note."""
    if not text.endswith("\n") or _CONTROL.search(text) or not signers:
        raise BadNote("A note's text ends in a newline, holds no other control characters and is signed.")
    return Note(text, tuple(signer.sign(text) for signer in signers))


def cosigned(text: str, at: int) -> bytes:
    """What a witness signs over a note's text."""
    return f"cosignature/v1\ntime {at}\n{text}".encode()


def cosigned_at(signature: bytes) -> int:
    """Seconds since 1970 that a cosignature (without the key id) bears."""
    return int.from_bytes(signature[:_TIME_SIZE], "big")


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """A tree head: the text of a note. `extensions` are further lines, which our own logs never write."""

    origin: str
    size: int
    root: bytes
    extensions: tuple[str, ...] = ()

    @property
    def text(self) -> str:
        lines = (self.origin, str(self.size), b64encode(self.root).decode(), *self.extensions)
        return "".join(f"{line}\n" for line in lines)

    @classmethod
    def parse(cls, text: str) -> "Checkpoint":
        """Raises BadNote."""
        lines = text.removesuffix("\n").split("\n")
        if not text.endswith("\n") or len(lines) < 3 or not all(lines):
            raise BadNote("A checkpoint has an origin, a size and a root, each on a line of its own.")
        origin, size, hashed, *extensions = lines
        if not _SIZE.fullmatch(size) or int(size) >= 2**64:
            raise BadNote(f"{size[:30]!r} is no size of a tree.")
        root = unbase64(hashed, "The root")
        if len(root) != HASH_SIZE:
            raise BadNote(f"A root takes {HASH_SIZE} bytes.")
        return cls(origin, int(size), root, tuple(extensions))


def is_name(name: str) -> bool:
    """Key names are not empty and hold no Unicode space and no plus."""
    return bool(name) and "+" not in name and not any(character.isspace() for character in name)


def unbase64(text: str, what: str) -> bytes:
    """RFC 4648, 4, in the one writing that encodes these bytes. BadNote names `what`."""
    try:
        raw = b64decode(text, validate=True)
    except (binascii.Error, ValueError) as error:
        raise BadNote(f"{what} is not base64.") from error
    if b64encode(raw).decode() != text:
        raise BadNote(f"{what} is not written in its one base64 form.")
    return raw
