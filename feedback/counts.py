"""Tests and sizes on counts: exact McNemar, sign flips over clusters, Holm, Benjamini-Hochberg, and how many are
needed. Pure.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil, log

import numpy
from numpy.typing import NDArray
from scipy.special import bdtr, ndtri

from feedback.intervals import both_sides, clopper_pearson


@dataclass(frozen=True, slots=True)
class Evidence:
    """One-sided p-values of "the new one is worse"; `mid_p` counts half of what was seen and is only shown."""

    p: float
    mid_p: float


def mcnemar(gained: int, lost: int) -> Evidence:
    """Exact: among gained + lost pairs that changed, each way is as likely when nothing got worse. McNemar (1947)."""
    n = gained + lost
    if n == 0:
        return Evidence(1.0, 1.0)
    at_most = float(bdtr(gained, n, 0.5))
    below = float(bdtr(gained - 1, n, 0.5)) if gained else 0.0
    return Evidence(at_most, (at_most + below) / 2)


def sign_flip(differences: Sequence[int]) -> Evidence:
    """Exact: each cluster's difference (new minus old passes) could as well have had the other sign.

    With clusters of one pair it is the exact McNemar test. Rows of one cluster stand and fall together, so that
    repetitions of one example never count as evidence of their own.
    """
    sizes = [abs(difference) for difference in differences if difference]
    if not sizes:
        return Evidence(1.0, 1.0)
    chances = _signed_sums(sizes)
    seen = sum(differences) + sum(sizes)
    below = float(chances[:seen].sum())
    at = float(chances[seen])
    return Evidence(min(1.0, below + at), min(1.0, below + at / 2))


def _signed_sums(sizes: Sequence[int]) -> NDArray[numpy.float64]:
    """Chances of the sums -total … total when each size gets a sign by a fair coin."""
    total = sum(sizes)
    chances = numpy.zeros(2 * total + 1)
    chances[total] = 1.0
    for size in sizes:
        chances = (numpy.roll(chances, size) + numpy.roll(chances, -size)) / 2
    return chances


def holm(ps: Sequence[float]) -> list[float]:
    """Adjusted p-values, in the order given. Holm, Scand. J. Statist. 6 (1979) 65-70."""
    adjusted, least = [0.0] * len(ps), 0.0
    for rank, place in enumerate(sorted(range(len(ps)), key=ps.__getitem__)):
        least = max(least, min(1.0, (len(ps) - rank) * ps[place]))
        adjusted[place] = least
    return adjusted


def benjamini_hochberg(ps: Sequence[float]) -> list[float]:
    """Adjusted p-values, in the order given: alarms at 0.05 are false in one of twenty. JRSS B 57 (1995) 289-300."""
    adjusted, most = [0.0] * len(ps), 1.0
    ranked = sorted(range(len(ps)), key=ps.__getitem__)
    for rank in range(len(ps), 0, -1):
        place = ranked[rank - 1]
        most = min(most, len(ps) / rank * ps[place])
        adjusted[place] = most
    return adjusted


def pairs_wanted(margin: float, discordance: float, one_sided: float = 0.95, power: float = 0.8) -> int:
    """About how many pairs show "not worse by `margin`" with `power` where both are equally good and `discordance` of
    the pairs differ. Never fewer than the score interval needs when no pair differs at all: z²(1 - m) / m.
    """
    z = float(ndtri(one_sided))
    needed = (z + float(ndtri(power))) ** 2 * discordance / margin**2
    return ceil(max(needed, z * z * (1 - margin) / margin))


def clean_wanted(tolerance: float, one_sided: float = 0.95) -> int:
    """How many examples without one violation show a rate of at most `tolerance` (about 3 / tolerance)."""
    return ceil(log(1 - one_sided) / log(1 - tolerance))


def fixed_n(target: float, failures: int, one_sided: float = 0.95) -> int:
    """The least n at which `failures` of n still give an exact lower bound of success at `target` or above."""
    low, high = failures + 1, failures + 2
    while not _reaches(high, failures, target, one_sided):
        low, high = high, high * 2
    while low < high:
        middle = (low + high) // 2
        low, high = (low, middle) if _reaches(middle, failures, target, one_sided) else (middle + 1, high)
    return low


def _reaches(n: int, failures: int, target: float, one_sided: float) -> bool:
    return clopper_pearson(n - failures, n, both_sides(one_sided)).low >= target
