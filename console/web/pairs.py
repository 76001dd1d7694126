"""A pair of answers that a gate found changed: both calls beside the right one, and where they differ from it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from approvals.patch import between
from console.web.calls import CallShown, call_shown
from feedback.queries.evaluation import Difference

PLACES = 8


@dataclass(frozen=True, slots=True)
class Side:
    """`differs` are JSON Pointers into the arguments, at most PLACES; `more` says how many others there are."""

    call: CallShown | None
    is_escalated: bool
    diagnosis: str
    error: str
    differs: tuple[str, ...] = ()
    more: int = 0


@dataclass(frozen=True, slots=True)
class PairShown:
    way: str
    example: str
    repetition: int
    expected: tuple[CallShown | None, ...]
    forbidden: tuple[CallShown | None, ...]
    old: Side
    new: Side


def pair_shown(pair: Difference) -> PairShown:
    expectation = pair.content.get("expectation", {"actions": [], "forbidden": []})
    right = expectation["actions"]
    return PairShown(
        way=pair.way,
        example=pair.example,
        repetition=pair.repetition,
        expected=tuple(map(call_shown, right)),
        forbidden=tuple(map(call_shown, expectation["forbidden"])),
        old=_side(pair.old, right),
        new=_side(pair.new, right),
    )


def _side(said: Mapping[str, Any], right: Sequence[Mapping[str, Any]]) -> Side:
    if not said:
        return Side(None, is_escalated=False, diagnosis="no row", error="")
    made = said["output"]
    places = _differences(made, right) if made else []
    return Side(
        call=call_shown(made),
        is_escalated=said["escalated"],
        diagnosis=said["diagnosis"],
        error=said["error"],
        differs=tuple(places[:PLACES]),
        more=max(0, len(places) - PLACES),
    )


def _differences(made: Mapping[str, Any], right: Sequence[Mapping[str, Any]]) -> list[str]:
    """Against the right call of the same tool that is nearest; none where no right call is of that tool."""
    found = [between(call["args"], made["args"]) for call in right if call["tool"] == made["tool"]]
    return [step["path"] or "/" for step in min(found, key=len, default=[])]
