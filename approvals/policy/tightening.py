"""What can be proved about two writings of one thing: which is at least as strict. Whatever cannot be proved is
unknown.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from typing import Literal

from approvals.policy.durations import format_duration
from approvals.policy.globs import fits
from approvals.policy.model import Need

Direction = Literal["same", "tightens", "unknown", "loosens"]
# From harmless to grave; a change is as grave as the gravest of its parts.
DIRECTIONS: tuple[Direction, ...] = ("same", "tightens", "unknown", "loosens")

_BOUND = re.compile(r"([a-z]+(?:\.[A-Za-z_][A-Za-z0-9_]*)*) *(<=|>=|<|>) *(-?[0-9]{1,15}(?:\.[0-9]{1,10})?)", re.ASCII)


@dataclass(frozen=True, slots=True)
class Aspect:
    """One way in which two writings differ. `text` is told to people."""

    direction: Direction
    text: str


def gravest(directions: Iterable[Direction]) -> Direction:
    return max(directions, key=DIRECTIONS.index, default="same")


def compared(name: str, before: object, after: object, direction: Direction) -> tuple[Aspect, ...]:
    """Nothing where both are equal, else one aspect that goes that way."""
    return () if before == after else (Aspect(direction, f"{name}: {said(before)} → {said(after)}"),)


def ranked(name: str, before: str, after: str, order: Sequence[str]) -> tuple[Aspect, ...]:
    """Two words of a scale that runs from loose to strict."""
    stricter = order.index(after) > order.index(before)
    return compared(name, before, after, "tightens" if stricter else "loosens")


def at_most(name: str, before: timedelta | Decimal | int, after: timedelta | Decimal | int) -> tuple[Aspect, ...]:
    """Two amounts of which the smaller is the stricter."""
    lower = after < before  # type: ignore[operator]  # both are of one kind
    return compared(name, before, after, "tightens" if lower else "loosens")


def at_least(name: str, before: timedelta, after: timedelta) -> tuple[Aspect, ...]:
    """Two spans of which the longer is the stricter."""
    return compared(name, before, after, "tightens" if after > before else "loosens")


def covers(wide: Sequence[str], narrow: Sequence[str]) -> bool:
    """Whether every name that fits one of `narrow` fits one of `wide`, as far as single patterns tell.

    A pattern is matched as if it were a name: a `*` in it can only meet a `*`, so whatever it stands for is met too.
    """
    return all(any(fits(pattern, other) for pattern in wide) for other in narrow)


def implies(strong: str, weak: str) -> bool:
    """Whether the first clause cannot be true where the second is not, and the second not false where the first is
    not: the same text, or two bounds on one place.
    """
    one, other = " ".join(strong.split()), " ".join(weak.split())
    if one == other:
        return True
    a, b = _BOUND.fullmatch(one), _BOUND.fullmatch(other)
    if a is None or b is None or a[1] != b[1] or a[2][0] != b[2][0]:
        return False
    mine, theirs = Decimal(a[3]), Decimal(b[3])
    if mine == theirs:
        return not (a[2].endswith("=") and not b[2].endswith("="))
    return mine > theirs if a[2][0] == ">" else mine < theirs


def all_implied(strong: Sequence[str], weak: Sequence[str]) -> bool:
    """Whether each clause of the second list follows from one of the first."""
    return all(any(implies(clause, other) for clause in strong) for other in weak)


def needs_cover(heavy: Sequence[Need], light: Sequence[Need]) -> bool:
    """Whether the first list asks for everybody that the second, which is not empty, asks for."""
    quorums = {need.group: need.quorum for need in heavy}
    return bool(light) and all(quorums.get(need.group, 0) >= need.quorum for need in light)


def said(value: object) -> str:
    """A value of a document in a sentence."""
    if value is None or value == () or value == "":
        return "nothing"
    if isinstance(value, timedelta):
        return format_duration(value)
    if isinstance(value, Need):
        return f"{value.quorum} of {value.group}"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, tuple | list):
        return ", ".join(said(item) for item in value)
    return f"{value:f}" if isinstance(value, Decimal) else str(value)
