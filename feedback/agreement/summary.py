"""What may be said about the agreement of reviewers, and how surely."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import partial
from math import isfinite

import numpy

from feedback.agreement import statistics
from feedback.agreement.statistics import Statistic
from feedback.agreement.table import Floats, Table, pairs_table, table
from feedback.intervals import Interval, clopper_pearson, wilson

ENOUGH = 30
DRAWS = 2_000
# With fewer disputed items a bootstrap hardly ever draws a dispute and calls its own blindness certainty.
DISPUTED_FOR_BOOTSTRAP = 10


@dataclass(frozen=True, slots=True)
class Coefficient:
    """`value` is None where it is not defined, `interval` where no honest one can be given."""

    value: float | None
    interval: Interval | None


@dataclass(frozen=True, slots=True)
class PerClass:
    """`agreement` is how often a second reviewer chose it where one did; None where nobody did."""

    category: str
    agreement: float | None
    interval: Interval | None
    chosen: int


@dataclass(frozen=True, slots=True)
class Agreement:
    """`items` counts those with two or more ratings. Where they are fewer than 30, `enough` is False and nothing else
    is given: AC1 of 30 items may still lie anywhere between 0.7 and 1.
    """

    items: int
    disputed: int
    enough: bool
    raw: Coefficient | None = None
    ac1: Coefficient | None = None
    alpha: Coefficient | None = None
    fleiss: Coefficient | None = None
    cohen: Coefficient | None = None
    per_class: tuple[PerClass, ...] = ()

    @property
    def reading(self) -> str:
        """How far the headline's lower bound lets the labels be used: fix, trend or anchor."""
        if self.ac1 is None or self.ac1.interval is None or self.ac1.interval.low < 0.4:
            return "fix"
        return "anchor" if self.ac1.interval.low >= 0.7 else "trend"


def summary(items: Iterable[Sequence[str | None]], categories: Sequence[str], *, seed: int) -> Agreement:
    """`items` holds the ratings of each item (see `table`). Cohen's kappa is given where every item has two raters,
    in a fixed order. Intervals are 95 %: percentile bootstrap of items (2,000 draws from `seed`), or by the exact
    bound of the share of disputed items where fewer than ten are disputed.
    """
    listed = [tuple(ratings) for ratings in items]
    counted = table(listed, categories)
    if counted.items < ENOUGH:
        return Agreement(counted.items, counted.disputed, enough=False)
    draws = _drawn(counted.weights, seed)
    corrected = partial(_corrected, counted, draws)
    settled = counted.items - counted.disputed
    raw = float(statistics.raw(counted.counts, counted.weights))
    return Agreement(
        items=counted.items,
        disputed=counted.disputed,
        enough=True,
        raw=Coefficient(raw, wilson(settled, counted.items) if _two(listed) else None),
        ac1=corrected(statistics.gwet_ac1),
        alpha=corrected(statistics.krippendorff),
        fleiss=corrected(statistics.fleiss),
        cohen=_cohen(listed, categories, seed),
        per_class=_per_class(counted, draws),
    )


def _drawn(weights: Floats, seed: int) -> Floats:
    """Weights of 2,000 samples of as many items, with replacement. The same seed draws the same on every machine."""
    n = int(weights.sum())
    drawn = numpy.random.Generator(numpy.random.PCG64(seed)).multinomial(n, weights / n, size=DRAWS)
    return drawn.astype(float)


def _corrected(counted: Table, draws: Floats, statistic: Statistic) -> Coefficient:
    at = statistic(counted.counts, counted.weights)
    value = float(at.value)
    if not isfinite(value):
        return Coefficient(None, None)
    if counted.disputed >= DISPUTED_FOR_BOOTSTRAP:
        return Coefficient(value, _percentiles(statistic(counted.counts, draws).value))
    exact = clopper_pearson(counted.items - counted.disputed, counted.items)
    if counted.raters > 2:
        exact = Interval(exact.low, 1.0)  # a disputed item still holds agreeing pairs
    return Coefficient(value, _through(exact, float(at.chance), value))


def _through(exact: Interval, chance: float, value: float) -> Interval:
    """The exact interval of the agreeing share, corrected for chance as it was observed; never without the value."""
    low, high = ((bound - chance) / (1 - chance) for bound in (exact.low, exact.high))
    return Interval(max(-1.0, min(low, value)), min(1.0, max(high, value)))


def _percentiles(drawn: Floats) -> Interval | None:
    """None where one draw in twenty is not defined: the rest would be a chosen few."""
    defined = drawn[numpy.isfinite(drawn)]
    if len(defined) < 0.95 * len(drawn):
        return None
    low, high = numpy.quantile(defined, [0.025, 0.975])
    return Interval(float(low), float(high))


def _cohen(items: Sequence[tuple[str | None, ...]], categories: Sequence[str], seed: int) -> Coefficient | None:
    if not _two(items):
        return None
    pairs = [(one, other) for one, other in items if one is not None and other is not None]
    cells = pairs_table(pairs, categories)
    at = statistics.cohen(cells)
    value, agreeing = float(at.value), int(cells.trace())
    if not isfinite(value):
        return Coefficient(None, None)
    if len(pairs) - agreeing < DISPUTED_FOR_BOOTSTRAP:
        return Coefficient(value, _through(clopper_pearson(agreeing, len(pairs)), float(at.chance), value))
    drawn = statistics.cohen(_drawn(cells.ravel(), seed).reshape(DRAWS, *cells.shape))
    return Coefficient(value, _percentiles(drawn.value))


def _two(items: Sequence[tuple[str | None, ...]]) -> bool:
    return all(len(ratings) == 2 and None not in ratings for ratings in items)


def _per_class(counted: Table, draws: Floats) -> tuple[PerClass, ...]:
    values = statistics.specific(counted.counts, counted.weights)
    drawn = statistics.specific(counted.counts, draws)
    several = counted.counts.sum(axis=1) >= 2
    chosen = (counted.counts[several] > 0).T @ counted.weights[several]
    split = ((counted.counts > 0).sum(axis=1) >= 2)[:, None] & (counted.counts > 0)
    disputed = split.T @ counted.weights
    return tuple(
        PerClass(
            category,
            float(values[n]) if isfinite(values[n]) else None,
            _percentiles(drawn[:, n])
            if disputed[n] >= DISPUTED_FOR_BOOTSTRAP
            else _plain(counted, chosen[n], disputed[n]),
            int(chosen[n]),
        )
        for n, category in enumerate(counted.categories)
    )


def _plain(counted: Table, chosen: float, disputed: float) -> Interval | None:
    """Of two raters: specific agreement is 2u / (1 + u), where u is the undisputed share of the items where one of them
    chose it, and u has exact bounds.
    """
    if chosen == 0 or counted.raters > 2:
        return None
    exact = clopper_pearson(chosen - disputed, chosen)
    return Interval(2 * exact.low / (1 + exact.low), 2 * exact.high / (1 + exact.high))
