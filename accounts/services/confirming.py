"""Is it still the person? A log-in of the last minutes says so, or the password given once more."""

from datetime import datetime

from django.db import transaction

from accounts import errors
from accounts.models import User
from accounts.services.attempts import lately, tags
from accounts.sessions import is_fresh
from audit.actor import Actor, Door, Kind
from audit.kinds import EventKind
from audit.record import record

FAILURES = 5


def confirm(*, at: datetime, user_id: str, session_id: str, password: str) -> User:
    """The person. Raises Invalid (password missing or wrong) and LockedOut, both for the field `password`.

    Wrong passwords are counted for the person, and are facts, as those of a log-in are.
    """
    person = User.objects.get(id=user_id, is_active=True)
    if is_fresh(session_id, user_id, at):
        return person
    if not password:
        raise errors.Invalid("Give your password: you logged in more than 10 minutes ago.", field="password")
    names = tags("confirm", at, user_id)
    if lately(EventKind.LOGIN_FAILED, names, at) >= FAILURES:
        raise errors.LockedOut(field="password")
    if not person.check_password(password):
        with transaction.atomic():
            actor = Actor(Kind.PERSON, "unknown", "somebody", Door.WEB)
            record(kind=EventKind.LOGIN_FAILED, workspace_id="", actor=actor, at=at, subject=("login", names[0]))
        raise errors.Invalid("This is not your present password.", field="password")
    return person
