"""Legal holds: one person places one, two lift it."""

from datetime import datetime

from django.db import IntegrityError, transaction

from approvals.errors import AlreadyClosed, Conflict, SecondPersonNeeded
from audit import record
from audit.actor import Actor
from audit.canonical import canonical
from audit.kinds import EventKind
from audit.record import Secret
from compliance import holds, subjects
from compliance.holds import HoldView
from compliance.models import Hold, Retention
from compliance.subjects import Target
from tenancy import ids, scope

REASON_MAX = 500


def place_hold(
    *, actor: Actor, at: datetime, workspace_id: str, reason: str, kind: str = "", subject: str = ""
) -> HoldView:
    """Without a kind, the whole workspace is held. Counts at once, for erasures that are under way too.

    Raises BadRequest, Conflict (held already).
    """
    asked = subjects.target(workspace_id, kind, subject) if kind else Target("", "")
    said = reason.strip()
    if not said or len(said) > REASON_MAX or "\0" in said:
        raise subjects.fault("/reason", "bad_length", f"Say why, in 1 to {REASON_MAX} characters.")
    with scope.acting(workspace_id):
        row = Hold(
            id=ids.new("hld", at),
            workspace_id=workspace_id,
            kind=asked.kind,
            subject=asked.value,
            reason=said,
            placed_by=actor.id,
            placed_name=actor.label,
            placed_at=at,
        )
        try:
            with transaction.atomic():
                row.save(force_insert=True)
        except IntegrityError as error:
            raise Conflict("It is held already. Nothing was changed.", code="on_hold") from error
        secrets = [Secret("reason", canonical(said), row.id)]
        if asked.value:
            secrets.append(Secret("subject", canonical(asked.value), asked.value))
        _tell(EventKind.HOLD_PLACED, row, actor, at, secrets)
    return holds.view(row)


def ask_to_lift(*, actor: Actor, at: datetime, workspace_id: str, hold_id: str) -> HoldView:
    """The first of two. Raises NotFound, AlreadyClosed."""
    with scope.acting(workspace_id):
        row = _on(workspace_id, hold_id)
        if row.asked_at is not None:
            raise AlreadyClosed(f"{row.asked_name} asked for it already; somebody else has to agree.")
        row.asked_by, row.asked_name, row.asked_at = actor.id, actor.label, at
        row.save()
        _tell(EventKind.HOLD_LIFTING, row, actor, at)
    return holds.view(row)


def agree_to_lift(*, actor: Actor, at: datetime, workspace_id: str, hold_id: str) -> HoldView:
    """The second: the hold is off. Raises NotFound, AlreadyClosed, Conflict (nobody asked), SecondPersonNeeded."""
    with scope.acting(workspace_id):
        row = _on(workspace_id, hold_id)
        if row.asked_at is None:
            raise Conflict("Nobody asked to lift this hold yet. Ask first; somebody else agrees.", code="not_asked")
        if not actor.is_person or actor.id == row.asked_by:
            raise SecondPersonNeeded("Whoever asked to lift a hold cannot agree to it. Somebody else has to.")
        row.lifted_by, row.lifted_name, row.lifted_at = actor.id, actor.label, at
        row.save()
        # What the sweep passed by because it was held is looked at again.
        Retention.objects.filter(workspace_id=workspace_id).update(swept_to="")
        _tell(EventKind.HOLD_LIFTED, row, actor, at)
    return holds.view(row)


def _on(workspace_id: str, hold_id: str) -> Hold:
    holds.find(workspace_id, hold_id)
    row = Hold.objects.select_for_update(of=("self",)).get(pk=hold_id)
    if row.lifted_at is not None:
        raise AlreadyClosed(f"{row.lifted_name} lifted this hold already. Nothing was changed.")
    return row


def _tell(kind: EventKind, row: Hold, actor: Actor, at: datetime, secrets: list[Secret] | tuple[()] = ()) -> None:
    record.record(
        kind=kind,
        workspace_id=row.workspace_id,
        actor=actor,
        at=at,
        subject=("hold", row.id),
        data={"about": row.kind or "workspace"},
        secrets=secrets,
    )
