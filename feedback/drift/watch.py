"""One series of days against its own beginning: what moved, when it began, and whether a change of ours explains it.

A new policy version or agent version begins a new phase with a baseline of its own. Until that baseline is there, days
are held against the phase before, and what moved then moved with the change: it is no drift.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from feedback.drift import charts, sums
from feedback.drift.charts import Bucket

# A baseline is complete with either. From fewer decisions the usual rate is so rough a guess that false alarms double.
BASELINE_BUCKETS = 20
BASELINE_DECISIONS = 1_000


class Cause(StrEnum):
    DRIFT = "drift"
    POLICY = "policy"
    VERSION = "version"


@dataclass(frozen=True, slots=True)
class Day:
    """What one day showed under one policy version and one agent version: `x` of `n`."""

    day: date
    x: int
    n: int
    policy: str = ""
    version: str = ""


@dataclass(frozen=True, slots=True)
class Alarm:
    """`since` is the day on which it seems to have begun; `rate` what was seen from there on, `baseline` what was
    usual; `limit` is the share, or for `cusum` the sum, that was crossed by `statistic`.
    """

    day: date
    since: date
    detector: str
    cause: Cause
    baseline: float
    rate: float
    n: int
    statistic: float
    limit: float


@dataclass(frozen=True, slots=True)
class Phase:
    policy: str
    version: str
    days: tuple[Day, ...]

    def baseline_ends(self) -> int | None:
        """How many of its days make the baseline; None while it is still being gathered."""
        decisions = 0
        for place, day in enumerate(self.days, start=1):
            decisions += day.n
            if place >= BASELINE_BUCKETS or decisions >= BASELINE_DECISIONS:
                return place
        return None


def phases(days: Iterable[Day]) -> list[Phase]:
    """By policy and version in the order of their first day. Days without decisions say nothing and are left out."""
    found: dict[tuple[str, str], list[Day]] = {}
    for day in sorted(days, key=lambda day: day.day):
        if day.n:
            found.setdefault((day.policy, day.version), []).append(day)
    return [Phase(policy, version, tuple(listed)) for (policy, version), listed in found.items()]


def alarms(days: Iterable[Day]) -> list[Alarm]:
    """Everything that left its limits, in the order of days; at most one of each detector and phase a day."""
    found: list[Alarm] = []
    before: Phase | None = None
    for phase in phases(days):
        found += _of_phase(phase, before)
        if before is None or phase.baseline_ends() is not None:
            before = phase
    return sorted(found, key=lambda alarm: (alarm.day, alarm.detector))


def rate_of(days: Sequence[Day]) -> float:
    """Half an event more, so that a clean baseline is no certainty."""
    return (sum(day.x for day in days) + 0.5) / (sum(day.n for day in days) + 1)


def standardised(cells: dict[str, Bucket], weights: dict[str, float]) -> float:
    """The rate with a fixed mix of strata (reviewer and tool), so that another mix is not taken for another agent.

    Strata that nobody decided in now are left out, and the weights of the others fill their place. ValueError: no
    stratum of `weights` was seen.
    """
    seen = {name: weight for name, weight in weights.items() if name in cells and cells[name].n}
    whole = sum(seen.values())
    if not whole:
        raise ValueError("None of the weighted strata was seen, so there is no standardised rate.")
    return sum(cells[name].share * weight for name, weight in seen.items()) / whole


def _of_phase(phase: Phase, before: Phase | None) -> Iterator[Alarm]:
    end = phase.baseline_ends()
    learning = phase.days if end is None else phase.days[:end]
    if before is not None and before.baseline_ends() is not None:
        cause = Cause.POLICY if phase.policy != before.policy else Cause.VERSION
        yield from _first(_found(learning, rate_of(before.days), phi_of(before), cause))
    if end is not None:
        yield from _found(phase.days[end:], rate_of(phase.days[:end]), phi_of(phase), Cause.DRIFT)


def _first(found: Iterable[Alarm]) -> Iterator[Alarm]:
    """A change is said once, not on each day after it."""
    yield from sorted(found, key=lambda alarm: alarm.day)[:1]


def phi_of(phase: Phase) -> float:
    """How much more the days of its baseline differ than by chance (Laney)."""
    end = phase.baseline_ends() or len(phase.days)
    buckets = [bucket for _, bucket in charts.merged(_buckets(phase.days[:end]))]
    return charts.laney_phi(buckets, rate_of(phase.days[:end]))


def _found(days: Sequence[Day], p0: float, phi: float, cause: Cause) -> Iterator[Alarm]:
    yield from _beyond_limits(days, p0, phi, cause)
    yield from _risen(days, p0, phi, cause)


def _beyond_limits(days: Sequence[Day], p0: float, phi: float, cause: Cause) -> Iterator[Alarm]:
    points = charts.merged(_buckets(days))
    limits = charts.p_chart([bucket for _, bucket in points], p0, phi)
    detector = "laney" if phi > charts.OVERDISPERSED else "p_chart"
    start = 0
    for (place, bucket), limit in zip(points, limits, strict=True):
        if not limit.low <= bucket.share <= limit.high:
            bound = limit.high if bucket.share > limit.high else limit.low
            yield Alarm(
                days[place].day, days[start].day, detector, cause, p0, bucket.share, bucket.n, bucket.share, bound
            )
        start = place + 1


def _risen(days: Sequence[Day], p0: float, phi: float, cause: Cause) -> Iterator[Alarm]:
    """Where days differ phi times more than chance, each decision is worth phi squared less: the threshold grows."""
    threshold = sums.THRESHOLD * (phi**2 if phi > charts.OVERDISPERSED else 1.0)
    for place, step in enumerate(sums.cusum(_buckets(days), p0, threshold=threshold)):
        if step.crossed:
            part = days[step.since : place + 1]
            n = sum(day.n for day in part)
            rate = sum(day.x for day in part) / n
            yield Alarm(days[place].day, part[0].day, "cusum", cause, p0, rate, n, step.value, threshold)


def _buckets(days: Sequence[Day]) -> list[Bucket]:
    return [Bucket(day.x, day.n) for day in days]
