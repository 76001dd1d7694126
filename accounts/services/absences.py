"""Absences: told to whoever waits for a person. Nobody gets or loses a right by one."""

from datetime import datetime, timedelta

from accounts import errors, rows
from accounts.models import Absence
from accounts.services.facts import personal
from audit.actor import Actor
from audit.canonical import stamp
from audit.kinds import EventKind
from audit.record import record
from tenancy import ids, scope

LONGEST = timedelta(days=366)
MOST = 20


def enter_absence(
    *,
    actor: Actor,
    at: datetime,
    workspace_id: str,
    user_id: str,
    begins_at: datetime,
    ends_at: datetime,
    delegate_id: str = "",
    note: str = "",
) -> str:
    """The absence's id. Raises Invalid (times, delegate, note), NotFound (no member) and Conflict (too many)."""
    with scope.acting(workspace_id):
        rows.lock(workspace_id)
        member = rows.membership(user_id)
        _check_times(begins_at, ends_at, at)
        delegate = _delegate(member.user_id, delegate_id)
        lasting = Absence.objects.filter(user_id=user_id, cancelled_at=None, ends_at__gt=at)
        if lasting.count() >= MOST:
            raise errors.Conflict(f"There are {MOST} absences already. Cancel one first.")
        absence = Absence.objects.create(
            id=ids.new("abs", at),
            workspace_id=workspace_id,
            user_id=member.user_id,
            delegate_id=delegate,
            begins_at=begins_at,
            ends_at=ends_at,
            note=_note(note),
            created_at=at,
        )
        record(
            kind=EventKind.ABSENCE_ENTERED,
            workspace_id=workspace_id,
            actor=actor,
            at=at,
            subject=("absence", absence.id),
            data={"person": user_id, "from": stamp(begins_at), "to": stamp(ends_at), "delegate": delegate},
            secrets=[personal("note", absence.note, user_id)] if absence.note else [],
        )
    return absence.id


def cancel_absence(*, actor: Actor, at: datetime, workspace_id: str, user_id: str, absence_id: str) -> None:
    """Raises NotFound (also for somebody else's) and AlreadyOver."""
    with scope.acting(workspace_id):
        absence = Absence.objects.filter(id=absence_id, user_id=user_id).first()
        if absence is None:
            raise errors.NotFound("There is no such absence of this person.")
        if not Absence.objects.filter(id=absence_id, cancelled_at=None, ends_at__gt=at).update(cancelled_at=at):
            raise errors.AlreadyOver("This absence is over or cancelled already. Nothing was changed.")
        record(
            kind=EventKind.ABSENCE_CANCELLED,
            workspace_id=workspace_id,
            actor=actor,
            at=at,
            subject=("absence", absence_id),
            data={"person": user_id},
        )


def _check_times(begins_at: datetime, ends_at: datetime, at: datetime) -> None:
    if ends_at <= begins_at:
        raise errors.Invalid("The day of return comes after the first day away.", field="back")
    if ends_at <= at:
        raise errors.Invalid("Choose a day of return that is still to come.", field="back")
    if ends_at - begins_at > LONGEST:
        raise errors.Invalid("An absence lasts at most a year. Enter the rest later.", field="back")


def _delegate(user_id: str, delegate_id: str) -> str | None:
    if not delegate_id:
        return None
    if delegate_id == user_id:
        raise errors.Invalid("Name somebody else: nobody stands in for themselves.", field="delegate")
    try:
        return rows.membership(delegate_id).user_id
    except errors.NotFound as error:
        raise errors.Invalid("Choose somebody of this workspace.", field="delegate") from error


def _note(text: str) -> str:
    kept = " ".join(text.split(" ")).strip()
    if len(kept) > 200 or (kept and not kept.isprintable()):
        raise errors.Invalid("Write at most 200 visible characters on one line.", field="note")
    return kept
