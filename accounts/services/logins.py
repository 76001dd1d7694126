"""Logging in, with a lock-out after repeated failures for one address from one place."""

from datetime import datetime

from django.db import transaction

from accounts import errors
from accounts.backend import EmailBackend
from accounts.models import User
from accounts.services.attempts import lately, tags
from accounts.services.facts import logs_of, personal
from audit.actor import Actor, Door, Kind
from audit.kinds import EventKind
from audit.record import record
from tenancy import scope

FAILURES = 5


def log_in(*, at: datetime, email: str, password: str, address: str) -> User:
    """The person, whose session the door then starts. `address` is where the request came from.

    Raises LoginRefused, and LockedOut after `FAILURES` failures within 15 minutes, without looking at the password.
    """
    email = email.strip().lower()
    names = tags("login", at, email, address)
    if lately(EventKind.LOGIN_FAILED, names, at) >= FAILURES:
        raise errors.LockedOut
    person = EmailBackend().authenticate(None, email=email, password=password)
    if person is None:
        _tell_failure(at, email, names[0])
        raise errors.LoginRefused
    _tell(EventKind.LOGIN_SUCCEEDED, at, person)
    return person


def log_out(*, at: datetime, person: User) -> None:
    """Leaves the fact; the door ends the session."""
    _tell(EventKind.LOGIN_ENDED, at, person)


def _tell_failure(at: datetime, email: str, tag: str) -> None:
    # Whose address it was stands beside the event alone, where it can be erased; the owner is not the actor.
    known = User.objects.filter(email=email).values_list("id", flat=True).first()
    with transaction.atomic():
        record(
            kind=EventKind.LOGIN_FAILED,
            workspace_id="",
            actor=Actor(Kind.PERSON, "unknown", "somebody", Door.WEB),
            at=at,
            subject=("login", tag),
            secrets=[personal("email", email[:254], known or "unknown")],
        )


def _tell(kind: EventKind, at: datetime, person: User) -> None:
    actor = Actor(Kind.PERSON, person.id, person.name, Door.WEB, "password")
    with transaction.atomic():
        for workspace_id in logs_of(person.id):
            with scope.acting(workspace_id):
                record(
                    kind=kind,
                    workspace_id=workspace_id,
                    actor=actor,
                    at=at,
                    subject=("person", person.id),
                )
