"""Pairs of old and new, the bound of their difference, and the evidence that it got worse."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy

from feedback.counts import Evidence, mcnemar, sign_flip
from feedback.intervals import Interval, Pairs, both_sides, tango

DRAWS = 4_000
# With fewer, a bootstrap hardly draws a difference and takes its own blindness for certainty.
DISCORDANT_FOR_BOOTSTRAP = 10
CLUSTERS_FOR_BOOTSTRAP = 40


@dataclass(frozen=True, slots=True)
class Pair:
    """One row under both: `place` is (example, repetition)."""

    place: tuple[str, int]
    group: str
    old: bool
    new: bool


@dataclass(frozen=True, slots=True)
class Compared:
    """`low` and `high` each hold with the one-sided confidence asked for. `effective` is how many independent pairs the
    rows are worth at least; `method` names how the bounds were found.
    """

    counts: Pairs
    low: float
    high: float
    method: str
    effective: float
    evidence: Evidence


def compared(pairs: Sequence[Pair], one_sided: float, seed: int) -> Compared:
    """Rows of their own: Tango's score interval and exact McNemar. Rows in groups: the worse of Tango's and a cluster
    bootstrap's, and exact sign flips of groups; where too little differs or too few groups are there, each group counts
    as one (Kish: n² / Σm²).
    """
    counts = _counts(pairs)
    confidence = both_sides(one_sided)
    clusters = _clusters(pairs)
    plain = tango(counts, confidence)
    if len(clusters) == len(pairs):
        evidence = mcnemar(int(counts.gained), int(counts.lost))
        return Compared(counts, plain.low, plain.high, "tango", float(len(pairs)), evidence)
    evidence = sign_flip([difference for difference, _ in clusters])
    effective = len(pairs) ** 2 / sum(size * size for _, size in clusters)
    if counts.discordant < DISCORDANT_FOR_BOOTSTRAP or len(clusters) < CLUSTERS_FOR_BOOTSTRAP:
        narrow = tango(counts.scaled(effective), confidence)
        return Compared(counts, narrow.low, narrow.high, "tango, a group as one", effective, evidence)
    drawn = _bootstrap(clusters, one_sided, seed)
    low, high = min(plain.low, drawn.low), max(plain.high, drawn.high)
    return Compared(counts, low, high, "cluster bootstrap", effective, evidence)


def all_repetitions(pairs: Sequence[Pair]) -> list[Pair]:
    """One pair an example: passed only where every repetition did (pass^k)."""
    found: dict[str, Pair] = {}
    for pair in pairs:
        example = pair.place[0]
        before = found.get(example)
        old, new = (before.old and pair.old, before.new and pair.new) if before else (pair.old, pair.new)
        found[example] = Pair((example, 0), pair.group, old, new)
    return list(found.values())


def _counts(pairs: Sequence[Pair]) -> Pairs:
    both = sum(pair.old and pair.new for pair in pairs)
    gained = sum(pair.new and not pair.old for pair in pairs)
    lost = sum(pair.old and not pair.new for pair in pairs)
    return Pairs(both, gained, lost, len(pairs) - both - gained - lost)


def _clusters(pairs: Sequence[Pair]) -> list[tuple[int, int]]:
    """Of each group: new minus old passes, and its size; in the order of the groups' names."""
    found: dict[str, tuple[int, int]] = {}
    for pair in pairs:
        difference, size = found.get(pair.group, (0, 0))
        found[pair.group] = (difference + pair.new - pair.old, size + 1)
    return [found[group] for group in sorted(found)]


def _bootstrap(clusters: Sequence[tuple[int, int]], one_sided: float, seed: int) -> Interval:
    """Percentiles of the mean difference over groups drawn with replacement. The same seed gives the same bounds."""
    values = numpy.array(clusters, dtype=float)
    generator = numpy.random.Generator(numpy.random.PCG64(seed))
    weights = generator.multinomial(len(values), numpy.full(len(values), 1 / len(values)), size=DRAWS)
    sums = weights @ values
    low, high = numpy.quantile(sums[:, 0] / sums[:, 1], [1 - one_sided, one_sided])
    return Interval(float(low), float(high))
