"""The grant: a compact JWS (RFC 7515, EdDSA of RFC 8037) that permits one execution of exactly these arguments.

Signatures are deterministic, so a grant is drawn anew from its row whenever its agent reads it, and is stored nowhere.
`verify` proves origin, audience and shape; that a grant is unspent, only the row knows.
"""

import binascii
import re
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import datetime
from hashlib import sha256
from typing import Any, Self

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from approvals.strict_json import Refused, parse
from audit.canonical import plain

TYPE = "countersign-grant+jwt"
ALGORITHM = "EdDSA"

ADVICE = {
    "malformed": "This is not a grant. Pass decision.grant as it came.",
    "wrong_type": f"The token is not of type {TYPE}. Pass decision.grant.",
    "wrong_algorithm": f"The token is not signed with {ALGORITHM}. Pass decision.grant.",
    "unknown_key": "The signing key is not known here. Fetch /.well-known/jwks.json; if it is not there, refuse.",
    "bad_signature": "The signature does not match. Do not execute; the token was changed on its way.",
    "bad_claims": "The token is signed but holds other claims than a grant. Do not execute.",
    "wrong_audience": "The grant belongs to another agent. Do not execute.",
    "expired": "The grant is over. Do not execute; submit the action again with `supersedes`.",
}

_COMPACT = re.compile(r"([A-Za-z0-9_-]+)\.([A-Za-z0-9_-]+)\.([A-Za-z0-9_-]{86})")


class GrantInvalid(ValueError):
    """Not a grant to execute on. `reason` is a key of `ADVICE`, `detail` its text."""

    def __init__(self, reason: str) -> None:
        super().__init__(ADVICE[reason])
        self.reason = reason
        self.detail = ADVICE[reason]


@dataclass(frozen=True, slots=True)
class Claims:
    """What a grant says. `iat` and `exp` are whole seconds since 1970, `args_sha256` is that of `approvals.digest`."""

    iss: str
    aud: str
    sub: str
    jti: str
    iat: int
    exp: int
    rev: int
    tool: str
    args_sha256: str


_TYPES = {field.name: field.type for field in fields(Claims)}


@dataclass(frozen=True, slots=True)
class SigningKey:
    """An Ed25519 key with its RFC 7638 thumbprint and the header bytes of everything it signs."""

    private: Ed25519PrivateKey
    kid: str
    header: bytes

    @classmethod
    def of(cls, private: Ed25519PrivateKey) -> Self:
        kid = thumbprint(private.public_key())
        return cls(private, kid, _encode(plain({"alg": ALGORITHM, "kid": kid, "typ": TYPE})))

    @property
    def public(self) -> Ed25519PublicKey:
        return self.private.public_key()


def draw(key: SigningKey, claims: Claims) -> str:
    """The compact JWS of these claims; the same key and claims give the same text."""
    signed = key.header + b"." + _encode(plain({name: getattr(claims, name) for name in _TYPES}))
    return (signed + b"." + _encode(key.private.sign(signed))).decode("ascii")


def verify(token: str, keys: Mapping[str, Ed25519PublicKey], *, audience: str, at: datetime | None = None) -> Claims:
    """The claims of a grant that one of `keys` (by kid) signed for `audience`, the agent's id; else `GrantInvalid`.

    Give `at` to refuse a grant that is over; leave it out where the database's clock decides.
    """
    compact = _COMPACT.fullmatch(token)
    if compact is None:
        raise GrantInvalid("malformed")
    key = _key_for(_object(compact[1]), keys)
    try:
        key.verify(_decode(compact[3]), f"{compact[1]}.{compact[2]}".encode("ascii"))
    except InvalidSignature:
        raise GrantInvalid("bad_signature") from None
    claims = _claims(_object(compact[2]))
    if claims.aud != audience:
        raise GrantInvalid("wrong_audience")
    if at is not None and at.timestamp() >= claims.exp:
        raise GrantInvalid("expired")
    return claims


def thumbprint(public: Ed25519PublicKey) -> str:
    """RFC 7638 over the members that RFC 8037 section 2 requires: 43 characters of base64url."""
    return _encode(sha256(plain(_jwk(public))).digest()).decode("ascii")


def jwks(keys: Mapping[str, Ed25519PublicKey]) -> dict[str, Any]:
    """The JWK Set (RFC 7517) for /.well-known/jwks.json, from public keys by kid."""
    return {"keys": [_jwk(public) | {"kid": kid, "use": "sig", "alg": ALGORITHM} for kid, public in keys.items()]}


def _jwk(public: Ed25519PublicKey) -> dict[str, str]:
    return {"crv": "Ed25519", "kty": "OKP", "x": _encode(public.public_bytes_raw()).decode("ascii")}


def _key_for(header: dict[str, Any], keys: Mapping[str, Ed25519PublicKey]) -> Ed25519PublicKey:
    if header.get("typ") != TYPE:
        raise GrantInvalid("wrong_type")
    if header.get("alg") != ALGORITHM:
        raise GrantInvalid("wrong_algorithm")
    kid = header.get("kid")
    if not isinstance(kid, str) or kid not in keys:
        raise GrantInvalid("unknown_key")
    # No `crit`, no embedded key: a header says these three things or it is not ours.
    if len(header) != 3:
        raise GrantInvalid("malformed")
    return keys[kid]


def _claims(members: dict[str, Any]) -> Claims:
    if {name: type(value) for name, value in members.items()} != _TYPES:
        raise GrantInvalid("bad_claims")
    return Claims(**members)


def _object(encoded: str) -> dict[str, Any]:
    try:
        value = parse(_decode(encoded))
    except Refused:
        raise GrantInvalid("malformed") from None
    if not isinstance(value, dict):
        raise GrantInvalid("malformed")
    return value


def _encode(data: bytes) -> bytes:
    return urlsafe_b64encode(data).rstrip(b"=")


def _decode(encoded: str) -> bytes:
    # Python ignores the spare bits of the last character, so one value has several spellings; one of them is ours.
    try:
        data = urlsafe_b64decode(encoded + "=" * (-len(encoded) % 4))
    except binascii.Error:
        raise GrantInvalid("malformed") from None
    if _encode(data) != encoded.encode("ascii"):
        raise GrantInvalid("malformed")
    return data
