"""Whether an agent that says 0.9 is right nine times in ten. Pure.

`confidence` is what the agent said, `right` whether people agreed without a material change.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from feedback.intervals import Interval, wilson

BINS = 10
ENOUGH = 100
# A calibration error up to this counts as calibrated; above it, a rule that reads the number leans on air.
TOLERATED = 0.1


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
    """`brier` is the mean squared distance (Brier, 1950; 0 is perfect), `error` the mean distance of what was said from
    what was right, weighted by bin (expected calibration error; Naeini et al., AAAI 2015).
    """

    n: int
    brier: float
    error: float
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
    return Calibration(
        n=n,
        brier=sum((answer.confidence - answer.right) ** 2 for answer in answers) / n,
        error=sum(one.n / n * abs(one.said - one.right) for one in made),
        bins=made,
    )


def _bin(part: Sequence[Said], place: int, bins: int) -> Bin:
    right = sum(answer.right for answer in part)
    said = sum(answer.confidence for answer in part) / len(part)
    return Bin(place / bins, (place + 1) / bins, len(part), said, right / len(part), wilson(right, len(part)))
