"""Whether an agent that says 0.9 is right nine times in ten. Pure.

`confidence` is what the agent said, `right` whether people agreed without a material change.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import exp, lgamma, log, sqrt

from feedback.intervals import Interval, wilson

BINS = 10
ENOUGH = 100
# A calibration error up to this counts as calibrated; above it, a rule that reads the number leans on air.
TOLERATED = 0.1
# The two-sided 95 % quantile of the normal.
Z = 1.959963984540054


@dataclass(frozen=True, slots=True)
class Said:
    confidence: float
    right: bool


@dataclass(frozen=True, slots=True)
class Bin:
    """Answers with `low` <= confidence < `high` (the last bin holds 1.0 too)."""

    low: float
    high: float
    n: int
    said: float
    right: float
    interval: Interval


@dataclass(frozen=True, slots=True)
class Calibration:
    """`brier` is the mean squared distance (Brier, 1950; 0 is perfect), `brier_interval` a normal 95 % interval of that
    mean, None of one answer; `error` the mean distance of what was said from what was right, weighted by bin (expected
    calibration error; Naeini et al., AAAI 2015).

    `error` is biased upwards: chance alone parts a bin's share from what was said. `bias` is what `error` would be on
    average were the agent perfectly calibrated (see `_by_chance`), so the smaller n, the larger it is.
    """

    n: int
    brier: float
    brier_interval: Interval | None
    error: float
    bias: float
    bins: tuple[Bin, ...]

    @property
    def calibrated(self) -> bool:
        """Enough was seen and the error is tolerable. Fewer than 100 answers are never called calibrated."""
        return self.n >= ENOUGH and self.error <= TOLERATED


def calibration(answers: Sequence[Said], bins: int = BINS) -> Calibration | None:
    """Over equally wide bins, empty ones left out. None without answers; ValueError: a confidence outside 0 to 1."""
    if not answers:
        return None
    parts: list[list[Said]] = [[] for _ in range(bins)]
    for answer in answers:
        if not 0 <= answer.confidence <= 1:
            raise ValueError(f"A confidence lies between 0 and 1, and {answer.confidence} does not.")
        parts[min(bins - 1, int(answer.confidence * bins))].append(answer)
    n = len(answers)
    made = tuple(_bin(part, place, bins) for place, part in enumerate(parts) if part)
    squares = [(answer.confidence - answer.right) ** 2 for answer in answers]
    brier = sum(squares) / n
    return Calibration(
        n=n,
        brier=brier,
        brier_interval=_around(squares, brier),
        error=sum(one.n / n * abs(one.said - one.right) for one in made),
        bias=sum(one.n / n * _by_chance(one.said, one.n) for one in made),
        bins=made,
    )


def _around(squares: Sequence[float], mean: float) -> Interval | None:
    n = len(squares)
    if n < 2:
        return None
    reach = Z * sqrt(sum((square - mean) ** 2 for square in squares) / (n - 1) / n)
    return Interval(max(0.0, mean - reach), min(1.0, mean + reach))


def _by_chance(p: float, n: int) -> float:
    """The mean distance of a binomial share of n from p: 2 m C(n, m) p^m (1 - p)^(n - m + 1) / n with m the whole part
    of np, and one more (De Moivre, 1730; Diaconis and Zabell, Statist. Sci. 6, 1991).

    Answers of one bin that were said with different confidences scatter a little less, so it never says too little.
    """
    if not 0 < p < 1:
        return 0.0
    m = min(n, int(n * p) + 1)
    chance = lgamma(n + 1) - lgamma(m + 1) - lgamma(n - m + 1) + m * log(p) + (n - m + 1) * log(1 - p)
    return 2 * m * exp(chance) / n


def _bin(part: Sequence[Said], place: int, bins: int) -> Bin:
    right = sum(answer.right for answer in part)
    said = sum(answer.confidence for answer in part) / len(part)
    return Bin(place / bins, (place + 1) / bins, len(part), said, right / len(part), wilson(right, len(part)))
