"""A key for each subject of disclosures, wrapped under the instance's own key and kept in a table apart.

A value is sealed under the key of its action, of the person whom it is about, or else of whatever it is about.
Whoever holds a copy of the disclosures alone reads nothing, and once the key's row is gone neither does anybody with an
older copy. Without `DISCLOSURE_KEY` values stand as they are.

Note [names outlive the instance's key]: whom a disclosure is about stands beside it under a hash that cannot be made
anew, for these rows never change. When the instance's key is changed, the key of that hash stays, as the row NAMES.

Note [no key before its row]: a key that this process made is remembered only once its row is committed, since whatever
is sealed under a key that was rolled back is lost. The key of a new action is the exception: with it the action rolls
back, and its id is never used again. Keys of texts are never remembered: they can be destroyed and made anew elsewhere.
"""

import hashlib
import hmac
import os
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.apps import apps
from django.conf import settings
from django.db import connection, models, transaction

from tenancy import ids
from tenancy.rows import Row

# No JSON begins with it, so values from before there was a key are told apart.
SEALED = b"\x01"
NONCE, KEY = 12, 32
KEPT = 5_000
NAMES = "names"

# Ciphers by key id; wrapped keys that a read brought along, to be opened when they are asked for; and the ids of keys
# that this process made in a transaction that has not committed.
_open: dict[str, AESGCM] = {}
_offered: dict[str, bytes] = {}
_unsure: set[str] = set()
# The key of names, by the instance's key; it is the same for as long as a process lives.
_named: dict[str, bytes] = {}


class WrongKey(InvalidTag):
    """A kept key was wrapped under another key than the instance has."""

    def __str__(self) -> str:
        return (
            "Values are sealed under another key than COUNTERSIGN_DISCLOSURE_KEY. Start the process with that one, or"
            " name it in COUNTERSIGN_DISCLOSURE_KEY_PREVIOUS."
        )


@dataclass(slots=True)
class Ring:
    """The keys of one event. `rows` are those that its writer has to insert with it."""

    log: str
    action_id: str
    is_new: bool
    rows: list[Row] = field(default_factory=list)
    _own: dict[str, AESGCM] = field(default_factory=dict)

    def seal(self, value: bytes, subject: str, nonce: bytes) -> bytes:
        """As it is kept: a mark, the key's id with its length, 12 bytes of nonce, ciphertext and tag (AES-256-GCM).
        `nonce` is fresh and random.
        """
        if not settings.DISCLOSURE_KEY:
            return value
        key_id = self._key_id(subject)
        name = key_id.encode()
        cipher = self._own.get(key_id) or _open.get(key_id) or self._find(key_id)
        return SEALED + bytes([len(name)]) + name + nonce + cipher.encrypt(nonce, value, name)

    def _key_id(self, subject: str) -> str:
        if self.action_id and not subject.startswith("usr_"):
            return self.action_id
        return f"{self.log}/{reference(subject)}"

    def _find(self, key_id: str) -> AESGCM:
        if self.is_new and key_id == self.action_id:
            key = os.urandom(KEY)
            self.rows.append(Row(_model(), {"id": key_id, "wrapped": _wrap(key_id, key)}))
            cipher = AESGCM(key)
            _remember(key_id, cipher)
            return cipher
        cipher = self._own[key_id] = _found(key_id) or _made(key_id)
        return cipher


def reference(subject: str) -> str:
    """How a subject is written beside what is about it: an id of ours as it is, anything else under a keyed hash, since
    a counterpart may be somebody's name.
    """
    if not settings.DISCLOSURE_KEY or ids.is_id(subject, subject.partition("_")[0]):
        return subject
    return _reference(subject, naming())


@lru_cache(maxsize=4096)
def _reference(subject: str, secret: bytes) -> str:
    return "sub_" + hmac.new(secret, subject.encode(), hashlib.sha256).hexdigest()[:32]


def naming() -> bytes:
    """The key of the hash. See Note [names outlive the instance's key]."""
    first = settings.DISCLOSURE_KEY_PREVIOUS or settings.DISCLOSURE_KEY
    if first not in _named:
        kept = _rows().filter(id=NAMES).values_list("wrapped", flat=True).first()
        _named[first] = _hashing(first) if kept is None else _unwrap(NAMES, bytes(kept))
    return _named[first]


def unseal(kept: bytes) -> bytes:
    """The value as it was; b"" where its key is gone, which is to say that it was erased, and where somebody changed
    what was kept, so that a digest tells of it.
    """
    key_id, nonce, sealed = _parts(kept)
    cipher = (_open.get(key_id) or _found(key_id)) if key_id else None
    if cipher is None:
        return b""
    try:
        return cipher.decrypt(nonce, sealed, key_id.encode())
    except InvalidTag:
        return b""


def _parts(kept: bytes) -> tuple[str, bytes, bytes]:
    """The key's id, the nonce, and ciphertext with its tag; the id is "" where that is not what the bytes are."""
    length = kept[1] if len(kept) > 1 else 0
    name, rest = kept[2 : 2 + length], kept[2 + length :]
    if len(rest) < NONCE or not (name.isascii() and name.decode("ascii").isprintable()):
        return "", b"", b""
    return name.decode("ascii"), rest[:NONCE], rest[NONCE:]


