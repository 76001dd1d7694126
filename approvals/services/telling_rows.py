"""The rows of one telling: who was told, the fact for the log, and the promises that carry it. Nothing is sent here."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import product
from typing import Any

from approvals import moves
from approvals.escalation.calls import Call, Cause, Kind
from approvals.models import Claim, Escalation, Notification
from approvals.services.cases import Case
from approvals.services.notifications import COLLAPSED, ESCALATED, FLOODED, PROMISED, SKIPPED
from audit import record
from audit.actor import SYSTEM, Actor
from audit.kinds import EventKind
from audit.record import Secret
from outbox import endpoints, post
from tenancy.rows import Row

SINKS = {"console": "live", "email": "mail", "slack": "slack", "webhook": "webhook"}
BECAUSE_MAX = 300
_KINDS = {
    Kind.ESCALATE: EventKind.ACTION_ESCALATED,
    Kind.REMIND: EventKind.ACTION_REMINDED,
    Kind.REASSIGN: EventKind.ACTION_REASSIGNED,
}


@dataclass(frozen=True, slots=True)
class By:
    """Why it is told: a due moment, somebody's wish with their reason, or the auditor."""

    cause: Cause
    actor: Actor = SYSTEM
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Note:
    """One person over one channel; `place` is what it is in a flood."""

    id: str
    case: Case
    user_id: str | None
    name: str
    via: str
    channel: str
    outcome: str
    because: str = ""
    place: str = "single"


@dataclass(frozen=True, slots=True)
class Told:
    """One call with the notes that it makes; the `n`-th of its action."""

    id: str
    case: Case
    call: Call
    by: By
    n: int
    notes: list[Note]


def reaches(notes: Sequence[Note]) -> bool:
    return any(note.outcome in {PROMISED, COLLAPSED} for note in notes)


def heard_by(notes: Sequence[Note]) -> list[str]:
    """Who is told, by id."""
    return sorted({note.user_id for note in notes if note.user_id and note.outcome in {PROMISED, COLLAPSED}})


def escalation(told: Told, heard: Sequence[str], at: datetime) -> Row:
    person = told.by.actor if told.by.actor.is_person else None
    why = "; ".join(dict.fromkeys(f"{note.name}: {note.because}" for note in told.notes)) or "nobody is named"
    values = {
        "id": told.id,
        "workspace_id": told.case.workspace_id,
        "action_id": told.case.action_id,
        "n": told.n,
        "kind": told.call.kind.value,
        "level": told.call.level,
        "moment": told.call.moment,
        "cause": told.by.cause.value,
        "by_id": person.id if person else "",
        "by_name": person.label if person else "",
        "reason": told.by.reason,
        "outcome": "told" if heard else "nobody",
        "because": "" if heard else why[:BECAUSE_MAX],
        "due_at": told.call.due_at,
        "fired_at": at,
        "waits": True,
    }
    return Row(Escalation, values)


def notification(told: Told, note: Note, at: datetime) -> Row:
    values = {
        "id": note.id,
        "workspace_id": told.case.workspace_id,
        "action_id": told.case.action_id,
        "escalation_id": told.id,
        "user_id": note.user_id,
        "user_name": note.name[:120],
        "via": note.via,
        "channel": note.channel,
        "outcome": note.outcome,
        "because": note.because,
        "created_at": at,
        "settled_at": None if note.outcome == PROMISED else at,
    }
    return Row(Notification, values)


def fact(told: Told, heard: Sequence[str], at: datetime) -> tuple[Row, ...]:
    case, call, by = told.case, told.call, told.by
    data = {
        "cause": by.cause.value,
        "level": None if call.level is None else call.level + 1,
        "levels": len(case.steps),
        "told": list(heard),
        "channels": sorted({note.channel for note in told.notes if note.outcome in {PROMISED, COLLAPSED}}),
        "missed": len([note for note in told.notes if note.outcome == SKIPPED]),
    }
    said = moves.said(by.reason, by.actor, by.actor.id)
    kind = _KINDS[call.kind] if heard else EventKind.LEVEL_SKIPPED
    return _recorded(kind, case, by, at, data, said)


def let_go(told: Told, heard: Sequence[str], at: datetime) -> tuple[Row, ...]:
    """Whoever has claimed it gives it up to those who were told."""
    case = told.case
    held = Claim.everywhere.filter(action_id=case.action_id, workspace_id=case.workspace_id, expires_at__gt=at)
    if not held.exclude(user_id__in=heard).delete()[0]:
        return ()
    return _recorded(EventKind.CLAIM_RELEASED, case, told.by, at, {"because": "reassigned"}, ())


def _recorded(
    kind: EventKind, case: Case, by: By, at: datetime, data: dict[str, Any], secrets: Sequence[Secret]
) -> tuple[Row, ...]:
    return record.prepare(
        kind=kind,
        workspace_id=case.workspace_id,
        actor=by.actor,
        at=at,
        subject=("action", case.action_id),
        action_id=case.action_id,
        data=data,
        secrets=secrets,
    ).rows


def promises(told: Told, at: datetime) -> Iterator[Row]:
    """Open pages are told once whoever was; a letter is one person's, a message of a channel everybody's, and webhooks
    hear of every level that begins, whether or not the plan names them.
    """
    case = told.case
    given: dict[str, Any] = {"workspace_id": case.workspace_id, "subject": case.action_id, "at": at}
    if any(note.outcome != COLLAPSED for note in told.notes):
        payload = {"id": case.action_id, "escalation": told.id}
        yield post.prepare(sink="live", kind=ESCALATED, payload=payload, **given)
    for channel, (kind, place) in product(("email", "slack"), ((ESCALATED, "single"), (FLOODED, "many"))):
        named = [n.id for n in told.notes if (n.channel, n.outcome, n.place) == (channel, PROMISED, place)]
        for together in [[each] for each in named] if channel == "email" else [named]:
            if together:
                yield post.prepare(sink=SINKS[channel], kind=kind, payload={"notifications": together}, **given)
    by_webhook = [note.id for note in told.notes if (note.channel, note.outcome) == ("webhook", PROMISED)]
    if by_webhook or (told.call.kind is Kind.ESCALATE and reaches(told.notes)):
        yield post.prepare_webhook(
            kind=endpoints.ESCALATED, ref=told.id, agent_id=case.agent_id, notifications=by_webhook, **given
        )
