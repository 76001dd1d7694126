"""Control charts of shares: exact limits, Laney's where days differ more than chance, and gaps between rare events.

A bucket is `x` of `n`, mostly of one day. Limits let a quiet process cross them once in about 370 buckets and side
pair, as three standard deviations of a normal variable would.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import log, sqrt

import numpy
from scipy.special import bdtr, ndtr, ndtri

TAIL = 0.00135
LEAST = 20
# Above it, days differ more than chance and the exact limits would cry wolf.
OVERDISPERSED = 1.2
# The mean range of two normal values, in standard deviations.
D2 = 1.128
LANEY_LEAST = 10


@dataclass(frozen=True, slots=True)
class Bucket:
    x: int
    n: int

    @property
    def share(self) -> float:
        return self.x / self.n


@dataclass(frozen=True, slots=True)
class Limits:
    """Shares between which a bucket is in control; at a limit it still is."""

    low: float
    high: float


def exact_limits(p0: float, n: int, tail: float = TAIL) -> Limits:
    """Quantiles of the binomial: beyond each, a quiet process comes with a chance of at most `tail`."""
    below = bdtr(numpy.arange(n + 1), n, p0)
    low = int(numpy.searchsorted(below, tail, side="left"))
    high = int(numpy.searchsorted(below, 1 - tail, side="left"))
    return Limits(min(low, n) / n, min(high, n) / n)


def laney_phi(buckets: Sequence[Bucket], p0: float) -> float:
    """How much more the buckets differ than a binomial would: the mean moving range of their z, over 1.128.

    Laney, Quality Engineering 14 (2002) 531-537. One where there are too few buckets to tell (fewer than ten).
    """
    if len(buckets) < LANEY_LEAST or not 0 < p0 < 1:
        return 1.0
    z = [(bucket.share - p0) / _sigma(p0, bucket.n) for bucket in buckets]
    steps = [abs(after - before) for before, after in pairwise(z)]
    return sum(steps) / len(steps) / D2


def p_chart(buckets: Sequence[Bucket], p0: float, phi: float = 1.0) -> list[Limits]:
    """The limits of each bucket: exact, or Laney's p0 ± 3 phi sigma where `phi` is above 1.2."""
    if phi <= OVERDISPERSED or not 0 < p0 < 1:
        return [exact_limits(p0, bucket.n) for bucket in buckets]
    return [
        Limits(max(0.0, p0 - 3 * phi * _sigma(p0, bucket.n)), min(1.0, p0 + 3 * phi * _sigma(p0, bucket.n)))
        for bucket in buckets
    ]


def merged(buckets: Sequence[Bucket], least: int = LEAST) -> list[tuple[int, Bucket]]:
    """Neighbours put together until each has at least `least`; with each, the place of its last part. What is left
    over at the end waits for more.
    """
    found: list[tuple[int, Bucket]] = []
    x = n = 0
    for place, bucket in enumerate(buckets):
        x, n = x + bucket.x, n + bucket.n
        if n >= least:
            found.append((place, Bucket(x, n)))
            x = n = 0
    return found


@dataclass(frozen=True, slots=True)
class Smoothed:
    value: float
    low: float
    high: float


def ewma(buckets: Sequence[Bucket], p0: float, weight: float = 0.2, width: float = 2.7) -> list[Smoothed]:
    """The exponentially weighted mean of the shares, with limits that know each bucket's n (Roberts, 1959).

    With equal n the limits are p0 ± width sigma sqrt(weight / (2 - weight) (1 - (1 - weight)^2t)).
    """
    value, variance, line = p0, 0.0, []
    for bucket in buckets:
        value = weight * bucket.share + (1 - weight) * value
        variance = weight**2 * _sigma(p0, bucket.n) ** 2 + (1 - weight) ** 2 * variance
        reach = width * sqrt(variance)
        line.append(Smoothed(value, max(0.0, p0 - reach), min(1.0, p0 + reach)))
    return line


def gap_limit(p0: float, tail: float = TAIL) -> int:
    """The g-chart of rare events: a gap of at most this many quiet actions comes with a chance of at most `tail`.

    -1 where even a second event at once is no news. ValueError: `p0` is not within 0 and 1.
    """
    if not 0 < p0 < 1:
        raise ValueError(f"{p0} is no rate of rare events; it lies between 0 and 1.")
    return int(log(1 - tail) / log(1 - p0)) - 1


def tail_above(bucket: Bucket, p0: float, phi: float = 1.0) -> float:
    """The chance of at least as many, were the rate still `p0`; by a normal where days differ more than chance."""
    if phi > OVERDISPERSED and 0 < p0 < 1:
        return 1 - float(ndtr((bucket.share - p0) / (phi * _sigma(p0, bucket.n))))
    return 1.0 if bucket.x == 0 else 1 - float(bdtr(bucket.x - 1, bucket.n, p0))


def sigmas(tail: float) -> float:
    """How many standard deviations a one-sided tail is."""
    return -float(ndtri(tail))


def _sigma(p0: float, n: int) -> float:
    return sqrt(p0 * (1 - p0) / n)