def offer(key_id: str, wrapped: bytes | memoryview | None) -> None:
    """A read of an action brings its key along, so that nobody has to ask for it."""
    if wrapped is not None and key_id not in _open:
        if len(_offered) >= KEPT:
            _offered.clear()
        _offered[key_id] = bytes(wrapped)


def fetch(key_ids: Iterable[str]) -> None:
    """Brings the keys of many along in one read."""
    missing = [key_id for key_id in key_ids if key_id not in _open and key_id not in _offered]
    if missing and settings.DISCLOSURE_KEY:
        for key_id, wrapped in _rows().filter(id__in=missing).values_list("id", "wrapped"):
            offer(key_id, wrapped)


def destroy(key_ids: Iterable[str]) -> None:
    """No copy of what they sealed can be read again. In the caller's transaction."""
    for key_id in key_ids:
        _rows().filter(id=key_id).delete()
        _open.pop(key_id, None)
        _offered.pop(key_id, None)


def forget_all() -> None:
    """This process looks again."""
    _open.clear()
    _offered.clear()
    _unsure.clear()
    _named.clear()


if TYPE_CHECKING:
    _Bytes = models.BinaryField[bytes, bytes]
else:
    _Bytes = models.BinaryField


class SealedField(_Bytes):
    """Bytes that are read as they were before they were sealed; b"" once their key is gone."""

    def from_db_value(self, value: Any, *_: object) -> bytes | None:
        kept = None if value is None else bytes(value)
        return unseal(kept) if kept is not None and kept.startswith(SEALED) else kept

    def deconstruct(self) -> Any:
        # To the database it is any other column of bytes.
        name, _, arguments, options = super().deconstruct()
        return name, "django.db.models.BinaryField", arguments, options


def _model() -> type[models.Model]:
    # Looked up, because the models themselves are made of the field above.
    return apps.get_model("audit", "SubjectKey")


def _rows() -> models.QuerySet[Any]:
    return models.QuerySet(_model())


def _found(key_id: str) -> AESGCM | None:
    wrapped = _offered.pop(key_id, None)
    if wrapped is None:
        kept = _rows().filter(id=key_id).values_list("wrapped", flat=True).first()
        wrapped = None if kept is None else bytes(kept)
    if wrapped is None or not settings.DISCLOSURE_KEY:
        return None
    cipher = AESGCM(_unwrap(key_id, wrapped))
    if key_id not in _unsure and "/sub_" not in key_id:
        _remember(key_id, cipher)
    return cipher


def _made(key_id: str) -> AESGCM:
    """A key for somebody who had none. Another transaction may be doing the same: then theirs counts."""
    key = os.urandom(KEY)
    _unsure.add(key_id)
    transaction.on_commit(lambda: _unsure.discard(key_id))
    rows = _rows().filter(id=key_id)
    # The guard of SQLite refuses every INSERT that meets a row, also one that would be ignored. There nobody comes in
    # between: its writers take turns.
    if connection.vendor == "postgresql" or not rows.exists():
        _rows().bulk_create([_model()(id=key_id, wrapped=_wrap(key_id, key))], ignore_conflicts=True)
    kept = rows.values_list("wrapped", flat=True).get()
    return AESGCM(_unwrap(key_id, bytes(kept)))


def _remember(key_id: str, cipher: AESGCM) -> None:
    if len(_open) >= KEPT:
        _open.clear()
    _open[key_id] = cipher


def _wrap(key_id: str, key: bytes) -> bytes:
    nonce = os.urandom(NONCE)
    return nonce + _wrapping(settings.DISCLOSURE_KEY).encrypt(nonce, key, key_id.encode())


def _unwrap(key_id: str, wrapped: bytes) -> bytes:
    """With the instance's key, or else with the one before. WrongKey: with neither."""
    for secret in filter(None, (settings.DISCLOSURE_KEY, settings.DISCLOSURE_KEY_PREVIOUS)):
        try:
            return _unwrapped(secret, key_id, wrapped)
        except InvalidTag:
            continue
    raise WrongKey


def _unwrapped(secret: str, key_id: str, wrapped: bytes) -> bytes:
    return _wrapping(secret).decrypt(wrapped[:NONCE], wrapped[NONCE:], key_id.encode())


def rewrapped(key_id: str, wrapped: bytes) -> bytes | None:
    """The key as the instance's own key wraps it; None where it does so already. WrongKey: nobody can open it."""
    try:
        _unwrapped(settings.DISCLOSURE_KEY, key_id, wrapped)
    except InvalidTag:
        return _wrap(key_id, _unwrap(key_id, wrapped))
    return None


def wrapped_names() -> bytes:
    """The row NAMES."""
    return _wrap(NAMES, naming())


@lru_cache(maxsize=4)
def _wrapping(secret: str) -> AESGCM:
    return AESGCM(_derived(secret, b"countersign subject keys v1"))


@lru_cache(maxsize=4)
def _hashing(secret: str) -> bytes:
    return _derived(secret, b"countersign subject names v1")


def _derived(secret: str, purpose: bytes) -> bytes:
    return HKDF(algorithm=SHA256(), length=KEY, salt=None, info=purpose).derive(secret.encode())
