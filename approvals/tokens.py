"""Grants as tokens: drawn from the row at each read, so that none is ever stored."""

from functools import cache
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key, load_pem_public_key
from django.conf import settings

from approvals import grants
from approvals.answers import ActionView
from approvals.grants import Claims, SigningKey


@cache
def signing_key() -> SigningKey:
    """The key that signs now. ValueError where the setting holds no Ed25519 key in PEM."""
    key = load_pem_private_key(settings.GRANT_KEY.encode(), password=None)
    if not isinstance(key, Ed25519PrivateKey):
        raise TypeError(
            "COUNTERSIGN_GRANT_KEY is not an Ed25519 key; make one with `openssl genpkey -algorithm ed25519`."
        )
    return SigningKey.of(key)


@cache
def public_keys() -> dict[str, Ed25519PublicKey]:
    """By key id: the signing key's public half, and retired ones whose grants may still be about."""
    keys = [signing_key().public]
    for path in settings.GRANT_KEYS_RETIRED:
        key = load_pem_public_key(Path(path).read_bytes())
        if isinstance(key, Ed25519PublicKey):
            keys.append(key)
    return {grants.thumbprint(key): key for key in keys}


def jwks() -> dict[str, object]:
    return grants.jwks(public_keys())


def grant_for(view: ActionView) -> str | None:
    """The token of an action's grant while it can still be spent; the same text at each read."""
    grant = view.grant
    if grant is None or grant.spent_at or grant.revoked_at:
        return None
    claims = Claims(
        iss=settings.BASE_URL,
        aud=view.agent_id,
        sub=view.id,
        jti=grant.id,
        iat=int(grant.issued_at.timestamp()),
        exp=int(grant.expires_at.timestamp()),
        rev=view.revision,
        tool=view.tool,
        args_sha256=grant.args_sha256,
    )
    return grants.draw(signing_key(), claims)
