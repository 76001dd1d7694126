"""Means of amounts, such as the cost of a task, against their own beginning. Pure.

A bucket is the sum of `n` amounts, mostly of one day. Amounts are lopsided, so the logarithm of a bucket's mean is what
is charted. From the first 20 buckets come its mean, weighted by n, and its scatter s² = sum(n (y - ȳ)²) / 19; a later
bucket of n lies within ȳ ± t s sqrt(1/n + 1/N), the prediction interval with Student's t of 19 degrees of freedom
(Hahn and Meeker, Statistical Intervals, 1991), as rarely beyond each side as a share beyond its exact limit.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from math import exp, log, sqrt

from scipy.special import stdtrit

from feedback.drift.charts import LEAST, TAIL, Limits
from feedback.drift.watch import Alarm, Cause

BASELINE = 20
# A smaller change is none, however surely it is one.
NOTABLE = 0.05


@dataclass(frozen=True, slots=True)
class Spent:
    """The `n` tasks of one day and agent version that told a cost, and the sum of these."""

    day: date
    n: int
    amount: float
    version: str = ""

    @property
    def mean(self) -> float:
        return self.amount / self.n


@dataclass(frozen=True, slots=True)
class Usual:
    """What a baseline says: its plain mean, and the mean and scatter of its logarithms over `n` in all."""

    mean: float
    centre: float
    scatter: float
    n: int

    def limits(self, n: int) -> Limits:
        """Of the mean of so many."""
        reach = float(stdtrit(BASELINE - 1, 1 - TAIL)) * self.scatter * sqrt(1 / n + 1 / self.n)
        low, high = exp(self.centre - reach), exp(self.centre + reach)
        return Limits(min(low, self.mean * (1 - NOTABLE)), max(high, self.mean * (1 + NOTABLE)))


@dataclass(frozen=True, slots=True)
class Bucket:
    """Days put together until they have 20 tasks; with the first and the last of them."""

    spent: Spent
    since: date


@dataclass(frozen=True, slots=True)
class Span:
    """What one agent version spent. `usual` is None while its baseline is still being gathered."""

    version: str
    learning: tuple[Bucket, ...]
    later: tuple[Bucket, ...]
    usual: Usual | None


def spans(days: Iterable[Spent]) -> list[Span]:
    """By version in the order of their first day. Days on which nothing was spent say nothing."""
    found: dict[str, list[Spent]] = {}
    for day in sorted(days, key=lambda day: day.day):
        if day.n and day.amount > 0:
            found.setdefault(day.version, []).append(day)
    return [_span(version, merged(listed)) for version, listed in found.items()]


def merged(days: Sequence[Spent], least: int = LEAST) -> list[Bucket]:
    """Neighbours together until each has at least `least` tasks; what is left over at the end waits for more."""
    found: list[Bucket] = []
    n, amount, since = 0, 0.0, None
    for day in days:
        n, amount, since = n + day.n, amount + day.amount, since or day.day
        if n >= least:
            found.append(Bucket(Spent(day.day, n, amount, day.version), since))
            n, amount, since = 0, 0.0, None
    return found


def usual(buckets: Sequence[Bucket]) -> Usual:
    """Of the 20 that make the baseline."""
    weighed = [(bucket.spent.n, log(bucket.spent.mean)) for bucket in buckets]
    n = sum(count for count, _ in weighed)
    centre = sum(count * y for count, y in weighed) / n
    scatter = sqrt(sum(count * (y - centre) ** 2 for count, y in weighed) / (len(weighed) - 1))
    return Usual(sum(bucket.spent.amount for bucket in buckets) / n, centre, scatter, n)


def alarms(days: Iterable[Spent]) -> list[Alarm]:
    """Every bucket beyond its limits, in the order of days. What a new version changed is told once, as moved with it,
    and its own baseline begins.
    """
    found: list[Alarm] = []
    before: Usual | None = None
    for span in spans(days):
        if before is not None:
            found += list(_beyond(span.learning, before, Cause.VERSION))[:1]
        if span.usual is not None:
            found += _beyond(span.later, span.usual, Cause.DRIFT)
            before = span.usual
    return sorted(found, key=lambda alarm: alarm.day)


def _span(version: str, buckets: list[Bucket]) -> Span:
    learning, later = tuple(buckets[:BASELINE]), tuple(buckets[BASELINE:])
    return Span(version, learning, later, usual(learning) if len(learning) == BASELINE else None)


def _beyond(buckets: Iterable[Bucket], known: Usual, cause: Cause) -> Iterator[Alarm]:
    for bucket in buckets:
        spent, limits = bucket.spent, known.limits(bucket.spent.n)
        if not limits.low <= spent.mean <= limits.high:
            bound = limits.high if spent.mean > limits.high else limits.low
            yield Alarm(spent.day, bucket.since, "t_chart", cause, known.mean, spent.mean, spent.n, spent.mean, bound)
