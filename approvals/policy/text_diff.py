"""Two texts line by line, for whoever wants to see the writing itself."""

import difflib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

CONTEXT = 2
Kind = Literal["same", "added", "removed", "gap"]


@dataclass(frozen=True, slots=True)
class Line:
    """`number` counts from 1 in the new text, in the old one for a line that was removed; 0 for a gap."""

    kind: Kind
    number: int
    text: str


def lines_of(before: str, after: str) -> tuple[Line, ...]:
    """What differs, with some lines around it; nothing where both are equal."""
    return tuple(_lines(before.splitlines(), after.splitlines()))


def _lines(old: list[str], new: list[str]) -> Iterator[Line]:
    groups = difflib.SequenceMatcher(a=old, b=new).get_grouped_opcodes(CONTEXT)
    for n, group in enumerate(groups):
        if n:
            yield Line("gap", 0, "")
        for word, a, b, c, d in group:
            if word == "equal":
                yield from (Line("same", at + 1, new[at]) for at in range(c, d))
                continue
            yield from (Line("removed", at + 1, old[at]) for at in range(a, b))
            yield from (Line("added", at + 1, new[at]) for at in range(c, d))
