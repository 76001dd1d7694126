import base64
import json
from dataclasses import asdict, replace
from datetime import UTC, datetime
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given, settings
from hypothesis import strategies as st

from approvals.grants import Claims, GrantInvalid, SigningKey, draw, jwks, thumbprint, verify

OTTO = "agt_01m7w9000000000000000000t0"


def from_seed(seed: bytes) -> SigningKey:
    return SigningKey.of(Ed25519PrivateKey.from_private_bytes(seed))


KEY = from_seed(bytes(range(32)))
OTHER = from_seed(bytes(32))
KEYS = {KEY.kid: KEY.public}
CLAIMS = Claims(
    iss="https://countersign.example",
    aud=OTTO,
    sub="act_01m7w9000000000000000000a0",
    jti="gra_01m7w9000000000000000000g0",
    iat=1_795_171_642,
    exp=1_795_172_542,
    rev=2,
    tool="billing.refund",
    args_sha256="44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a",
)
GRANT = draw(KEY, CLAIMS)
HEADER = {"alg": "EdDSA", "kid": KEY.kid, "typ": "countersign-grant+jwt"}


def encode(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def token(header: Any, payload: Any, key: SigningKey = KEY) -> str:
    signed = encode(json.dumps(header).encode()) + "." + encode(json.dumps(payload).encode())
    return signed + "." + encode(key.private.sign(signed.encode()))


def reason(text: str, *, audience: str = OTTO, at: datetime | None = None) -> str:
    with pytest.raises(GrantInvalid) as invalid:
        verify(text, KEYS, audience=audience, at=at)
    return invalid.value.reason


def test_a_grant_verifies_to_its_claims() -> None:
    assert verify(GRANT, KEYS, audience=OTTO) == CLAIMS


def test_the_same_claims_give_the_same_text() -> None:
    assert draw(from_seed(bytes(range(32))), replace(CLAIMS)) == GRANT


def test_the_signature_is_a_plain_jws() -> None:
    header, payload, signature = (base64.urlsafe_b64decode(part + "==") for part in GRANT.split("."))
    assert (json.loads(header), json.loads(payload), len(signature)) == (HEADER, asdict(CLAIMS), 64)
    KEY.public.verify(signature, GRANT.rpartition(".")[0].encode())


def test_key_id_of_the_rfc() -> None:
    # RFC 8037 appendix A.1 to A.3.
    seed = base64.urlsafe_b64decode("nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A=")
    public = Ed25519PrivateKey.from_private_bytes(seed).public_key()
    assert thumbprint(public) == "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k"
    assert jwks({"kid-1": public}) == {
        "keys": [
            {
                "kty": "OKP",
                "crv": "Ed25519",
                "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo",
                "kid": "kid-1",
                "use": "sig",
                "alg": "EdDSA",
            }
        ]
    }


@settings(deadline=None, max_examples=300)
@given(st.integers(0, len(GRANT) - 1), st.integers(1, 127))
def test_a_grant_with_any_changed_character_fails(at: int, flip: int) -> None:
    changed = GRANT[:at] + chr(ord(GRANT[at]) ^ flip) + GRANT[at + 1 :]
    with pytest.raises(GrantInvalid):
        verify(changed, KEYS, audience=OTTO)


@settings(deadline=None)
@given(st.text(max_size=3).filter(bool), st.integers(0, len(GRANT)))
def test_a_grant_with_anything_added_fails(more: str, at: int) -> None:
    with pytest.raises(GrantInvalid):
        verify(GRANT[:at] + more + GRANT[at:], KEYS, audience=OTTO)


@given(st.integers(0, len(GRANT) - 1))
def test_a_grant_that_was_cut_fails(at: int) -> None:
    with pytest.raises(GrantInvalid):
        verify(GRANT[:at], KEYS, audience=OTTO)


@settings(deadline=None)
@given(st.builds(Claims, **dict.fromkeys(("iss", "aud", "sub", "jti", "tool", "args_sha256"), st.text(max_size=8)),
                 **dict.fromkeys(("iat", "exp", "rev"), st.integers(-(2**53) + 1, 2**53 - 1))))  # fmt: skip
def test_every_claim_comes_back_as_it_was_signed(claims: Claims) -> None:
    if "\0" in "".join(str(value) for value in asdict(claims).values()):
        assert reason(draw(KEY, claims), audience=claims.aud) == "malformed"
    else:
        assert verify(draw(KEY, claims), KEYS, audience=claims.aud) == claims


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "malformed"),
        ("a.b", "malformed"),
        (GRANT + "\n", "malformed"),
        (GRANT + "=", "malformed"),
        (GRANT + ".", "malformed"),
        (GRANT[:-1] + chr(ord(GRANT[-1]) + 1), "malformed"),
        (token(HEADER | {"typ": "JWT"}, asdict(CLAIMS)), "wrong_type"),
        (token({"alg": "EdDSA", "kid": KEY.kid}, asdict(CLAIMS)), "wrong_type"),
        (token(HEADER | {"alg": "none"}, asdict(CLAIMS)), "wrong_algorithm"),
        (token(HEADER | {"alg": "HS256"}, asdict(CLAIMS)), "wrong_algorithm"),
        (token(HEADER | {"alg": "eddsa"}, asdict(CLAIMS)), "wrong_algorithm"),
        (token(HEADER | {"kid": OTHER.kid}, asdict(CLAIMS), OTHER), "unknown_key"),
        (token(HEADER | {"kid": ["x"]}, asdict(CLAIMS)), "unknown_key"),
        (token(HEADER | {"crit": ["exp"]}, asdict(CLAIMS)), "malformed"),
        (token([], asdict(CLAIMS)), "malformed"),
        (token(HEADER, asdict(CLAIMS), OTHER), "bad_signature"),
        (token(HEADER, []), "malformed"),
        (token(HEADER, asdict(CLAIMS) | {"admin": True}), "bad_claims"),
        (token(HEADER, asdict(CLAIMS) | {"exp": "1795172542"}), "bad_claims"),
        (token(HEADER, asdict(CLAIMS) | {"exp": 1e300}), "bad_claims"),
        (token(HEADER, asdict(CLAIMS) | {"rev": True}), "bad_claims"),
        (token(HEADER, {"aud": OTTO}), "bad_claims"),
    ],
)
def test_what_is_no_grant_of_ours_is_refused_with_its_reason(text: str, why: str) -> None:
    assert reason(text) == why


def test_header_and_payload_are_not_exchangeable_between_grants() -> None:
    other = draw(KEY, replace(CLAIMS, rev=3)).split(".")
    mine = GRANT.split(".")
    assert reason(".".join((mine[0], other[1], mine[2]))) == "bad_signature"


def test_a_grant_of_another_agent_is_refused() -> None:
    assert reason(GRANT, audience="agt_01m7w9000000000000000000t1") == "wrong_audience"


def test_a_grant_is_over_at_the_second_it_expires() -> None:
    last = datetime.fromtimestamp(CLAIMS.exp - 1, UTC)
    assert verify(GRANT, KEYS, audience=OTTO, at=last) == CLAIMS
    assert reason(GRANT, at=datetime.fromtimestamp(CLAIMS.exp, UTC)) == "expired"


def test_after_a_rotation_both_keys_verify() -> None:
    keys = {KEY.kid: KEY.public, OTHER.kid: OTHER.public}
    assert [verify(draw(key, CLAIMS), keys, audience=OTTO) for key in (KEY, OTHER)] == [CLAIMS, CLAIMS]
