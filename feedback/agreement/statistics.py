"""The coefficients of agreement, each over weighted patterns so that a bootstrap is only other weights.

Where a coefficient is (observed - chance) / (1 - chance), both parts are given. A coefficient that is not defined (all
ratings are of one category) is NaN. `weights` may have leading axes; results have the same.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy

from feedback.agreement.table import Floats

Statistic = Callable[[Floats, Floats], "Corrected"]


@dataclass(frozen=True, slots=True)
class Corrected:
    observed: Floats
    chance: Floats

    @property
    def value(self) -> Floats:
        with numpy.errstate(divide="ignore", invalid="ignore"):
            return numpy.where(self.chance < 1, (self.observed - self.chance) / (1 - self.chance), numpy.nan)


def raw(counts: Floats, weights: Floats) -> Floats:
    """The mean share of agreeing pairs of raters, over items with at least two ratings."""
    raters = counts.sum(axis=1)
    several = raters >= 2
    counts, raters, weights = counts[several], raters[several], weights[..., several]
    agreeing = (counts * (counts - 1)).sum(axis=1) / (raters * (raters - 1))
    return _divided(weights @ agreeing, weights.sum(axis=-1))


def gwet_ac1(counts: Floats, weights: Floats) -> Corrected:
    """Gwet, Brit. J. Math. Stat. Psychol. 61 (2008) 29-48: steady where one category is rare. Ratings may be missing;
    items with one rating count towards how often each category is used.
    """
    raters = counts.sum(axis=1)
    rated = raters >= 1
    shares = counts[rated] / raters[rated][:, None]
    used = _divided(weights[..., rated] @ shares, weights[..., rated].sum(axis=-1)[..., None])
    chance = (used * (1 - used)).sum(axis=-1) / (counts.shape[1] - 1)
    return Corrected(raw(counts, weights), chance)


def fleiss(counts: Floats, weights: Floats) -> Corrected:
    """Fleiss, Psychol. Bull. 76 (1971) 378-382. Items are those with the same, most frequent number of ratings."""
    raters = counts.sum(axis=1)
    sizes = {size: weights[..., raters == size].sum() for size in set(raters.tolist()) if size >= 2}
    if not sizes:
        return Corrected(numpy.full(weights.shape[:-1], numpy.nan), numpy.full(weights.shape[:-1], numpy.nan))
    equal = raters == max(sizes, key=lambda size: (sizes[size], size))
    counts, weights, size = counts[equal], weights[..., equal], raters[equal][0]
    used = _divided(weights @ (counts / size), weights.sum(axis=-1)[..., None])
    return Corrected(raw(counts, weights), (used * used).sum(axis=-1))


def krippendorff(counts: Floats, weights: Floats, level: str = "nominal") -> Corrected:
    """Alpha, with missing ratings, for `nominal`, `ordinal` or `interval` categories (equally spaced in their order).

    Krippendorff, Content Analysis, chapter on reliability: 1 - observed over expected disagreement. Given here as
    observed = 1 - Do and chance = 1 - De, whose corrected value is the same.
    """
    raters = counts.sum(axis=1)
    several = raters >= 2
    counts, raters, weights = counts[several], raters[several], weights[..., several]
    together = counts[:, :, None] * counts[:, None, :] - counts[:, :, None] * numpy.eye(counts.shape[1])
    coincidences = numpy.tensordot(weights, together / (raters - 1)[:, None, None], axes=1)
    each = coincidences.sum(axis=-1)
    total = each.sum(axis=-1)
    apart = _distances(each, level)
    seen = _divided((coincidences * apart).sum(axis=(-1, -2)), total)
    expected = (each[..., :, None] * each[..., None, :] * apart).sum(axis=(-1, -2))
    return Corrected(1 - seen, 1 - _divided(expected, total * (total - 1)))


def specific(counts: Floats, weights: Floats) -> Floats:
    """Of each category: when one rater chose it, the chance that another did; for two raters 2a / (2a + b + c).

    Cicchetti and Feinstein, J. Clin. Epidemiol. 43 (1990) 551-558. NaN where nobody chose it. The last axis is the
    category.
    """
    raters = counts.sum(axis=1)
    several = raters >= 2
    counts, others = counts[several], raters[several][:, None] - 1
    weights = weights[..., several]
    return _divided(weights @ (counts * (counts - 1) / others), weights @ counts)


def cohen(table: Floats) -> Corrected:
    """Kappa of two raters from their table (first x second). Cohen, Educ. Psychol. Meas. 20 (1960) 37-46."""
    n = table.sum(axis=(-1, -2))
    observed = _divided(numpy.trace(table, axis1=-2, axis2=-1), n)
    chance = _divided((table.sum(axis=-1) * table.sum(axis=-2)).sum(axis=-1), n * n)
    return Corrected(observed, chance)


def _distances(each: Floats, level: str) -> Floats:
    """Squared distances between categories."""
    size = each.shape[-1]
    place = numpy.arange(size)
    if level == "nominal":
        return 1.0 - numpy.eye(size)
    if level == "interval":
        return ((place[:, None] - place[None, :]) ** 2).astype(float)
    if level != "ordinal":
        raise ValueError(f"{level!r} is no level; alpha knows nominal, ordinal and interval.")
    middle = each.cumsum(axis=-1) - each / 2
    return (middle[..., :, None] - middle[..., None, :]) ** 2


def _divided(above: Floats, below: Floats) -> Floats:
    with numpy.errstate(divide="ignore", invalid="ignore"):
        return numpy.where(below == 0, numpy.nan, numpy.divide(above, below))
