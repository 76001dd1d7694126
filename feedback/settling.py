"""What is held true of a decided call once others looked at it. Pure.

The live decision stands until a third person settled what two saw differently; what nobody could settle is no example.
What policy let through becomes an example where an audit looked at it. Nothing of this changes what ran.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from approvals.material import is_material
from approvals.patch import between
from feedback.drawing import Purpose
from feedback.labels import LabelKind
from feedback.lessons import Call, Decided

DECIDED: dict[str, Decided] = {
    LabelKind.APPROVED: Decided.APPROVE,
    LabelKind.APPROVED_WITH_CHANGES: Decided.EDIT,
    LabelKind.REJECTED: Decided.REJECT,
}
# Of one live decision; agreed with blind; settled by a third person; a third could not say.
SINGLE, DOUBLE, ADJUDICATED, UNCLEAR = "single", "double", "adjudicated", "unclear"


@dataclass(frozen=True, slots=True)
class Look:
    """A second look that was given; `call` is what whoever looked named instead, where they did."""

    purpose: str
    verdict: str
    call: Call | None
    probability: float
    reviewer_id: str


@dataclass(frozen=True, slots=True)
class Lived:
    """What people or policy did at the time."""

    kind: str
    proposed: Call
    final: Call | None
    patch: list[dict[str, Any]]
    material: bool
    alternative: Call | None
    reviewers: Sequence[str]


@dataclass(frozen=True, slots=True)
class Held:
    """What the example says. `is_overturned` where it is not what was decided at the time."""

    decided: Decided
    final: Call | None
    patch: list[dict[str, Any]]
    material: bool
    alternative: Call | None
    tier: str
    purpose: str
    probability: float
    reviewers: list[str]
    is_overturned: bool


def held(lived: Lived, looks: Sequence[Look]) -> Held | None:
    """None where nobody judged it."""
    first = DECIDED.get(lived.kind)
    if not looks:
        return None if first is None else _as_lived(lived, first)
    audit = None
    if lived.kind == LabelKind.ALLOWED_BY_POLICY:
        audit = next((look for look in looks if look.purpose == Purpose.AUDIT_ALLOWED), None)
    third = next((look for look in looks if look.purpose == Purpose.ADJUDICATION), None)
    others = [look for look in looks if look is not third]
    last = third or audit
    tier = ADJUDICATED if third else SINGLE
    if third is not None and third.verdict == "unclear":
        last, tier = audit, UNCLEAR
    elif first is not None and third is None and any(look.verdict == first.value for look in others):
        tier = DOUBLE
    if last is not None:
        said = _settled(lived, last, others)
    elif first is not None:
        said = _Said(first, lived.final, lived.alternative)
    else:
        return None
    is_edit = said.decided is Decided.EDIT and said.final is not None
    as_lived = said.final == lived.final
    before, after = lived.proposed["args"], (said.final or lived.proposed)["args"]
    return Held(
        decided=said.decided,
        final=said.final,
        patch=lived.patch if as_lived else between(before, after) if is_edit else [],
        material=lived.material if as_lived else is_edit and is_material(before, after),
        alternative=said.alternative,
        tier=tier,
        purpose=audit.purpose if audit else "live",
        probability=audit.probability if audit else 1,
        reviewers=[*lived.reviewers, *(look.reviewer_id for look in looks)],
        is_overturned=said.decided is not first,
    )


def _as_lived(lived: Lived, decided: Decided) -> Held:
    """Nobody looked again, which is so of most."""
    said = (lived.final, lived.patch, lived.material, lived.alternative)
    return Held(decided, *said, SINGLE, "live", 1, list(lived.reviewers), is_overturned=False)


@dataclass(frozen=True, slots=True)
class _Said:
    decided: Decided
    final: Call | None = None
    alternative: Call | None = None


def _settled(lived: Lived, last: Look, others: Sequence[Look]) -> _Said:
    """The word of whoever looked last. Where they named no call, one counts that was named by somebody who said the
    same.
    """
    named = [last.call, *(look.call for look in others if look.verdict == last.verdict)]
    if last.verdict == "approve":
        return _Said(Decided.APPROVE, lived.proposed)
    if last.verdict == "edit":
        final = _first([*named, lived.final if lived.kind == LabelKind.APPROVED_WITH_CHANGES else None])
        # Right once changed, and nobody said how: what stood there was wrong, and no more is known.
        return _Said(Decided.EDIT, final) if final else _Said(Decided.REJECT)
    return _Said(Decided.REJECT, None, _first([*named, lived.alternative]))


def _first(calls: Sequence[Call | None]) -> Call | None:
    return next((call for call in calls if call), None)
