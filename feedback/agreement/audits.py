"""The rate of wrong decisions from audits that were drawn with different chances."""

from collections.abc import Iterable
from dataclasses import dataclass

from feedback.intervals import Interval, clopper_pearson


@dataclass(frozen=True, slots=True)
class Audited:
    """`probability` is the chance with which it was drawn, above 0."""

    wrong: bool
    probability: float


@dataclass(frozen=True, slots=True)
class Latent:
    """`rate` is weighted by one over the chance (Hajek), so that what is drawn more often counts less; `interval` is
    exact at the number of evenly drawn audits that these are worth (Kish: square of the weights' sum over their
    squares' sum).
    """

    n: int
    effective: float
    rate: float
    interval: Interval


def latent(audits: Iterable[Audited]) -> Latent | None:
    """None without audits. The plain share of wrong ones is never given: it is the drawing's, not the agent's."""
    weighed = [(one.wrong, 1 / one.probability) for one in audits]
    if not weighed:
        return None
    whole = sum(weight for _, weight in weighed)
    rate = sum(weight for wrong, weight in weighed if wrong) / whole
    effective = whole**2 / sum(weight**2 for _, weight in weighed)
    return Latent(len(weighed), effective, rate, clopper_pearson(rate * effective, effective))
