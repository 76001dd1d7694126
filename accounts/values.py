"""What a name may look like. Each function returns the value as it is kept, or raises Invalid with the field's name."""

import re
from datetime import datetime

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.core.validators import validate_email

from accounts import errors
from accounts.models import User
from accounts.roles import Role

_HANDLE = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,58}[a-z0-9])?")
_AGENT = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9._-]{0,98}[A-Za-z0-9])?")


def title(text: str, *, field: str = "name", longest: int = 120) -> str:
    """A name for people to read: printable, so that it holds neither line breaks nor hidden characters."""
    kept = " ".join(text.split(" ")).strip()
    if not kept or len(kept) > longest or not kept.isprintable():
        raise errors.Invalid(f"Give 1 to {longest} visible characters on one line.", field=field)
    return kept


def handle(text: str, *, field: str = "handle") -> str:
    """A word for addresses and policies."""
    if _HANDLE.fullmatch(text) is None:
        raise errors.Invalid(
            "Use 1 to 60 small letters, digits and hyphens; begin and end with a letter or digit.", field=field
        )
    return text


def agent_name(text: str) -> str:
    """A word that policies and envelopes can name."""
    if _AGENT.fullmatch(text) is None:
        raise errors.Invalid(
            "Use 1 to 100 letters, digits, dots, hyphens and underscores; begin and end with a letter or digit.",
            field="name",
        )
    return text


def email(text: str) -> str:
    """In small letters, because an address is one login however it is typed."""
    kept = text.strip().lower()
    try:
        validate_email(kept)
    except ValidationError as error:
        raise errors.Invalid("Give an e-mail address like ada@example.com.", field="email") from error
    if len(kept) > 254:
        raise errors.Invalid("An e-mail address has at most 254 characters.", field="email")
    return kept


def role(text: str) -> str:
    if text not in Role.values:
        raise errors.Invalid(f"Choose one of {', '.join(Role.values)}.", field="role")
    return Role(text).value


def password(text: str, person: User) -> str:
    """Checked against the length, the lists of common passwords and the person's own name and address."""
    if len(text) > 1024:
        raise errors.WeakPassword("A password has at most 1024 characters.", field="password")
    try:
        validate_password(text, person)
    except ValidationError as error:
        raise errors.WeakPassword(" ".join(error.messages), field="password") from error
    return text


def future(moment: datetime | None, at: datetime) -> datetime | None:
    if moment is not None and moment <= at:
        raise errors.Invalid("Choose a time that is still to come, or none.", field="expires_at")
    return moment
