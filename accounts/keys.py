"""The format of credentials: `csk_<id>_<secret><crc32>` for machines, `csp_…` for people.

`id` is the 26 characters of the row's id, `secret` 32 random characters (160 bits) of Crockford's base32, `crc32` eight
hex digits over all that stands before, so that a scanner knows a leaked key from noise. We keep HMAC-SHA256(pepper,
token) alone.
"""

import hmac
import re
import secrets
import zlib
from dataclasses import dataclass

from django.conf import settings

MACHINE, PERSON = "csk", "csp"
_ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"
_SHAPE = re.compile(r"(csk|csp)_[0-9a-z]{26}_[0-9a-z]{32}[0-9a-f]{8}")


@dataclass(frozen=True, slots=True)
class Issued:
    """A fresh credential: `token` is shown once, `digest` is stored."""

    token: str
    digest: bytes


def issue(kind: str, row_id: str) -> Issued:
    """A token for the row `key_…` or `tok_…`."""
    secret = "".join(secrets.choice(_ALPHABET) for _ in range(32))
    head = f"{kind}_{row_id.split('_')[1]}_{secret}"
    token = f"{head}{zlib.crc32(head.encode()):08x}"
    return Issued(token, digest(token))


def is_well_formed(token: str) -> bool:
    """Whether shape and checksum are right; says nothing about whether we issued it."""
    return _SHAPE.fullmatch(token) is not None and f"{zlib.crc32(token[:-8].encode()):08x}" == token[-8:]


def digest(token: str) -> bytes:
    return hmac.digest(settings.KEY_PEPPER.encode(), token.encode(), "sha256")
