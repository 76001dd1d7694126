"""One question each, one answer each: pass, fail or inconclusive, with figures."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

import numpy

from feedback.counts import Evidence, clean_wanted, pairs_wanted
from feedback.gate.paired import Compared, Pair, compared
from feedback.intervals import both_sides, clopper_pearson, wilson

DRAWS = 4_000


class Verdict(StrEnum):
    PASS = "pass"  # noqa: S105 (a verdict, not a secret)
    FAIL = "fail"
    INCONCLUSIVE = "inconclusive"
    INVALID = "invalid"


@dataclass(frozen=True, slots=True)
class Row:
    """`old`, `new`, `difference`, `low` and `high` are shares, but for budgets, where they are in the budget's unit.
    `limit` is the margin, tolerance or budget. `wanted` is about how many examples would settle it. `gained` and `lost`
    are the pairs that changed.
    """

    name: str
    kind: str
    verdict: Verdict
    reason: str
    n: int
    limit: float
    old: float | None = None
    new: float | None = None
    difference: float | None = None
    low: float | None = None
    high: float | None = None
    p: float | None = None
    mid_p: float | None = None
    method: str = ""
    wanted: int | None = None
    gained: tuple[tuple[str, int], ...] = ()
    lost: tuple[tuple[str, int], ...] = ()


@dataclass(frozen=True, slots=True)
class Asked:
    """A question about pairs that is still open: its p-value may have to be adjusted for its neighbours first."""

    name: str
    kind: str
    pairs: tuple[Pair, ...]
    margin: float
    found: Compared


def ask(name: str, kind: str, pairs: Sequence[Pair], margin: float, *, one_sided: float, seed: int) -> Asked:
    return Asked(name, kind, tuple(pairs), margin, compared(pairs, one_sided, seed))


def not_worse(asked: Asked, evidence: Evidence, *, one_sided: float, n_min: int) -> Row:
    """Passes when the lower bound of new minus old is above -margin, on n_min pairs or more. Fails when that is not
    shown and the exact test says that it got worse. Else it is inconclusive, however equal the two look.
    """
    found, margin = asked.found, asked.margin
    n, counts = len(asked.pairs), asked.found.counts
    shown = found.low > -margin and found.effective >= n_min
    worse = evidence.p < 1 - one_sided and counts.difference < 0
    verdict = Verdict.PASS if shown else Verdict.FAIL if worse else Verdict.INCONCLUSIVE
    wanted = None if shown else _wanted(asked, one_sided, n_min)
    return Row(
        name=asked.name,
        kind=asked.kind,
        verdict=verdict,
        reason=_said(verdict, found, margin, evidence, wanted),
        n=n,
        limit=margin,
        old=(counts.both + counts.lost) / n,
        new=(counts.both + counts.gained) / n,
        difference=counts.difference,
        low=found.low,
        high=found.high,
        p=evidence.p,
        mid_p=evidence.mid_p,
        method=found.method,
        wanted=wanted,
        gained=tuple(pair.place for pair in asked.pairs if pair.new and not pair.old),
        lost=tuple(pair.place for pair in asked.pairs if pair.old and not pair.new),
    )


def must_not(name: str, pairs: Sequence[Pair], tolerance: float, *, one_sided: float) -> Row:
    """Fails on any violation that the baseline did not have. Passes when the exact upper bound of the candidate's rate
    is within the tolerance. Groups count as one violation at most, and as one example.
    """
    groups: dict[str, bool] = {}
    for pair in pairs:
        groups[pair.group] = groups.get(pair.group, True) and pair.new
    n, violated = len(groups), list(groups.values()).count(False)
    fresh = tuple(pair.place for pair in pairs if pair.old and not pair.new)
    high = clopper_pearson(violated, n, both_sides(one_sided)).high
    low = clopper_pearson(violated, n, both_sides(one_sided)).low
    wanted = None
    if fresh:
        verdict, reason = Verdict.FAIL, f"{len(fresh)} violations that the baseline did not have."
    elif high <= tolerance:
        verdict, reason = Verdict.PASS, f"At most {high:.2%} would violate, and {tolerance:.2%} is tolerated."
    elif low > tolerance:
        verdict, reason = Verdict.FAIL, f"At least {low:.2%} violate, and {tolerance:.2%} is tolerated."
    else:
        wanted = clean_wanted(tolerance, one_sided)
        verdict = Verdict.INCONCLUSIVE
        reason = f"Up to {high:.2%} may violate. {wanted} examples without any would show {tolerance:.2%}."
    return Row(
        name, "must_not", verdict, reason, n, tolerance,
        old=sum(not pair.old for pair in pairs) / len(pairs), new=sum(not pair.new for pair in pairs) / len(pairs),
        low=low, high=high, method="clopper-pearson", wanted=wanted, lost=fresh,
        gained=tuple(pair.place for pair in pairs if pair.new and not pair.old),
    )  # fmt: skip


def newly_failing(pairs: Sequence[Pair], limit: float, *, one_sided: float, n_min: int) -> Row:
    """How many that passed do not pass any more, by Wilson's bounds."""
    passed = [pair for pair in pairs if pair.old]
    lost = tuple(pair.place for pair in passed if not pair.new)
    bounds = wilson(len(lost), len(passed), both_sides(one_sided))
    if bounds.high <= limit and len(passed) >= n_min:
        verdict = Verdict.PASS
    else:
        verdict = Verdict.FAIL if bounds.low > limit else Verdict.INCONCLUSIVE
    share = len(lost) / len(passed) if passed else None
    reason = f"{len(lost)} of {len(passed)} that passed fail now; between {bounds.low:.2%} and {bounds.high:.2%}."
    return Row(
        "newly failing", "newly_failing", verdict, reason, len(passed), limit,
        new=share, low=bounds.low, high=bounds.high, method="wilson", lost=lost,
    )  # fmt: skip


