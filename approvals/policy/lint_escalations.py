"""Whom the plans and rotations of a document name, against the people of the workspace."""

from collections.abc import Callable, Iterator, Mapping

from approvals.policy.errors import Problem
from approvals.policy.model import Document, EscalationStep
from approvals.policy.paths import escaped

Fault = tuple[str, str, str]
# How many active members a name means.
Known = Callable[[str], int]


def escalation_faults(document: Document, *, groups: Mapping[str, int], known: Known) -> tuple[Problem, ...]:
    """Groups and people that do not exist, or whose name is not one person's: such a document is not saved.

    `groups` are all groups with how many of each may vote.
    """
    return _problems(document, _strangers(document, groups, known))


def escalation_warnings(document: Document, *, groups: Mapping[str, int]) -> tuple[Problem, ...]:
    """What may be saved and will tell nobody: levels whose groups are empty now, and levels after the expiry."""
    return _problems(document, _silent(document, groups))


def _problems(document: Document, faults: Iterator[Fault]) -> tuple[Problem, ...]:
    return tuple(Problem(pointer, code, detail, document.lines.get(pointer)) for pointer, code, detail in faults)


def _strangers(document: Document, groups: Mapping[str, int], known: Known) -> Iterator[Fault]:
    for at, step in _levels(document):
        for place, recipient in enumerate(step.notify):
            pointer = f"{at}/notify/{place}/{recipient.kind}"
            if recipient.kind == "group" and recipient.name not in groups:
                yield pointer, "unknown_group", f"there is no group {recipient.name}; make it first"
            elif recipient.kind == "person":
                yield from _person(pointer, recipient.name, known)
    for name, schedule in document.schedules.items():
        for place, member in enumerate(schedule.members):
            yield from _person(f"/schedules/{escaped(name)}/members/{place}", member, known)


def _person(pointer: str, name: str, known: Known) -> Iterator[Fault]:
    count = known(name)
    if count == 0:
        yield pointer, "unknown_person", f"nobody here is called {name}; write an address, or what is before its @"
    elif count > 1:
        yield pointer, "ambiguous_person", f"{name} means {count} people here; write the whole address"


def _silent(document: Document, groups: Mapping[str, int]) -> Iterator[Fault]:
    for at, step in _levels(document):
        if all(recipient.kind == "group" and not groups.get(recipient.name) for recipient in step.notify):
            yield f"{at}/notify", "empty_level", "nobody of these groups may vote now; the level is skipped"
        if step.after >= document.defaults.expires_in:
            detail = "an action expires before this level unless a rule gives it longer; shorten `after`"
            yield f"{at}/after", "after_expiry", detail


def _levels(document: Document) -> Iterator[tuple[str, EscalationStep]]:
    for name, steps in document.escalations.items():
        for at, step in enumerate(steps):
            yield f"/escalations/{escaped(name)}/{at}", step
