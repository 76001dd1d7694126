"""The Bernoulli CUSUM: evidence of a risen rate, gathered bucket by bucket."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import log

from feedback.drift.charts import Bucket

# Measured with 40 decisions a day and a baseline of 20 days: 8 % to 16 % is found within 7 days in 88 of 100 cases,
# and 30 quiet days give an alarm in 9 of 100. bench/signals.py prints these figures.
THRESHOLD = 4.0


@dataclass(frozen=True, slots=True)
class Step:
    """`since` is the place of the bucket after which the sum was last zero: where the rise seems to have begun."""

    value: float
    crossed: bool
    since: int


def cusum(buckets: Sequence[Bucket], p0: float, p1: float | None = None, threshold: float = THRESHOLD) -> list[Step]:
    """S = max(0, S + x ln(p1/p0) + (n - x) ln((1-p1)/(1-p0))); a crossing sets it back to zero.

    `p1` is the rate to be found soon, by default twice `p0` (halfway to 1 where that is less). Page, Biometrika 41
    (1954) 100-115; Reynolds and Stoumbos, J. Qual. Technol. 31 (1999). ValueError: not 0 < p0 < p1 < 1.
    """
    p1 = min(2 * p0, (1 + p0) / 2) if p1 is None else p1
    if not 0 < p0 < p1 < 1:
        raise ValueError(f"A rise from {p0} to {p1} cannot be looked for; rates lie between 0 and 1.")
    event, quiet = log(p1 / p0), log((1 - p1) / (1 - p0))
    value, since, steps = 0.0, 0, []
    for place, bucket in enumerate(buckets):
        if value == 0.0:
            since = place
        value = max(0.0, value + bucket.x * event + (bucket.n - bucket.x) * quiet)
        crossed = value >= threshold
        steps.append(Step(value, crossed, since))
        if crossed:
            value = 0.0
    return steps
