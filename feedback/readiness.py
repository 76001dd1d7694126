"""The five controls that an agent has to meet before anything is widened for it. Pure.

| control | figure | met where |
| --- | --- | --- |
| trace_coverage | share of its actions that came with a trace | the lower bound reaches the threshold |
| tool_success | share of its reported executions that succeeded | the lower bound reaches the threshold |
| policy_violations | actions that policy refused, per 1,000 proposed | the upper bound is within the threshold |
| passing_gate | days since a gate let this version pass, the newest verdict on it | not more than the threshold |
| cost_per_task | mean cost of a task that told one | the upper bound is within the threshold |

Bounds are one-sided 95 %: Clopper and Pearson's (1934) for shares and rates; for the mean cost Student's t over days,
because tasks of one day resemble each other (`mean_cost`). A figure that has not enough behind it meets nothing.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from math import sqrt

from scipy.special import stdtrit

from feedback.intervals import both_sides, clopper_pearson

ONE_SIDED = 0.95
PER = 1000
# Days with costs below which their scatter is no guide.
DAYS_LEAST = 5


class Control(StrEnum):
    TRACE_COVERAGE = "trace_coverage"
    TOOL_SUCCESS = "tool_success"
    POLICY_VIOLATIONS = "policy_violations"
    PASSING_GATE = "passing_gate"
    COST_PER_TASK = "cost_per_task"


class Standing(StrEnum):
    MET = "met"
    MISSED = "missed"
    NOT_SHOWN = "not shown"
    UNOWNED = "nobody answers for it"
    WAIVED = "waived"


# What is usual; a cost has no usual value, so the workspace sets one or waives the control.
THRESHOLDS: dict[Control, float | None] = {
    Control.TRACE_COVERAGE: 0.95,
    Control.TOOL_SUCCESS: 0.95,
    Control.POLICY_VIOLATIONS: 10.0,
    Control.PASSING_GATE: 30.0,
    Control.COST_PER_TASK: None,
}
SHARES = frozenset({Control.TRACE_COVERAGE, Control.TOOL_SUCCESS})
HOLDING = frozenset({Standing.MET, Standing.WAIVED})


@dataclass(frozen=True, slots=True)
class Rule:
    """What a workspace asks. `owned`: somebody who is still there answers for it."""

    threshold: float | None
    owned: bool
    waived: bool = False


@dataclass(frozen=True, slots=True)
class Figure:
    """`value` is in the control's unit, None where there is none; `bound` is the one-sided 95 % bound that is judged;
    `n` is what it is of.
    """

    value: float | None
    bound: float | None
    n: int


@dataclass(frozen=True, slots=True)
class Day:
    """One day's tasks that told a cost, and the sum of these costs."""

    tasks: int
    amount: float


NOTHING = Figure(None, None, 0)


def share(x: int, n: int) -> Figure:
    """x of n, with its lower bound."""
    return Figure(x / n, clopper_pearson(x, n, both_sides(ONE_SIDED)).low, n) if n else NOTHING


def per_thousand(x: int, n: int) -> Figure:
    """x of n, per 1,000, with its upper bound."""
    return Figure(PER * x / n, PER * clopper_pearson(x, n, both_sides(ONE_SIDED)).high, n) if n else NOTHING


def mean_cost(days: Sequence[Day]) -> Figure:
    """The mean over all tasks, with its upper bound; days are the clusters.

    The ratio estimator: r = sum(a) / sum(n), its squared error D / (D - 1) sum((a - r n)^2) / sum(n)^2, and Student's t
    with D - 1 degrees of freedom (Cochran, Sampling Techniques, 1977, section 6.3). No bound below five days.
    """
    seen = [day for day in days if day.tasks]
    tasks = sum(day.tasks for day in seen)
    if not tasks:
        return NOTHING
    ratio, count = sum(day.amount for day in seen) / tasks, len(seen)
    if count < DAYS_LEAST:
        return Figure(ratio, None, tasks)
    scatter = sum((day.amount - ratio * day.tasks) ** 2 for day in seen)
    error = sqrt(count / (count - 1) * scatter) / tasks
    return Figure(ratio, ratio + float(stdtrit(count - 1, ONE_SIDED)) * error, tasks)


def age(days: float | None) -> Figure:
    """Of the newest gate, where that let the version pass; nothing to estimate, so the figure is its own bound."""
    return NOTHING if days is None else Figure(days, days, 1)


def judge(control: Control, rule: Rule, figure: Figure) -> Standing:
    """A waiver needs an owner too. "Missed" where the figure itself is on the wrong side, "not shown" where only its
    bound is.
    """
    if not rule.owned:
        return Standing.UNOWNED
    if rule.waived:
        return Standing.WAIVED
    if rule.threshold is None or figure.value is None:
        return Standing.NOT_SHOWN
    if not _within(control, figure.value, rule.threshold):
        return Standing.MISSED
    shown = figure.bound is not None and _within(control, figure.bound, rule.threshold)
    return Standing.MET if shown else Standing.NOT_SHOWN


def _within(control: Control, value: float, threshold: float) -> bool:
    if control in SHARES:
        return value >= threshold
    return value <= threshold
