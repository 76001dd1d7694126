"""The perfect reviewer of a recorded run: knows the calls that its author holds to be right, and signs only those.

Per run, in order; each of those gold calls serves once: the same call is approved; a call of the same name is edited
into the one that shares most top-level arguments, the first of equals; anything else is rejected.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from countersign.envelope import same


@dataclass(frozen=True, slots=True)
class Verdict:
    """`args` are what may run; None where nothing may."""

    kind: Literal["approve", "edit", "reject"]
    args: dict[str, Any] | None = None


class Reviewer:
    """Reviews one run. `gold` are its right calls, each {name, args}."""

    def __init__(self, gold: Sequence[Mapping[str, Any]]) -> None:
        self._left = list(gold)

    def decide(self, name: str, args: Mapping[str, Any]) -> Verdict:
        namesakes = [call for call in self._left if call["name"] == name]
        if not namesakes:
            return Verdict("reject")
        chosen = next((call for call in namesakes if same(call["args"], args)), None)
        verdict: Literal["approve", "edit"] = "approve" if chosen else "edit"
        if chosen is None:
            chosen = max(namesakes, key=lambda call: shared(call["args"], args))
        self._left.remove(chosen)
        return Verdict(verdict, chosen["args"])


def shared(left: Mapping[str, Any], right: Mapping[str, Any]) -> int:
    """How many top-level arguments are the same in both."""
    return sum(name in right and same(value, right[name]) for name, value in left.items())
