"""Whether an amount stands out among those approved before. Pure, and robust: a few odd ones in the past change little.

"Usual" is the median. An amount stands out when it is at least twice the usual, further from it than six times the
usual spread (median absolute deviation, scaled to a standard deviation), and above 95 of 100 past ones.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from statistics import median

LEAST = 20
TIMES_USUAL = 2
SPREADS = 6
PERCENTILE = Decimal("0.95")
# Makes the median absolute deviation of a normal distribution its standard deviation.
SCALE = Decimal("1.4826")


@dataclass(frozen=True, slots=True)
class Outlier:
    """`times` is the amount over the usual one; None where the usual one is zero."""

    usual: Decimal
    highest: Decimal
    count: int
    times: Decimal | None


def outlier(amount: Decimal, past: Sequence[Decimal]) -> Outlier | None:
    """None for an amount that does not stand out, and for fewer than LEAST past ones."""
    if len(past) < LEAST:
        return None
    usual = median(past)
    spread = SCALE * median([abs(one - usual) for one in past])
    ordered = sorted(past)
    common = ordered[min(len(ordered) - 1, int(PERCENTILE * len(ordered)))]
    if amount <= max(common, usual + SPREADS * spread) or amount < TIMES_USUAL * usual:
        return None
    return Outlier(usual, ordered[-1], len(past), amount / usual if usual else None)
