"""Intervals of shares and of differences between paired shares. Pure: counts in, bounds between -1 and 1 out.

`confidence` is two-sided; a one-sided bound at level c is the bound of a two-sided interval with confidence 2c - 1.
"""

from dataclasses import dataclass
from math import sqrt

from scipy.special import betaincinv, ndtri

CONFIDENCE = 0.95
# Halvings of a search between -1 and 1: below what a double can tell apart.
HALVINGS = 60


@dataclass(frozen=True, slots=True)
class Interval:
    low: float
    high: float


def both_sides(one_sided: float) -> float:
    """The two-sided confidence whose bounds each hold with the confidence `one_sided`."""
    return 2 * one_sided - 1


def clopper_pearson(x: float, n: float, confidence: float = CONFIDENCE) -> Interval:
    """The exact interval of a share: x of n. Clopper and Pearson, Biometrika 26 (1934); never covers less than it says.

    Without observations it is the whole range. ValueError: x is not within 0 to n.
    """
    _checked(x, n)
    tail = (1 - confidence) / 2
    low = 0.0 if x <= 0 else float(betaincinv(x, n - x + 1, tail))
    high = 1.0 if x >= n else float(betaincinv(x + 1, n - x, 1 - tail))
    return Interval(low, high)


def jeffreys(x: float, n: float, confidence: float = CONFIDENCE) -> Interval:
    """Equal tails of Beta(x + 1/2, n - x + 1/2), closed at 0 and 1. Brown, Cai, DasGupta, Statist. Sci. 16 (2001)."""
    _checked(x, n)
    tail = (1 - confidence) / 2
    low = 0.0 if x <= 0 else float(betaincinv(x + 0.5, n - x + 0.5, tail))
    high = 1.0 if x >= n else float(betaincinv(x + 0.5, n - x + 0.5, 1 - tail))
    return Interval(low, high)


def wilson(x: float, n: float, confidence: float = CONFIDENCE) -> Interval:
    """The score interval of a share. Wilson, JASA 22 (1927): for display and plots; decisions take the exact one."""
    _checked(x, n)
    if n == 0:
        return Interval(0.0, 1.0)
    z = _quantile(confidence)
    share, squared = x / n, z * z
    middle = (share + squared / (2 * n)) / (1 + squared / n)
    reach = z / (1 + squared / n) * sqrt(share * (1 - share) / n + squared / (4 * n * n))
    low = 0.0 if x <= 0 else max(0.0, middle - reach)
    high = 1.0 if x >= n else min(1.0, middle + reach)
    return Interval(low, high)


@dataclass(frozen=True, slots=True)
class Pairs:
    """Paired yes and no: `both` said yes twice, `gained` only the new one, `lost` only the old one, `neither` none."""

    both: float
    gained: float
    lost: float
    neither: float

    @property
    def n(self) -> float:
        return self.both + self.gained + self.lost + self.neither

    @property
    def discordant(self) -> float:
        return self.gained + self.lost

    @property
    def difference(self) -> float:
        """New share minus old share."""
        return (self.gained - self.lost) / self.n

    def scaled(self, n: float) -> "Pairs":
        """The same shares seen `n` times."""
        by = n / self.n
        return Pairs(self.both * by, self.gained * by, self.lost * by, self.neither * by)


def newcombe(pairs: Pairs, confidence: float = CONFIDENCE) -> Interval:
    """New minus old by squaring and adding, with the correction for their correlation.

    Method 10 of Newcombe, Statistics in Medicine 17 (1998) 2635-2650.
    """
    if pairs.n == 0:
        return Interval(-1.0, 1.0)
    new, old = pairs.both + pairs.gained, pairs.both + pairs.lost
    n, phi = pairs.n, _phi(pairs)
    one, two = wilson(new, n, confidence), wilson(old, n, confidence)
    p, q = new / n, old / n
    down = _added(p - one.low, two.high - q, phi)
    up = _added(one.high - p, q - two.low, phi)
    return Interval(max(-1.0, p - q - down), min(1.0, p - q + up))


def tango(pairs: Pairs, confidence: float = CONFIDENCE) -> Interval:
    """New minus old: the differences that the score test does not refuse. Tango, Statistics in Medicine 17 (1998)
    891-908.

    Counts may be fractions, as they are when clusters make less of n.
    """
    if pairs.n == 0:
        return Interval(-1.0, 1.0)
    z = _quantile(confidence)
    return Interval(-_reach(pairs.lost, pairs.gained, pairs.n, z), _reach(pairs.gained, pairs.lost, pairs.n, z))


def _reach(gained: float, lost: float, n: float, z: float) -> float:
    """The largest difference at which the score is still above -z; the score falls as the difference grows."""
    low, high = (gained - lost) / n, 1.0
    for _ in range(HALVINGS):
        middle = (low + high) / 2
        if _score(gained, lost, n, middle) > -z:
            low = middle
        else:
            high = middle
    return (low + high) / 2


def _score(gained: float, lost: float, n: float, difference: float) -> float:
    """How many standard errors the observed difference lies above `difference`, the share of losses being the
    likeliest that allows it.
    """
    b = (2 * n - gained + lost) * difference - gained - lost
    c = -lost * difference * (1 - difference)
    share_lost = (sqrt(max(0.0, b * b - 8 * n * c)) - b) / (4 * n)
    variance = n * (2 * share_lost + difference * (1 - difference))
    distance = gained - lost - n * difference
    if variance <= 0:
        return 0.0 if distance == 0 else float("inf") if distance > 0 else float("-inf")
    return distance / sqrt(variance)


def _phi(pairs: Pairs) -> float:
    a, b, c, d = pairs.both, pairs.gained, pairs.lost, pairs.neither
    product = (a + b) * (c + d) * (a + c) * (b + d)
    if product == 0:
        return 0.0
    determinant = a * d - b * c
    corrected = max(0.0, determinant - pairs.n / 2) if determinant > 0 else determinant
    return corrected / sqrt(product)


def _added(one: float, two: float, phi: float) -> float:
    return sqrt(max(0.0, one * one - 2 * phi * one * two + two * two))


def _quantile(confidence: float) -> float:
    return float(ndtri((1 + confidence) / 2))


def _checked(x: float, n: float) -> None:
    if not 0 <= x <= n:
        raise ValueError(f"{x} of {n} is no share; x lies between 0 and n.")
