"""Ratings as counts: of each item, how many raters chose each category."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy
from numpy.typing import NDArray

Floats = NDArray[numpy.float64]


@dataclass(frozen=True, slots=True)
class Table:
    """`counts` is patterns x categories; `weights` says how many items show each pattern. Items with equal counts are
    one pattern, because no coefficient here depends on who rated.
    """

    categories: tuple[str, ...]
    counts: Floats
    weights: Floats

    @property
    def items(self) -> int:
        """Items with at least two ratings: the others say nothing about agreement."""
        return int(self.weights[self.counts.sum(axis=1) >= 2].sum())

    @property
    def raters(self) -> int:
        """The most ratings that one item has."""
        return int(self.counts.sum(axis=1).max(initial=0))

    @property
    def disputed(self) -> int:
        """Items about which at least two raters differ."""
        return int(self.weights[(self.counts > 0).sum(axis=1) >= 2].sum())


def table(items: Iterable[Sequence[str | None]], categories: Sequence[str]) -> Table:
    """`items` holds the ratings of each item, one a rater, None where a rater gave none. The categories are those that
    could be chosen, in their order, not only those that were: chance agreement depends on it.

    ValueError: a rating that is no category, or fewer than two categories.
    """
    if len(categories) < 2 or len(set(categories)) != len(categories):
        raise ValueError("Agreement needs at least two different categories.")
    place = {category: n for n, category in enumerate(categories)}
    patterns: Counter[tuple[int, ...]] = Counter()
    for ratings in items:
        row = [0] * len(categories)
        for rating in ratings:
            if rating is None:
                continue
            if rating not in place:
                raise ValueError(f"{rating!r} is none of the categories {', '.join(categories)}.")
            row[place[rating]] += 1
        patterns[tuple(row)] += 1
    ordered = sorted(patterns)
    counts = numpy.array(ordered, dtype=float).reshape(len(ordered), len(categories))
    return Table(tuple(categories), counts, numpy.array([patterns[row] for row in ordered], dtype=float))


def pairs_table(pairs: Iterable[tuple[str, str]], categories: Sequence[str]) -> Floats:
    """How often the first rater (rows) and the second (columns) chose which category."""
    place: Mapping[str, int] = {category: n for n, category in enumerate(categories)}
    counts = numpy.zeros((len(categories), len(categories)))
    for one, other in pairs:
        counts[place[one], place[other]] += 1
    return counts
