"""Asking for an erasure, agreeing to it as the second person, and declining it."""

from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction

from accounts.services import erasing as accounts
from approvals.errors import AlreadyClosed, Conflict, SecondPersonNeeded
from approvals.services import erasing
from audit import record
from audit.actor import Actor
from audit.canonical import canonical
from audit.kinds import EventKind
from audit.record import Secret
from compliance import erasures, holds, subjects
from compliance.erasures import ErasureView
from compliance.models import Erasure
from compliance.subjects import Target
from compliance.words import Basis, Subject
from outbox import jobs
from tenancy import ids, scope

NOTE_MAX = 2000


def request_erasure(
    *, actor: Actor, at: datetime, workspace_id: str, kind: str, subject: str, basis: str, note: str = ""
) -> ErasureView:
    """Nothing is erased before somebody else agrees. Raises BadRequest, and Conflict (held, not over, still a member,
    asked for already).
    """
    asked, said = subjects.target(workspace_id, kind, subject), note.strip()
    if basis not in Basis.values or basis == Basis.RETENTION:
        known = ", ".join(word for word in Basis.values if word != Basis.RETENTION)
        raise subjects.fault("/basis", "unknown_word", f"Name the legal basis, one of: {known}.")
    if len(said) > NOTE_MAX or "\0" in said or (basis == Basis.OTHER and not said):
        raise subjects.fault("/note", "bad_length", f"Write up to {NOTE_MAX} characters; for another basis, name it.")
    with scope.acting(workspace_id):
        _refuse(workspace_id, asked, at)
        row = Erasure(
            id=ids.new("ers", at),
            workspace_id=workspace_id,
            kind=asked.kind,
            subject=asked.value,
            basis=basis,
            note=said,
            requested_by=actor.id,
            requested_name=actor.label,
            requested_at=at,
        )
        try:
            with transaction.atomic():
                row.save(force_insert=True)
        except IntegrityError as error:
            raise Conflict("It was asked for already and waits for a second person.", code="already_asked") from error
        # Bound to the subject, so that the request is erased with what it asks for.
        secrets = [Secret("subject", canonical(asked.value), asked.value)]
        if said:
            secrets.append(Secret("note", canonical(said), asked.value))
        _tell(EventKind.ERASURE_REQUESTED, row, actor, at, secrets, basis=basis, about=asked.kind)
    return erasures.view(row)


def agree_to_erase(*, actor: Actor, at: datetime, workspace_id: str, erasure_id: str) -> ErasureView:
    """The second person's yes: from here on it cannot be stopped. Once more where the work failed.

    Raises NotFound, AlreadyClosed, SecondPersonNeeded, Conflict.
    """
    with scope.acting(workspace_id):
        row = _open(workspace_id, erasure_id)
        if not actor.is_person or actor.id == row.requested_by:
            raise SecondPersonNeeded("Whoever asked for an erasure cannot agree to it. Somebody else has to.")
        _refuse(workspace_id, Target(row.kind, row.subject), at)
        row.agreed_by, row.agreed_name, row.agreed_at = actor.id, actor.label, at
        given: dict[str, Any] = {"workspace_id": workspace_id, "by_id": actor.id, "by_name": actor.label, "at": at}
        row.job_id = jobs.start(kind=erasures.JOB, payload={"erasure": row.id}, **given)
        row.save()
        _tell(EventKind.ERASURE_AGREED, row, actor, at, ())
    return erasures.view(row)


def decline_erasure(*, actor: Actor, at: datetime, workspace_id: str, erasure_id: str) -> ErasureView:
    """Nothing is erased from here on; whoever asked may take it back so. Raises NotFound, AlreadyClosed."""
    with scope.acting(workspace_id):
        row = _open(workspace_id, erasure_id)
        row.closed_at, row.closed_name, row.outcome = at, actor.label, "declined"
        row.save()
        _tell(EventKind.ERASURE_DECLINED, row, actor, at, ())
    return erasures.view(row)


def _open(workspace_id: str, erasure_id: str) -> Erasure:
    """The request that waits, locked until the transaction ends."""
    erasures.find(workspace_id, erasure_id)
    row = Erasure.objects.select_for_update(of=("self",)).get(pk=erasure_id)
    job = erasures.work_on(workspace_id, erasures.view(row))
    is_under_way = row.agreed_at is not None and (job is None or job.outcome not in {"failed", "cancelled"})
    if row.closed_at is not None or is_under_way:
        raise AlreadyClosed(f"It is {erasures.view(row).state} already. Nothing was changed.")
    return row


def _refuse(workspace_id: str, asked: Target, at: datetime) -> None:
    """What stands against it now."""
    holds.refuse_held(workspace_id, asked)
    if asked.kind == Subject.PERSON and not accounts.has_left(workspace_id, asked.value):
        detail = "They are a member of this workspace. End the membership first; then their name can be erased."
        raise Conflict(detail, code="still_member")
    if asked.kind == Subject.ACTION and erasing.unfinished(workspace_id, [asked.value], at):
        detail = "The action is not over: it waits, may still run, or runs. Its values are needed until then."
        raise Conflict(detail, code="not_over")


def _tell(
    kind: EventKind, row: Erasure, actor: Actor, at: datetime, secrets: list[Secret] | tuple[()], **data: object
) -> None:
    record.record(
        kind=kind,
        workspace_id=row.workspace_id,
        actor=actor,
        at=at,
        subject=("erasure", row.id),
        data=data,
        secrets=secrets,
    )