def budget(
    name: str,
    groups: Sequence[Sequence[float]],
    limit: float,
    *,
    statistic: str,
    one_sided: float,
    n_min: int,
    seed: int,
) -> Row:
    """The mean or the 95th percentile of what the candidate used, against a budget; bounds by bootstrap of groups."""
    values = [value for group in groups for value in group]
    if not values:
        return Row(name, "budget", Verdict.INCONCLUSIVE, "Not every row of the run says what it used.", 0, limit)
    low, high = _drawn(groups, statistic, one_sided, seed)
    at = float(numpy.mean(values) if statistic == "mean" else numpy.quantile(values, 0.95))
    if high <= limit and len(groups) >= n_min:
        verdict = Verdict.PASS
    else:
        verdict = Verdict.FAIL if low > limit else Verdict.INCONCLUSIVE
    reason = f"{at:,.4g} was used, between {low:,.4g} and {high:,.4g}; the budget is {limit:,.4g}."
    return Row(
        name, "budget", verdict, reason, len(values), limit,
        new=at, low=low, high=high, method=f"bootstrap of the {statistic}",
    )  # fmt: skip


def doubted(row: Row, scorer: str) -> Row:
    """What an uncalibrated judge says may refuse, but lets nothing pass."""
    if row.verdict is not Verdict.PASS:
        return row
    reason = f"{scorer} is a judge that was not calibrated against people, so it lets nothing pass. {row.reason}"
    return replace(row, verdict=Verdict.INCONCLUSIVE, reason=reason)


def _wanted(asked: Asked, one_sided: float, n_min: int) -> int:
    n, found = len(asked.pairs), asked.found
    discordance = (found.counts.discordant + 1) / (n + 2)
    return round(max(n_min, pairs_wanted(asked.margin, discordance, one_sided)) * n / found.effective)


def _said(verdict: Verdict, found: Compared, margin: float, evidence: Evidence, wanted: int | None) -> str:
    points = f"{100 * found.low:+.1f} points"
    if verdict is Verdict.PASS:
        drop = " It did drop a little, within the margin." if evidence.p < 0.05 and found.counts.difference < 0 else ""
        return f"No worse than {points}, and {100 * margin:g} are allowed.{drop}"
    if verdict is Verdict.FAIL:
        return f"It got worse (p = {evidence.p:.2g}), perhaps by {points}; {100 * margin:g} are allowed."
    return f"It may be {points}, and {100 * margin:g} are allowed. About {wanted} examples would settle it."


def _drawn(groups: Sequence[Sequence[float]], statistic: str, one_sided: float, seed: int) -> tuple[float, float]:
    generator = numpy.random.Generator(numpy.random.PCG64(seed))
    sizes = numpy.array([len(group) for group in groups], dtype=float)
    if statistic == "mean":
        sums = numpy.array([sum(group) for group in groups])
        weights = generator.multinomial(len(groups), numpy.full(len(groups), 1 / len(groups)), size=DRAWS)
        drawn = (weights @ sums) / (weights @ sizes)
    else:
        arrays = [numpy.asarray(group, dtype=float) for group in groups]
        picks = generator.integers(len(groups), size=(DRAWS // 4, len(groups)))
        drawn = numpy.array([numpy.quantile(numpy.concatenate([arrays[n] for n in pick]), 0.95) for pick in picks])
    low, high = numpy.quantile(drawn, [1 - one_sided, one_sided])
    return float(low), float(high)
