"""The population stability index with limits that know n. Pure.

The customary cut-offs 0.1 and 0.25 ignore how many were seen: without any drift, ten bins and n = 100 pass 0.1 in four
of ten cases. Without drift PSI is about chi-squared(bins - 1) times (1/n + 1/m).
"""

from bisect import bisect_right
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from math import log

import numpy
from scipy.special import chdtrc, chdtri

LEAST = 200
NOTABLE = 0.2
NULL_QUANTILE = 0.99
HALF = 0.5


@dataclass(frozen=True, slots=True)
class Shift:
    """`p` is the chance of at least this index without drift. `alert` needs it beyond its null limit and beyond 0.2,
    with 200 on both sides: a sure but tiny shift is no alarm.
    """

    index: float
    limit: float
    p: float
    n: int
    alert: bool


def shift(then: Sequence[int], now: Sequence[int]) -> Shift:
    """From counts by bin. Empty bins count half, so that one new value is no infinity.

    ValueError: fewer than two bins, unequal numbers of bins, or nothing counted on one side.
    """
    if len(then) != len(now) or len(then) < 2 or not sum(then) or not sum(now):
        raise ValueError("Two counts over the same two or more bins are needed, neither of them empty.")
    m, n = sum(then), sum(now)
    index = sum(_term(a or HALF, b or HALF, m, n) for a, b in zip(then, now, strict=True) if a or b)
    used = sum(1 for a, b in zip(then, now, strict=True) if a or b)
    scale, degrees = 1 / n + 1 / m, max(1, used - 1)
    limit = float(chdtri(degrees, 1 - NULL_QUANTILE)) * scale
    alert = min(m, n) >= LEAST and index > max(NOTABLE, limit)
    return Shift(index, limit, float(chdtrc(degrees, index / scale)), n, alert)


def edges(values: Sequence[float], bins: int = 10) -> list[float]:
    """Inner edges of bins that hold equally many of `values`; fewer where values repeat."""
    inner = numpy.quantile(numpy.asarray(values, dtype=float), numpy.linspace(0, 1, bins + 1)[1:-1])
    return sorted({float(edge) for edge in inner})


def binned(values: Sequence[float], inner: Sequence[float]) -> list[int]:
    """How many fall into each of the len(inner) + 1 bins; an edge belongs to the bin above it."""
    counts = [0] * (len(inner) + 1)
    for value in values:
        counts[bisect_right(inner, value)] += 1
    return counts


def counted(then: Sequence[str], now: Sequence[str]) -> tuple[list[int], list[int]]:
    """Counts over the categories of both, in their order."""
    before, after = Counter(then), Counter(now)
    names = sorted(before.keys() | after.keys())
    return [before[name] for name in names], [after[name] for name in names]


def _term(then: float, now: float, m: int, n: int) -> float:
    return (now / n - then / m) * log((now / n) / (then / m))
