"""From decision to example: what each decision may teach, and what it may not. Pure.

| decision | accepted | forbidden | SFT | preference | unpaired |
| --- | --- | --- | --- | --- | --- |
| approve | proposed | | proposed | | proposed: true |
| edit, material | final | proposed | final | final over proposed | proposed: false, final: true |
| edit, cosmetic | final, proposed | | final | | proposed: true |
| reject with alternative | alternative | proposed | alternative | alternative over proposed | proposed: false |
| reject | | proposed | | | proposed: false |
| escalate | | | | | |
| gold | the given calls | the given ones | the first given | | each given: true, forbidden: false |

Nothing else is an example: what policy, time, the agent or a stop switch ended was judged by nobody. A rejection names
no better call, so none is made up.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Any

Call = dict[str, Any]


class Decided(StrEnum):
    APPROVE = "approve"
    EDIT = "edit"
    REJECT = "reject"
    ESCALATE = "escalate"
    GOLD = "gold"


class Mode(StrEnum):
    """How a run is held to an expectation: this call, one of these, none of these, or a question to people."""

    EXACT = "exact"
    ANY_OF = "any_of"
    FORBIDDEN = "forbidden"
    MUST_ESCALATE = "must_escalate"


@dataclass(frozen=True, slots=True)
class Lesson:
    """Calls are `{"tool", "args"}`. `answer` is what to imitate; `pair` is (chosen, rejected); `judged` are calls with
    whether they are right.
    """

    accepted: tuple[Call, ...] = ()
    forbidden: tuple[Call, ...] = ()
    answer: Call | None = None
    pair: tuple[Call, Call] | None = None
    judged: tuple[tuple[Call, bool], ...] = ()

    @property
    def mode(self) -> Mode:
        if len(self.accepted) > 1:
            return Mode.ANY_OF
        if self.accepted:
            return Mode.EXACT
        return Mode.FORBIDDEN if self.forbidden else Mode.MUST_ESCALATE


def of(content: dict[str, Any]) -> Lesson:
    """Of the content of an example. Raises ValueError for a decision that is none of Decided."""
    proposed, final = content["proposed"], content["final"]
    match Decided(content["decision"]):
        case Decided.APPROVE:
            return Lesson((proposed,), (), proposed, None, ((proposed, True),))
        case Decided.EDIT if content["material"]:
            judged = ((proposed, False), (final, True))
            return Lesson((final,), (proposed,), final, (final, proposed), judged)
        case Decided.EDIT:
            return Lesson((final, proposed), (), final, None, ((proposed, True),))
        case Decided.REJECT:
            return _rejected(proposed, content.get("alternative"))
        case Decided.ESCALATE:
            return Lesson()
        case Decided.GOLD:
            return _gold(tuple(content["expected"]), tuple(content["forbidden"]))


def _rejected(proposed: Call, alternative: Call | None) -> Lesson:
    if alternative is None:
        return Lesson(forbidden=(proposed,), judged=((proposed, False),))
    return Lesson((alternative,), (proposed,), alternative, (alternative, proposed), ((proposed, False),))


def _gold(expected: tuple[Call, ...], forbidden: tuple[Call, ...]) -> Lesson:
    judged = (*((call, True) for call in expected), *((call, False) for call in forbidden))
    return Lesson(expected, forbidden, expected[0] if expected else None, None, judged)


def expectation(lesson: Lesson) -> dict[str, Any]:
    return {"mode": lesson.mode.value, "actions": list(lesson.accepted), "forbidden": list(lesson.forbidden)}
