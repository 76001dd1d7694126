"""How far a call reaches, by the policy's description of its tool; apart from that, how far the agent says. Pure.

What nobody described is said to be unknown.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from approvals.findings import Subject, figure
from approvals.policy.paths import number_at

UNKNOWN = "Not known"


@dataclass(frozen=True, slots=True)
class Reach:
    """One line. `text` may hold the agent's words, so it is drawn like them; `against` says what it contradicts."""

    what: str
    text: str
    is_known: bool = True
    against: str = ""


def reach(subject: Subject, terms: Mapping[str, Any]) -> tuple[Reach, ...]:
    """Money, people, records, system, whether it can be taken back, and until when it may run."""
    return (_money(subject), _people(subject), *_records(subject), _until(terms))


def claimed(subject: Subject, impact: Mapping[str, Any]) -> tuple[Reach, ...]:
    """The same as the agent tells it in `impact`, each line checked against what is known."""
    return tuple(_claims(subject, impact))


def _money(subject: Subject) -> Reach:
    if subject.amount is not None:
        return Reach("Money", f"{figure(subject.amount)} {subject.currency}")
    if subject.spec is not None and subject.spec.amount is not None:
        return Reach("Money", "Not known: the arguments hold no readable amount", is_known=False)
    return Reach("Money", UNKNOWN, is_known=False)


def _people(subject: Subject) -> Reach:
    if subject.counterpart.startswith("sha256:"):
        return Reach("Who", "A counterpart that is too long or unprintable: see the arguments")
    return Reach("Who", subject.counterpart or UNKNOWN, is_known=bool(subject.counterpart))


def _records(subject: Subject) -> Iterator[Reach]:
    spec = subject.spec
    if spec is None:
        yield from (Reach(what, UNKNOWN, is_known=False) for what in ("Records", "System"))
        yield Reach("Taken back", "Not known: assume that it cannot", is_known=False)
        return
    reads = "Reads only" if spec.access == "read" else "Writes"
    personal = "; may write personal data" if spec.writes_pii and spec.access == "write" else ""
    kinds = f": {', '.join(spec.data_classes)}" if spec.data_classes else ""
    yield Reach("Records", reads + kinds + personal)
    yield Reach("System", f"{subject.tool}, version {spec.version}")
    yield Reach("Taken back", "It can be" if spec.reversible else "No: the policy names no way back")


def _until(terms: Mapping[str, Any]) -> Reach:
    if terms["no_grant"]:
        return Reach("May run", "Never: it is a draft")
    return Reach("May run", f"Once, within {span(terms['execute_within'])} of the approval")


def _claims(subject: Subject, impact: Mapping[str, Any]) -> Iterator[Reach]:
    money = impact.get("amount")
    if money:
        told = f"{money['value']} {money['currency']}"
        yield Reach("Money", told, against=_other_amount(subject, money))
    if impact.get("reach"):
        yield Reach("Reach", impact["reach"])
    if impact.get("data_classes"):
        yield Reach("Records", ", ".join(impact["data_classes"]))
    reversible = impact.get("reversible")
    if reversible is not None:
        doubted = reversible and not (subject.spec and subject.spec.reversible)
        against = "The policy names no way back." if doubted else ""
        yield Reach("Taken back", "It can be" if reversible else "No", against=against)
    if impact.get("undo"):
        yield Reach("Undone by", str(impact["undo"]["name"]))


def _other_amount(subject: Subject, money: Mapping[str, str]) -> str:
    said: Decimal | None = number_at(money["value"])
    if subject.amount is None or (said, money["currency"]) == (subject.amount, subject.currency):
        return ""
    return f"The arguments say {figure(subject.amount)} {subject.currency}."


def span(seconds: int) -> str:
    """ "15 min": the largest unit that leaves nothing over."""
    for size, unit in ((86400, "d"), (3600, "h"), (60, "min")):
        if seconds >= size and seconds % size == 0:
            return f"{seconds // size} {unit}"
    return f"{seconds} s"
