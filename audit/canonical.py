"""The bytes that are hashed and signed: RFC 8785 canonical JSON, time stamps, RFC 9901 disclosures, event bytes.

Pure: no clock, no randomness, no Django. Whatever cannot be written exactly raises `NotCanonical`; nothing is rounded.
"""

import json
import re
from binascii import b2a_base64
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any

import orjson
import rfc8785

INTEGER_MAX = 2**53 - 1
EVENT_MAX = 16 * 1024
SALT_MIN = 16

_OPTIONS = (
    orjson.OPT_SORT_KEYS
    | orjson.OPT_STRICT_INTEGER
    | orjson.OPT_PASSTHROUGH_DATETIME
    | orjson.OPT_PASSTHROUGH_DATACLASS
)
# Where orjson's sorted bytes differ from RFC 8785: integral floats (42.0, -0.0), 1e16 <= |x| < 1e21,
# 1e-6 <= |x| < 1e-5, and key order once a character lies outside the BMP. The pattern sees a number only after [ : or ,
# so text that merely looks like one costs time, never truth.
_ODD = re.compile(rb"[:\[,]-?[0-9]+(?:\.0[,\]}]|(?:\.[0-9]+)?e)|[\xf0-\xf4]")

# RFC 4648, section 5.
_URL_SAFE = bytes.maketrans(b"+/", b"-_")
_LEAVES = frozenset({str, bool, type(None)})
_STRICT = json.JSONEncoder(allow_nan=False, check_circular=False, ensure_ascii=False)


class NotCanonical(ValueError):
    """The value has no canonical bytes. The message says what to change in the value; it is the caller's mistake."""


def canonical(tree: Any, *, finite: bool = False) -> bytes:
    """RFC 8785 bytes of a JSON value (dict with str keys, list, tuple, str, int, float, bool, None).

    `finite` vouches for a tree that was read from JSON, where NaN and Infinity cannot be; looking for them costs most.
    NotCanonical: NaN, Infinity, integers beyond 2^53 - 1, lone surrogates, other types.
    """
    try:
        out = orjson.dumps(tree, option=_OPTIONS)
        if type(tree) is float or (not finite and b"null" in out and not _finite(tree)):
            return rfc8785.dumps(tree)
        if _surely_canonical(out) or _ODD.search(out) is None:
            return out
        out = orjson.dumps(_settled(tree), option=_OPTIONS)
        return out if _ODD.search(out) is None else rfc8785.dumps(tree)
    except (TypeError, rfc8785.CanonicalizationError) as error:
        raise NotCanonical(f"No canonical JSON for this value: {error}.") from error


def plain(tree: Any) -> bytes:
    """RFC 8785 bytes of a document of our own making: ASCII keys and no floats, neither of which is checked here."""
    try:
        return orjson.dumps(tree, option=_OPTIONS)
    except TypeError as error:
        raise NotCanonical(f"No canonical JSON for this value: {error}.") from error


def stamp(at: datetime) -> str:
    """`at` in UTC as "2026-11-20T10:47:22.000123Z": always six fractional digits, so that text order is time order."""
    if at.tzinfo is None:
        raise NotCanonical(f"{at} has no time zone; pass an aware datetime.")
    return at.astimezone(UTC).isoformat(timespec="microseconds")[:-6] + "Z"


def disclosure(salt: bytes, name: str, value: Any) -> str:
    """RFC 9901, 4.2.1: unpadded base64url of the JSON array [base64url(salt), name, value], written in RFC 8785."""
    if len(salt) < SALT_MIN:
        raise NotCanonical(f"A salt of {len(salt)} bytes can be guessed; draw at least {SALT_MIN} random bytes.")
    return _base64url(canonical([_base64url(salt), name, value]))


def disclosure_digest(encoded: str) -> str:
    """RFC 9901, 4.2.3: unpadded base64url (43 characters) of SHA-256 over the ASCII of an encoded disclosure."""
    return _base64url(sha256(encoded.encode("ascii")).digest())


