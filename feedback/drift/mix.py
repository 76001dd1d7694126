"""What comes in now against what came in before: new and vanished shapes and sources, and shifted mixes. Pure.

`then` and `now` are counts by feature and value over two spans of days, as feedback.features names them.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from feedback.counts import benjamini_hochberg
from feedback.drift import psi
from feedback.drift.psi import Shift

# Fewer calls before than this, and everything is new.
KNOWN_LEAST = 30
# Something is said to have vanished where its absence by chance is rarer than this.
VANISHED = 0.001
UNSEEN = 2
FALSE_ALARMS = 0.05

Counts = Mapping[str, Mapping[str, int]]
# Feature and value of something that is there or not.
Thing = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Novelty:
    """`new` was never seen before, `vanished` was usual and is gone; both in order."""

    new: tuple[Thing, ...]
    vanished: tuple[Thing, ...]

    def __bool__(self) -> bool:
        return bool(self.new or self.vanished)


@dataclass(frozen=True, slots=True)
class Moved:
    """The mix of one feature. `p` is adjusted for how many were looked at; `alert` needs it below 0.05 too."""

    feature: str
    shift: Shift
    p: float
    alert: bool


def novelty(then: Mapping[Thing, int], now: Mapping[Thing, int], n_then: int, n_now: int) -> Novelty:
    """Nothing where fewer than 30 calls were seen before. What was in a share s of the calls before is gone where none
    of n calls now has it and (1 - s)^n < 0.001: a rare thing may well be missing for a week. For s two calls without it
    are added to those before, so that what was always there has to be missing more than once.
    """
    if n_then < KNOWN_LEAST or not n_now:
        return Novelty((), ())
    gone = [thing for thing, x in then.items() if not now.get(thing) and _missing(x, n_then, n_now) < VANISHED]
    return Novelty(tuple(sorted(now.keys() - then.keys())), tuple(sorted(gone)))


def moved(then: Counts, now: Counts, wanted: Callable[[str], bool]) -> list[Moved]:
    """Each wanted feature that has two values or more and was seen in both spans, the surest first.

    The population stability index with its limit for n (psi.py), p-values adjusted by Benjamini and Hochberg over all
    that were looked at: of many features, one in twenty alarms may be false, not one in twenty features.
    """
    shifts = [(name, _shift(then[name], now[name])) for name in sorted(then.keys() & now.keys()) if wanted(name)]
    looked = [(name, found) for name, found in shifts if found is not None]
    adjusted = benjamini_hochberg([found.p for _, found in looked])
    rows = [
        Moved(name, found, p, found.alert and p < FALSE_ALARMS)
        for (name, found), p in zip(looked, adjusted, strict=True)
    ]
    return sorted(rows, key=lambda row: (row.p, row.feature))


def _shift(then: Mapping[str, int], now: Mapping[str, int]) -> Shift | None:
    values = sorted(then.keys() | now.keys())
    if len(values) < 2:
        return None
    return psi.shift([then.get(value, 0) for value in values], [now.get(value, 0) for value in values])


def _missing(x: int, n_then: int, n_now: int) -> float:
    share = min(x, n_then) / (n_then + UNSEEN)
    return float((1 - share) ** n_now)
