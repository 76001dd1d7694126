"""Times as a histogram of fixed buckets, and percentiles read from it. Pure.

Bucket n > 0 holds the times over 2^((n-1)/8) and up to 2^(n/8) seconds, bucket 0 those up to one second. A percentile
is told as the geometric middle of its bucket, so it is off by at most 2^(1/16) - 1, which is 4.5 %; one second stands
for all that is shorter. Buckets of several hours add up to the buckets of the day exactly.
"""

import math
from collections.abc import Mapping

PER_DOUBLING = 8
ERROR = 2 ** (1 / (2 * PER_DOUBLING)) - 1


def bucket(seconds: float) -> int:
    """The bucket of a time; one that is below zero, after a clock was set back, counts as none."""
    return max(0, math.ceil(math.log2(seconds) * PER_DOUBLING)) if seconds > 1 else 0


def upper(n: int) -> float:
    """The longest time of a bucket, in seconds."""
    return float(2 ** (n / PER_DOUBLING))


def quantile(counts: Mapping[int, int], q: float) -> float | None:
    """The q-quantile by nearest rank, in seconds; None without a time. `counts` maps buckets to how many."""
    total = sum(counts.values())
    rank = max(1, math.ceil(q * total))
    seen = 0
    for n in sorted(counts):
        seen += counts[n]
        if seen >= rank and counts[n]:
            return 1.0 if n == 0 else float(2 ** ((n - 0.5) / PER_DOUBLING))
    return None