def disclose(salt: bytes, name: str, value: Any) -> str:
    """The digest that stands for `value` in an event; salt, name and value open it, and without the salt it is mute."""
    return disclosure_digest(disclosure(salt, name, value))


def commitment(salt: bytes, name: str, value: bytes) -> str:
    """As `disclose`, of a value whose canonical JSON is at hand; `name` is an ASCII word of ours."""
    # The array [salt, name, value] keeps its order in RFC 8785, so canonical parts make a canonical whole.
    encoded = _base64url(b'["' + _base64url(salt).encode() + b'","' + name.encode() + b'",' + value + b"]")
    return disclosure_digest(encoded)


def event_bytes(event: dict[str, Any]) -> bytes:
    """The canonical bytes of one audit event, at most 16 KiB.

    NotCanonical, with the place: a float, an integer beyond 2^53 - 1, a key that is not ASCII, any type but str, bool,
    int, None, dict, list and tuple, or too many bytes.
    """
    if not _is_plain(event):
        _check_event(event, "")
    out = plain(event)
    if len(out) > EVENT_MAX:
        raise NotCanonical(f"The event takes {len(out)} bytes of {EVENT_MAX}; move long values into disclosures.")
    return out


def _surely_canonical(out: bytes) -> bool:
    # One character is found ten times as fast as two, and most documents have none of them.
    if not out.isascii() or (b"-" in out and b"e-" in out) or (b"+" in out and b"e+" in out):
        return False
    return b"." not in out or b".0" not in out or not (b".0," in out or b".0}" in out or b".0]" in out)


def _settled(value: Any) -> Any:
    # RFC 8785 writes 42.0 and 42 alike, and orjson is right about the second.
    kind = type(value)
    if kind is float:
        return int(value) if value.is_integer() and -INTEGER_MAX <= value <= INTEGER_MAX else value
    if kind is dict:
        return {key: _settled(item) for key, item in value.items()}
    return [_settled(item) for item in value] if kind is list or kind is tuple else value


def _finite(tree: Any) -> bool:
    # orjson writes NaN and Infinity as null, so a null in the text has to be looked at in the tree; this writer does it
    # in C.
    try:
        _STRICT.encode(tree)
    except ValueError:
        return False
    return True


def _is_plain(value: Any) -> bool:
    """Whether an event may hold the value, without the place where it may not: `_check_event` tells that."""
    kind = type(value)
    if kind is int:
        return bool(-INTEGER_MAX <= value <= INTEGER_MAX)
    if kind is dict:
        for key in value:
            if type(key) is not str or not key.isascii():
                return False
        value = value.values()
    elif kind is not list and kind is not tuple:
        return kind in _LEAVES
    # Most of an event is text, for which a call each would be most of this.
    return all(type(item) in _LEAVES or _is_plain(item) for item in value)


def _check_event(value: Any, where: str) -> None:
    if isinstance(value, str) or value is None or value is True or value is False:
        return
    if isinstance(value, int):
        if not -INTEGER_MAX <= value <= INTEGER_MAX:
            raise NotCanonical(f"{value} at {where} is beyond 2^53 - 1; write it as a string.")
    elif isinstance(value, dict):
        for key, item in value.items():
            if not (isinstance(key, str) and key.isascii()):
                raise NotCanonical(f"Key {key!r} at {where or '/'} is not ASCII text; name it in ASCII.")
            _check_event(item, f"{where}/{key}")
    elif isinstance(value, list | tuple):
        for index, item in enumerate(value):
            _check_event(item, f"{where}/{index}")
    else:
        advice = "a decimal string" if isinstance(value, float) else "text"
        raise NotCanonical(f"{type(value).__name__} at {where or '/'} has no place in an event; write it as {advice}.")


def _base64url(data: bytes) -> str:
    return b2a_base64(data, newline=False).rstrip(b"=").translate(_URL_SAFE).decode("ascii")
