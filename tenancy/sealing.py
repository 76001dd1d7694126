"""Keeps secrets of other services at rest: AES-256-GCM under a key that is derived from the pepper (RFC 5869).

A copy of the database alone opens nothing. What is sealed for one row does not open for another: the row's id is bound
in as associated data.
"""

import os
from functools import lru_cache

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings

NONCE = 12


class Unreadable(Exception):
    """What was sealed does not open: the pepper was changed, or the row was tampered with. Enter the secret anew."""


def seal(text: str, row_id: str) -> bytes:
    """12 bytes of nonce, then ciphertext and tag; b"" for ""."""
    if not text:
        return b""
    nonce = os.urandom(NONCE)
    return nonce + _cipher(settings.KEY_PEPPER).encrypt(nonce, text.encode(), row_id.encode())


def unseal(sealed: bytes | memoryview, row_id: str) -> str:
    """Raises Unreadable."""
    kept = bytes(sealed)
    if not kept:
        return ""
    try:
        return _cipher(settings.KEY_PEPPER).decrypt(kept[:NONCE], kept[NONCE:], row_id.encode()).decode()
    except InvalidTag as error:
        raise Unreadable(Unreadable.__doc__) from error


@lru_cache(maxsize=4)
def _cipher(pepper: str) -> AESGCM:
    derived = HKDF(algorithm=SHA256(), length=32, salt=None, info=b"countersign sealed secrets v1")
    return AESGCM(derived.derive(pepper.encode()))
