"""A grant checked without the server, for a gateway in front of a tool. Needs the extra `verify`.

A valid grant says who may run what, until when. That it is unspent, only `spend` knows.
"""

import binascii
import json
import re
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import UTC, datetime
from hashlib import sha256
from hmac import compare_digest
from typing import Any

import rfc8785
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from countersign.errors import GrantRefused

TYPE = "countersign-grant+jwt"
ALGORITHM = "EdDSA"

_COMPACT = re.compile(r"([A-Za-z0-9_-]+)\.([A-Za-z0-9_-]+)\.([A-Za-z0-9_-]{86})")


@dataclass(frozen=True, slots=True)
class GrantClaims:
    """What the grant permits: `aud` is the agent's id, `sub` the action's; `iat` and `exp` are seconds since 1970."""

    iss: str
    aud: str
    sub: str
    jti: str
    iat: int
    exp: int
    rev: int
    tool: str
    args_sha256: str


def verify_grant(
    grant: str,
    jwks: Mapping[str, Any],
    audience: str,
    args: Mapping[str, Any],
    *,
    tool: str | None = None,
    action_id: str | None = None,
    at: datetime | None = None,
) -> GrantClaims:
    """The claims of a grant that a key of `jwks` (/.well-known/jwks.json) signed for exactly this call.

    `audience`: the agent's id. `at` judges expiry; None is now. `tool` and `action_id` are checked where given.
    Raises GrantRefused with code malformed, wrong_type, wrong_algorithm, unknown_key, bad_signature, bad_claims,
    wrong_audience, wrong_tool, wrong_action, wrong_arguments or expired.
    """
    claims = _signed(grant, jwks)
    moment = (at or datetime.now(UTC)).timestamp()
    _demand(claims.aud == audience, "wrong_audience", "the grant belongs to another agent")
    _demand(tool in (None, claims.tool), "wrong_tool", f"the grant is for {claims.tool}")
    _demand(action_id in (None, claims.sub), "wrong_action", f"the grant is for {claims.sub}")
    same = compare_digest(claims.args_sha256.encode(), args_sha256(args).encode())
    _demand(same, "wrong_arguments", "these are not the arguments that were signed")
    _demand(moment < claims.exp, "expired", "submit the action again with `supersedes`")
    return claims


def args_sha256(args: Mapping[str, Any]) -> str:
    """Lower-case hex of SHA-256 over the RFC 8785 bytes of `args`."""
    try:
        return sha256(rfc8785.dumps(dict(args))).hexdigest()
    except (rfc8785.CanonicalizationError, UnicodeEncodeError) as error:
        raise GrantRefused("wrong_arguments", f"these arguments have no canonical form: {error}") from error


def _signed(grant: str, jwks: Mapping[str, Any]) -> GrantClaims:
    compact = _COMPACT.fullmatch(grant)
    if compact is None:
        raise GrantRefused("malformed", "this is not a grant; pass decision.grant as it came")
    key = _key(_object(compact[1]), jwks)
    try:
        key.verify(_bytes(compact[3]), f"{compact[1]}.{compact[2]}".encode())
    except InvalidSignature:
        raise GrantRefused("bad_signature", "the grant was changed on its way, or is forged") from None
    members = _object(compact[2])
    wanted = {item.name: item.type for item in fields(GrantClaims)}
    _demand({name: type(value) for name, value in members.items()} == wanted, "bad_claims", "signed, but not a grant")
    return GrantClaims(**members)


def _key(header: Mapping[str, Any], jwks: Mapping[str, Any]) -> Ed25519PublicKey:
    _demand(header.get("typ") == TYPE, "wrong_type", f"the token is not of type {TYPE}")
    _demand(header.get("alg") == ALGORITHM, "wrong_algorithm", f"the token is not signed with {ALGORITHM}")
    # No `crit`, no key of its own: a header says these three things or it is not of Countersign.
    _demand(header.keys() == {"typ", "alg", "kid"}, "malformed", "the header holds more than typ, alg and kid")
    for key in jwks.get("keys", ()):
        if (key.get("kid"), key.get("kty"), key.get("crv")) == (header["kid"], "OKP", "Ed25519"):
            return Ed25519PublicKey.from_public_bytes(_bytes(str(key["x"])))
    raise GrantRefused("unknown_key", "fetch /.well-known/jwks.json again; if the key is missing there too, refuse")


def _object(encoded: str) -> dict[str, Any]:
    try:
        data = json.loads(_bytes(encoded))
    except ValueError:
        data = None
    if not isinstance(data, dict):
        raise GrantRefused("malformed", "this is not a grant; pass decision.grant as it came")
    return data


def _bytes(encoded: str) -> bytes:
    """Base64url of one spelling: Python ignores the spare bits of the last character, a grant may not use them."""
    try:
        data = urlsafe_b64decode(encoded + "=" * (-len(encoded) % 4))
    except binascii.Error:
        data = b""
    _demand(urlsafe_b64encode(data).rstrip(b"=") == encoded.encode(), "malformed", "not base64url as a grant has it")
    return data


def _demand(held: bool, code: str, detail: str) -> None:
    if not held:
        raise GrantRefused(code, detail)
