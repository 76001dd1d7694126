"""Changing a password: with the old one, or by a link that goes to the person's address."""

from datetime import datetime

from django.db import transaction

from accounts import errors, links, values
from accounts.models import User
from accounts.services.attempts import lately, tags
from accounts.services.facts import logs_of, personal
from accounts.services.noticing import notice
from accounts.services.sessions import forget
from audit.actor import Actor, Door, Kind
from audit.kinds import EventKind
from audit.record import record
from outbox.post import post
from tenancy import scope

LETTERS = 3


def request_reset(*, at: datetime, email: str) -> None:
    """Promises a mail with a link, at most `LETTERS` in 15 minutes for one address.

    Whoever asks learns nothing, and the same is done for an address that nobody has: the sink drops that promise.
    """
    email = email.strip().lower()
    names = tags("reset", at, email)
    if lately(EventKind.LINK_ISSUED, names, at) >= LETTERS:
        return
    known = User.objects.filter(email=email, is_active=True).values_list("id", flat=True).first()
    with transaction.atomic():
        record(
            kind=EventKind.LINK_ISSUED,
            workspace_id="",
            actor=Actor(Kind.PERSON, "unknown", "somebody", Door.WEB),
            at=at,
            subject=("password_reset", names[0]),
            secrets=[personal("email", email[:254], known or "unknown")],
        )
        payload = {"user": known or ""}
        post(sink="mail", kind="password.reset", workspace_id="", subject=known or "", payload=payload, at=at)


def reset_password(*, at: datetime, user_id: str, token: str, password: str) -> User:
    """Spends the link. Every session of the person ends. Raises LinkRefused and WeakPassword."""
    with transaction.atomic():
        person = User.objects.select_for_update().filter(id=user_id, is_active=True).first()
        if person is None or not links.is_reset(person, token):
            raise errors.LinkRefused
        _set(at, person, password, "reset link")
    return person


def change_password(*, at: datetime, user_id: str, old: str, new: str) -> User:
    """Every session ends, and the door starts a new one. Raises Invalid (the old one is wrong) and WeakPassword."""
    with transaction.atomic():
        person = User.objects.select_for_update().get(id=user_id, is_active=True)
        if not person.check_password(old):
            raise errors.Invalid("This is not your present password.", field="old")
        _set(at, person, new, "password")
    return person


def _set(at: datetime, person: User, password: str, authenticated_by: str) -> None:
    person.set_password(values.password(password, person))
    person.save(update_fields=["password"])
    forget(person.id)
    notice(EventKind.PASSWORD_CHANGED, person.id, at)
    actor = Actor(Kind.PERSON, person.id, person.name, Door.WEB, authenticated_by)
    for workspace_id in logs_of(person.id):
        with scope.acting(workspace_id):
            record(
                kind=EventKind.PASSWORD_CHANGED,
                workspace_id=workspace_id,
                actor=actor,
                at=at,
                subject=("person", person.id),
            )
