"""Tokens of the links that go out by mail. An invitation's is derived from its id: no row and no message holds it.

`token = id + "." + base64url(HMAC-SHA256(secret key, id))`. What the database keeps is the keyed hash of that
(`accounts.keys.digest`), so a link works by what is stored, not by the secret of the day.
"""

from base64 import urlsafe_b64encode

from django.contrib.auth.tokens import PasswordResetTokenGenerator
from django.utils.crypto import salted_hmac

from accounts import keys
from accounts.models import User

# Signed over the person's password hash and last login, so that it works once and dies with any change of either.
_resets = PasswordResetTokenGenerator()


def for_invitation(invitation_id: str) -> str:
    mac = salted_hmac("accounts.links.invitation", invitation_id, algorithm="sha256").digest()
    return f"{invitation_id}.{urlsafe_b64encode(mac).rstrip(b'=').decode()}"


def digest(token: str) -> bytes:
    return keys.digest(token)


def for_reset(person: User) -> str:
    return _resets.make_token(person)


def is_reset(person: User, token: str) -> bool:
    """False once it has been used, or `PASSWORD_RESET_TIMEOUT` seconds have passed."""
    return _resets.check_token(person, token)
