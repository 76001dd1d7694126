"""Whom a level of a plan calls, as values: groups, rotations and people are looked up in a directory of this moment."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from approvals.escalation.oncall import on_call, opens_at
from approvals.policy.model import Recipient, Schedule


@dataclass(frozen=True, slots=True)
class Person:
    """An active member. `delegate_id` is "" where nobody was named; it counts only while `away_until` is set."""

    user_id: str
    name: str
    email: str
    role: str
    groups: tuple[str, ...]
    may_vote: bool
    gets_letters: bool
    away_until: datetime | None = None
    delegate_id: str = ""


@dataclass(frozen=True, slots=True)
class Called:
    """Somebody to be told. `via` says as what, in words: "group finance", "on call for finance"."""

    person: Person
    via: str


@dataclass(frozen=True, slots=True)
class Missed:
    """Whom the level names and why they are not told, in words."""

    who: str
    why: str


class Directory:
    """Everybody of a workspace, by id and by the names that a policy may use."""

    def __init__(self, people: Iterable[Person]) -> None:
        self.people = tuple(people)
        self.by_id = {person.user_id: person for person in self.people}
        self._by_name: dict[str, list[Person]] = {}
        for person in self.people:
            email = person.email.casefold()
            for name in {email, email.partition("@")[0]}:
                self._by_name.setdefault(name, []).append(person)

    def named(self, name: str) -> Person | None:
        """By id, by whole address, or by what stands before its @ where that is one person's alone."""
        if name in self.by_id:
            return self.by_id[name]
        return self._by_name[name.casefold()][0] if self.count(name) == 1 else None

    def count(self, name: str) -> int:
        """How many people a name of the policy means."""
        return len(self._by_name.get(name.casefold(), ()))

    def of_group(self, handle: str) -> list[Person]:
        """Those whose vote counts in the group."""
        return [person for person in self.people if person.may_vote and handle in person.groups]

    def with_roles(self, *roles: str) -> list[Person]:
        return [person for person in self.people if person.role in roles]

    def stand_in(self, name: str) -> str | None:
        """Whom to ask instead, by id: None where they are there, "" where nobody is named, or they are gone."""
        person = self.named(name)
        if person is None:
            return ""
        return None if person.away_until is None else person.delegate_id


def calls(
    recipients: Sequence[Recipient], directory: Directory, schedules: Mapping[str, Schedule], at: datetime
) -> Iterator[Called | Missed]:
    """Each recipient's people, in the order of the policy; somebody may come more than once."""
    for recipient in recipients:
        if recipient.kind == "oncall":
            yield _on_call(schedules[recipient.name], directory, at)
        elif recipient.kind == "person":
            yield from _each([directory.named(recipient.name)], directory, recipient.name, recipient.name)
        else:
            found: list[Person | None] = [*directory.of_group(recipient.name)]
            yield from _each(found or [None], directory, f"group {recipient.name}", f"group {recipient.name}")


def resolve(
    called: Iterable[Called | Missed], barred: Callable[[Person], str]
) -> tuple[tuple[Called, ...], tuple[Missed, ...]]:
    """Each person once, without those for whom `barred` has a reason (else ""). Second: who is missed, and why."""
    told: dict[str, Called] = {}
    missed: dict[str, Missed] = {}
    for call in called:
        if isinstance(call, Missed):
            missed.setdefault(call.who, call)
        elif why := barred(call.person):
            missed.setdefault(call.person.name, Missed(call.person.name, why))
        else:
            told.setdefault(call.person.user_id, call)
    return tuple(told.values()), tuple(missed.values())


def _each(people: Sequence[Person | None], directory: Directory, who: str, via: str) -> Iterator[Called | Missed]:
    for person in people:
        if person is None:
            yield Missed(who, "nobody is there under this name")
        elif person.away_until is None:
            yield Called(person, via)
        else:
            yield _instead(person, directory)


def _instead(person: Person, directory: Directory) -> Called | Missed:
    """Who stands in for somebody who is away; only who is there themselves."""
    asked = {person.user_id}
    other = directory.by_id.get(person.delegate_id)
    while other is not None and other.away_until is not None and other.user_id not in asked:
        asked.add(other.user_id)
        other = directory.by_id.get(other.delegate_id)
    if other is None or other.away_until is not None:
        return Missed(person.name, f"away until {person.away_until:%d %b %Y, %H:%M} UTC, and nobody stands in")
    return Called(other, f"for {person.name}, who is away")


def _on_call(schedule: Schedule, directory: Directory, at: datetime) -> Called | Missed:
    via = f"on call for {schedule.name}"
    name = on_call(schedule, at, directory.stand_in)
    person = directory.named(name) if name else None
    if person is not None:
        return Called(person, via)
    opens = opens_at(schedule, at)
    if opens > at:
        return Missed(via, f"outside its hours until {opens:%d %b %Y, %H:%M} UTC")
    return Missed(via, "everybody of the rotation is away or gone")
