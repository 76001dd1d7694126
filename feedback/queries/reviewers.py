"""Override rates with the mix of reviewers held fixed: so that other people's week is not taken for another agent.

Direct standardisation: each reviewer's own rate (of a tool) weighs as much as that reviewer's decisions weigh in the
whole time that is looked at (feedback.drift.watch.standardised).
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TypeVar

from approvals.services.boards.windows import Window
from feedback.drift.charts import Bucket
from feedback.drift.watch import standardised
from feedback.queries import results

# Where those who decided stand for less than this of the usual mix, nothing can be said about the rest.
COVERED = 0.5
LATELY = timedelta(days=7)

K = TypeVar("K")
Strata = dict[str, Bucket]
Series = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Mixed:
    """A rate as it was, of `n` decisions, and as it would have been with the usual mix; that is None where too few of
    the usual reviewers decided.
    """

    n: int
    plain: float
    same: float | None


def by_point(workspace_id: str, window: Window) -> dict[datetime, Mixed]:
    """For each hour or day of the window in which people decided; strata are reviewer and tool."""
    found: dict[datetime, Strata] = {}
    for (at, tool), reviewer, overridden, n in results.reviewed(workspace_id, window, ("at", "tool")):
        _add(found.setdefault(at, {}), f"{reviewer} {tool}", overridden, n)
    return _mixed(found)


def lately(workspace_id: str, at: datetime, reach: timedelta) -> dict[Series, Mixed]:
    """By agent and tool, the last seven whole days within the mix of the whole reach; strata are reviewers."""
    window = results.window(at, reach)
    began = (window.until - LATELY).date()
    spans: dict[Series, dict[bool, Strata]] = {}
    by = ("agent_id", "tool", "at")
    for (agent_id, tool, moment), reviewer, overridden, n in results.reviewed(workspace_id, window, by):
        span = spans.setdefault((agent_id, tool), {}).setdefault(moment.date() >= began, {})
        _add(span, reviewer, overridden, n)
    return {key: mixed for key, parts in spans.items() if (mixed := _mixed(parts).get(True))}


def _mixed(found: Mapping[K, Strata]) -> dict[K, Mixed]:
    weights = _weights(found.values())
    return {key: _held(strata, weights) for key, strata in found.items()}


def _held(strata: Strata, weights: Mapping[str, float]) -> Mixed:
    n, x = sum(bucket.n for bucket in strata.values()), sum(bucket.x for bucket in strata.values())
    covered = sum(weights[name] for name in strata)
    return Mixed(n, x / n, standardised(strata, dict(weights)) if covered >= COVERED else None)


def _weights(parts: Iterable[Strata]) -> dict[str, float]:
    counts: dict[str, int] = {}
    for strata in parts:
        for name, bucket in strata.items():
            counts[name] = counts.get(name, 0) + bucket.n
    whole = sum(counts.values())
    return {name: n / whole for name, n in counts.items()}


def _add(strata: Strata, name: str, overridden: bool, n: int) -> None:
    before = strata.get(name, Bucket(0, 0))
    strata[name] = Bucket(before.x + n * overridden, before.n + n)
