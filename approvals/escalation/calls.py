"""What is to be told once: to whom, over which channels, and as what."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from approvals.escalation.people import Person
from approvals.escalation.plan import Moment
from approvals.policy.model import EscalationStep, Recipient

EVERYWHERE = ("console", "slack", "email")


class Kind(StrEnum):
    """A level that begins, the same level once more, or hands over: then a claim that somebody holds ends."""

    ESCALATE = "escalate"
    REMIND = "remind"
    REASSIGN = "reassign"


class Cause(StrEnum):
    TIMER = "timer"
    PERSON = "person"
    AUDITOR = "auditor"


@dataclass(frozen=True, slots=True)
class Call:
    """`level` and `moment` are None where it is in no plan. `roles`: everybody with one of these, besides `notify`."""

    kind: Kind
    level: int | None
    moment: int | None
    due_at: datetime
    notify: tuple[Recipient, ...]
    channels: tuple[str, ...]
    roles: tuple[str, ...] = ()


def of_moment(moment: Moment, steps: Sequence[EscalationStep], *, settles: int, at: datetime) -> Call:
    """A moment of the plan. `settles` is the last moment that this one stands for; one before its time is due now."""
    step = steps[moment.level]
    begins = Kind.REASSIGN if step.reassign else Kind.ESCALATE
    return Call(
        kind=begins if moment.begins else Kind.REMIND,
        level=moment.level,
        moment=settles,
        due_at=min(moment.due_at, at),
        notify=step.notify,
        channels=step.channels,
    )


def of_groups(terms: Mapping[str, Any], kind: Kind, at: datetime) -> Call:
    """Everybody whose vote the action needs, over every channel: where there is no plan, or it is at its end."""
    groups = tuple(Recipient("group", need["group"]) for need in terms["needs"])
    return Call(kind, None, None, at, groups, EVERYWHERE)


def of_roles(roles: tuple[str, ...], at: datetime) -> Call:
    return Call(Kind.ESCALATE, None, None, at, (), EVERYWHERE, roles)


def of_person(user_id: str, at: datetime) -> Call:
    return Call(Kind.REASSIGN, None, None, at, (Recipient("person", user_id),), EVERYWHERE)


def barred(person: Person, *, voters: frozenset[str], owner_id: str, agent: str, asked_by: str) -> str:
    """Why it would be pointless to tell them, "" where it is not: who has voted, or may not decide this one."""
    if person.user_id in voters:
        return "has voted"
    if person.user_id == owner_id:
        return f"owns {agent}, so somebody else decides"
    if asked_by and asked_by.casefold() in (person.user_id.casefold(), person.email.casefold()):
        return "it was asked for on their behalf"
    return ""
