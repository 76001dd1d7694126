"""Whether a class of actions has earned to be let through, and whether it has lost that again. Pure.

Promotion is slow and proposed to people, demotion is at once. The record is looked at once, when a number of decisions
fixed beforehand is complete; looking after each decision would let one in five of the barely good pass for good.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import log

import numpy
from numpy.typing import NDArray

from feedback.counts import fixed_n
from feedback.intervals import both_sides, clopper_pearson

ONE_SIDED = 0.95
LEAST_REVIEWERS = 2
LEAST_DAYS = 14
# Success rates that evidence for or against a target is averaged over.
GRID = 200
# An e-value of 20 is wrong at most once in twenty, however often one looks (Ville's inequality).
ENOUGH_E = 20.0
# What is never let through without a person, whatever its record. Tools say what they are in the policy's catalogue.
NEVER = ("payment", "deletion", "permission change", "message to a new recipient", "production deploy", "credentials")


@dataclass(frozen=True, slots=True)
class Scope:
    """`never` names why people keep deciding this class ("payment"), and is empty where nothing forbids it."""

    tool: str
    reversible: bool
    never: str = ""


@dataclass(frozen=True, slots=True)
class Record:
    """Decisions of people in their order, one of each cluster: True where the call went through without a material
    change and nothing bad came of it later. `refused` is whether anybody ever said no to this tool;
    `agreement_low` the lower bound of blind agreement, None while there are too few pairs; `alerts` how many are open.
    """

    good: tuple[bool, ...]
    reviewers: int
    days: int
    agreement_low: float | None = None
    refused: bool = False
    alerts: int = 0
    severe: int = 0


@dataclass(frozen=True, slots=True)
class Rule:
    """`target` is the success rate to be shown; `failures` how many the fixed number of decisions allows for. A
    workspace may ask more: agreement of blind second reviews, and one refusal as a sign that people do look.
    """

    target: float = 0.95
    failures: int = 0
    least_agreement: float | None = None
    needs_refusal: bool = False

    @property
    def wanted(self) -> int:
        """How many decisions the one look takes: 59 for 95 % without a failure."""
        return fixed_n(self.target, self.failures, ONE_SIDED)


@dataclass(frozen=True, slots=True)
class Finding:
    """`lower` is the exact one-sided 95 % bound of success over all decisions; `missing` says in words what is not
    there yet, and is empty where it is earned.
    """

    n: int
    failed: int
    lower: float
    wanted: int
    missing: tuple[str, ...]

    @property
    def earned(self) -> bool:
        return not self.missing


def judge(scope: Scope, record: Record, rule: Rule) -> Finding:
    """Earned only if nothing at all is missing. Both the fixed first decisions and all of them have to reach the
    target: later failures count, later successes rescue nothing.
    """
    n, failed = len(record.good), record.good.count(False)
    lower = _lower(record.good)
    missing = [*_forbidden(scope, record), *_too_little(record, rule)]
    first = record.good[: rule.wanted]
    if n < rule.wanted:
        missing.append(f"{rule.wanted - n} more decisions: the record is looked at when {rule.wanted} are complete")
    elif _lower(first) < rule.target or lower < rule.target:
        missing.append(
            f"a success rate of {rule.target:.0%}: the record shows no more than {min(lower, _lower(first)):.1%}"
        )
    return Finding(n, failed, lower, rule.wanted, tuple(missing))


def _forbidden(scope: Scope, record: Record) -> list[str]:
    found = []
    if scope.never:
        found.append(f"nothing can earn it: people always decide a {scope.never}")
    if not scope.reversible:
        found.append("a tool whose effect can be taken back")
    if record.severe:
        found.append("a record without a severe error")
    return found


def _too_little(record: Record, rule: Rule) -> list[str]:
    found = []
    if record.reviewers < LEAST_REVIEWERS:
        found.append(f"{LEAST_REVIEWERS} different reviewers")
    if record.days < LEAST_DAYS:
        found.append(f"{LEAST_DAYS} days between the first and the last decision")
    if rule.needs_refusal and not record.refused:
        found.append("one refusal: nobody has been seen to say no to this tool")
    if record.alerts:
        found.append("no open alert")
    if rule.least_agreement is not None and (record.agreement_low or 0.0) < rule.least_agreement:
        found.append(f"blind second reviews that agree (AC1 of at least {rule.least_agreement}, by its lower bound)")
    return found


def e_value(good: Sequence[bool], target: float) -> float:
    """Evidence that the success rate is above `target`, valid at every moment: the mean over rates p between target
    and 1 of the likelihood ratio of p to target. Ramdas et al., Statist. Sci. 38 (2023) 576-601.
    """
    return _mixture(good.count(True), good.count(False), target, _middles(target, 1.0))


def e_value_against(good: Sequence[bool], target: float) -> float:
    """The same evidence that it is below `target`: what revokes a right that was granted."""
    return _mixture(good.count(True), good.count(False), target, _middles(0.0, target))


def lost(after: Sequence[bool], target: float, *, severe: int = 0, alerts: int = 0) -> str:
    """Why a granted right ends at once, from audits made since; empty where it stays."""
    if severe:
        return "a severe error"
    if alerts:
        return "an open alert"
    evidence = e_value_against(after, target)
    if evidence >= ENOUGH_E:
        return f"audits show fewer than {target:.0%} right ({after.count(False)} of {len(after)} were wrong)"
    return ""


def _mixture(right: int, wrong: int, target: float, rates: NDArray[numpy.float64]) -> float:
    logs = right * (numpy.log(rates) - log(target)) + wrong * (numpy.log1p(-rates) - log(1 - target))
    return float(numpy.exp(logs).mean())


def _middles(low: float, high: float) -> NDArray[numpy.float64]:
    """The middles of as many equal steps, so that the mean over them is the integral."""
    return low + (high - low) * (numpy.arange(GRID) + 0.5) / GRID


def _lower(good: Sequence[bool]) -> float:
    return clopper_pearson(good.count(True), len(good), both_sides(ONE_SIDED)).low
