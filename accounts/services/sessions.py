"""Ending sessions: one, all others, or all of a person. A session that is over is refused at its next request."""

from datetime import datetime, timedelta

from django.contrib.sessions.backends.base import SessionBase

from accounts import errors, rows
from accounts.models import BrowserSession
from accounts.services.facts import logs_of
from accounts.sessions import BEGAN, BROWSER
from audit.actor import Actor
from audit.kinds import EventKind
from audit.record import record
from tenancy import scope

EVERY = timedelta(minutes=1)
_KEPT = 10_000

_noted: dict[str, datetime] = {}


def introduce(session: SessionBase, *, at: datetime, browser: str) -> None:
    """Notes in a session that somebody has just logged in with what the list of their sessions shows."""
    session[BROWSER], session[BEGAN] = browser, at.isoformat()


def note_seen(session_id: str, *, at: datetime) -> None:
    """Notes that the session is in use, at most once a minute over all processes, mostly without a query."""
    last = _noted.get(session_id)
    if last is not None and last <= at < last + EVERY:
        return
    if len(_noted) >= _KEPT:
        _noted.clear()
    _noted[session_id] = at
    BrowserSession.objects.filter(id=session_id, seen_at__lte=at - EVERY).update(seen_at=at)


def end_session(*, actor: Actor, at: datetime, workspace_id: str, user_id: str, session_id: str) -> None:
    """One session of this person. Raises NotFound."""
    with scope.acting(workspace_id):
        if not BrowserSession.objects.filter(id=session_id, user_id=user_id).delete()[0]:
            raise errors.NotFound("There is no such session of this person. It may be over already.")
        _tell(actor, at, user_id, 1)


def end_other_sessions(*, actor: Actor, at: datetime, workspace_id: str, user_id: str, kept: str) -> None:
    """All sessions of this person but `kept`. Raises AlreadyOver where there is no other."""
    with scope.acting(workspace_id):
        count = BrowserSession.objects.filter(user_id=user_id).exclude(id=kept).delete()[0]
        if not count:
            raise errors.AlreadyOver("You are logged in nowhere else. Nothing was changed.")
        _tell(actor, at, user_id, count)


def end_sessions(*, actor: Actor, at: datetime, workspace_id: str, user_id: str) -> None:
    """All sessions of a member. Raises NotFound (no member) and AlreadyOver (logged in nowhere)."""
    with scope.acting(workspace_id):
        member = rows.membership(user_id)
        count = forget(member.user_id)
        if not count:
            raise errors.AlreadyOver("They are logged in nowhere. Nothing was changed.")
        _tell(actor, at, user_id, count)


def forget(user_id: str) -> int:
    """Deletes the person's sessions inside the caller's transaction, and says how many there were."""
    return BrowserSession.objects.filter(user_id=user_id).delete()[0]


def _tell(actor: Actor, at: datetime, user_id: str, count: int) -> None:
    # A session belongs to the account, so every workspace of the person reads of its end.
    for workspace_id in logs_of(user_id):
        with scope.acting(workspace_id):
            record(
                kind=EventKind.SESSION_ENDED,
                workspace_id=workspace_id,
                actor=actor,
                at=at,
                subject=("person", user_id),
                data={"sessions": count},
            )
