"""The funnel plot of reviewers: each against limits that know how many were compared. Never a ranking."""

from collections.abc import Mapping
from dataclasses import dataclass

from feedback.drift.charts import Bucket, exact_limits


@dataclass(frozen=True, slots=True)
class Dot:
    """`low` and `high` hold 95 of 100 reviewers who are like all others, `far_low` and `far_high` 998 of 1,000."""

    name: str
    n: int
    share: float
    low: float
    high: float
    far_low: float
    far_high: float

    @property
    def told(self) -> str:
        """In words; being outside is a reason to talk, not a verdict."""
        if self.far_low <= self.share <= self.far_high:
            return "as others" if self.low <= self.share <= self.high else "a little apart"
        return "far apart"


def funnel(agreed: Mapping[str, Bucket]) -> list[Dot]:
    """`agreed` holds of each reviewer how many comparisons agreed, of how many. By number of comparisons, then name."""
    counted = {name: bucket for name, bucket in agreed.items() if bucket.n}
    whole = sum(bucket.n for bucket in counted.values())
    if not whole:
        return []
    mean = sum(bucket.x for bucket in counted.values()) / whole
    dots = []
    for name, bucket in sorted(counted.items(), key=lambda pair: (-pair[1].n, pair[0])):
        near, far = exact_limits(mean, bucket.n, 0.025), exact_limits(mean, bucket.n, 0.001)
        dots.append(Dot(name, bucket.n, bucket.share, near.low, near.high, far.low, far.high))
    return dots
