"""Grants checked offline, signed here by hand as RFC 7515 and RFC 8037 say."""

import json
from base64 import urlsafe_b64encode
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from countersign import GrantRefused
from countersign.grants import TYPE, args_sha256, verify_grant

KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
ARGS = {"customer_id": "cus_123", "amount_usd": 42.0}
# SHA-256 of {"amount_usd":42,"customer_id":"cus_123"}
ARGS_SHA256 = "0deb6ee3b280be777fed7158be1445cf5095972bf4d898014e86613534ca03f6"
AT = datetime(2026, 11, 12, 10, 0, tzinfo=UTC)
VECTORS = Path(__file__).parents[2] / "docs" / "digest-vectors.json"
HEADER = {"alg": "EdDSA", "kid": "k1", "typ": TYPE}
CLAIMS = {
    "iss": "https://countersign.example",
    "aud": "agt_otto",
    "sub": "act_1",
    "jti": "gra_1",
    "iat": int(AT.timestamp()) - 10,
    "exp": int(AT.timestamp()) + 300,
    "rev": 2,
    "tool": "billing.refund",
    "args_sha256": ARGS_SHA256,
}


def encoded(data: bytes) -> str:
    return urlsafe_b64encode(data).rstrip(b"=").decode()


JWKS = {
    "keys": [
        {"kty": "EC", "crv": "P-256", "kid": "k1"},
        {"kty": "OKP", "crv": "Ed25519", "kid": "k1", "x": encoded(KEY.public_key().public_bytes_raw())},
    ]
}


def drawn(header: Any = HEADER, key: Ed25519PrivateKey = KEY, **changed: Any) -> str:
    text = f"{encoded(json.dumps(header).encode())}.{encoded(json.dumps({**CLAIMS, **changed}).encode())}"
    return f"{text}.{encoded(key.sign(text.encode()))}"


def refused(grant: str, **changed: Any) -> str:
    known = {"jwks": JWKS, "audience": "agt_otto", "args": ARGS, "at": AT}
    with pytest.raises(GrantRefused) as error:
        verify_grant(grant, **{**known, **changed})
    return error.value.code


def test_a_grant_for_this_call_holds() -> None:
    claims = verify_grant(drawn(), JWKS, "agt_otto", ARGS, tool="billing.refund", action_id="act_1", at=AT)
    assert (claims.sub, claims.rev, claims.args_sha256) == ("act_1", 2, ARGS_SHA256)


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"audience": "agt_eve"}, "wrong_audience"),
        ({"args": {**ARGS, "amount_usd": 43}}, "wrong_arguments"),
        ({"args": {**ARGS, "note": None}}, "wrong_arguments"),
        ({"args": {"amount": 2**60}}, "wrong_arguments"),
        ({"tool": "billing.wipe"}, "wrong_tool"),
        ({"action_id": "act_2"}, "wrong_action"),
        ({"at": datetime(2026, 11, 12, 10, 5, tzinfo=UTC)}, "expired"),
        ({"jwks": {"keys": []}}, "unknown_key"),
    ],
)
def test_a_grant_for_another_call_is_refused(changed: dict[str, Any], code: str) -> None:
    assert refused(drawn(), **changed) == code


@pytest.mark.parametrize(
    ("grant", "code"),
    [
        (drawn({**HEADER, "alg": "none"}), "wrong_algorithm"),
        (drawn({**HEADER, "alg": "HS256"}), "wrong_algorithm"),
        (drawn({**HEADER, "typ": "JWT"}), "wrong_type"),
        (drawn({**HEADER, "crit": ["exp"]}), "malformed"),
        (drawn(["alg"]), "malformed"),
        (drawn({**HEADER, "kid": "k2"}), "unknown_key"),
        (drawn(key=Ed25519PrivateKey.from_private_bytes(bytes(32))), "bad_signature"),
        (drawn(rev="2"), "bad_claims"),
        (drawn(rev=True), "bad_claims"),
        (drawn(admin=True), "bad_claims"),
        (f"{drawn()}=", "malformed"),
        (f"{drawn()}.x", "malformed"),
        ("", "malformed"),
    ],
)
def test_what_is_not_a_grant_is_refused(grant: str, code: str) -> None:
    assert refused(grant) == code


@given(at=st.integers(0, len(drawn()) - 1), flip=st.integers(1, 127))
def test_a_grant_with_any_character_changed_is_refused(at: int, flip: int) -> None:
    grant = drawn()
    changed = grant[:at] + chr(ord(grant[at]) ^ flip) + grant[at + 1 :]
    assert refused(changed) in {"malformed", "bad_signature", "wrong_type", "wrong_algorithm", "unknown_key"}


def test_the_digest_of_the_arguments_is_that_of_their_canonical_form() -> None:
    assert args_sha256({"amount_usd": 42.0, "customer_id": "cus_123"}) == ARGS_SHA256
    assert args_sha256({"customer_id": "cus_123", "amount_usd": 42}) == ARGS_SHA256


def test_the_server_s_vectors_agree() -> None:
    """docs/digest-vectors.json is written by the server's side of this repository."""
    vectors = json.loads(VECTORS.read_text())["vectors"]
    assert vectors != []
    assert [args_sha256(json.loads(v["args_text"])) for v in vectors] == [v["args_sha256"] for v in vectors]
