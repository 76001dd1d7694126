"""Costs against their own beginning: limits by Student's t, quiet costs stay quiet, a doubling is found in days."""

from datetime import date, timedelta
from math import exp, log, sqrt

import numpy
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from feedback.drift import means
from feedback.drift.means import Spent
from feedback.drift.watch import Cause

START = date(2026, 9, 1)


def spending(
    seed: int, rises: list[float], *, tasks: int = 40, spread: float = 0.8, version: str = "v1"
) -> list[Spent]:
    """Days of lognormal costs with the mean 0.2, times the rise of the day; days themselves differ by a tenth."""
    generator = numpy.random.Generator(numpy.random.PCG64(seed))
    found = []
    for n, rise in enumerate(rises):
        count = int(generator.poisson(tasks))
        usual = 0.2 * rise * exp(generator.normal(0, 0.1))
        costs = usual * numpy.exp(generator.normal(-spread * spread / 2, spread, count))
        found.append(Spent(START + timedelta(days=n), count, float(costs.sum()), version))
    return found


def test_limits_are_a_prediction_interval_of_the_logarithms() -> None:
    """With equal n it is the interval of one more value of a normal sample, by scipy."""
    days = spending(1, [1.0] * 20)
    even = [Spent(day.day, 40, day.mean * 40) for day in days]
    limits = means.usual(means.merged(even)).limits(40)
    logs = [log(day.mean) for day in even]
    reach = stats.t.ppf(1 - 0.00135, 19) * numpy.std(logs, ddof=1) * sqrt(1 + 1 / 20)
    assert (limits.low, limits.high) == pytest.approx((exp(numpy.mean(logs) - reach), exp(numpy.mean(logs) + reach)))


@given(st.integers(20, 400), st.integers(20, 400))
def test_the_more_tasks_the_narrower(few: int, more: int) -> None:
    known = means.usual(means.merged(spending(2, [1.0] * 20)))
    narrow, wide = known.limits(max(few, more)), known.limits(min(few, more))
    assert wide.low <= narrow.low < known.mean < narrow.high <= wide.high


def test_quiet_costs_alarm_seldom_and_a_doubling_is_found_within_a_week() -> None:
    quiet = [means.alarms(spending(seed, [1.0] * 50)) for seed in range(200)]
    risen = [means.alarms(spending(seed, [1.0] * 50 + [2.0] * 7)) for seed in range(200)]
    change = START + timedelta(days=50)
    assert sum(map(bool, quiet)) <= 24
    assert sum(any(alarm.day >= change for alarm in found) for found in risen) >= 190


def test_small_days_are_put_together_and_what_is_left_over_waits() -> None:
    days = [Spent(START + timedelta(days=n), 8, 1.0) for n in range(7)]
    found = means.merged(days)
    assert [(bucket.since, bucket.spent.day, bucket.spent.n, bucket.spent.amount) for bucket in found] == [
        (START, START + timedelta(days=2), 24, 3.0),
        (START + timedelta(days=3), START + timedelta(days=5), 24, 3.0),
    ]


def test_costs_that_never_differ_alarm_only_for_a_change_worth_telling() -> None:
    def after(cost: float) -> int:
        days = [Spent(START + timedelta(days=n), 30, 30 * 0.1) for n in range(20)]
        return len(means.alarms([*days, Spent(START + timedelta(days=20), 30, 30 * cost)]))

    assert [after(cost) for cost in (0.1, 0.104, 0.106, 0.094)] == [0, 0, 1, 1]


def test_a_new_version_is_told_once_as_that_and_has_a_baseline_of_its_own() -> None:
    old = spending(3, [1.0] * 25)
    later = [Spent(day.day + timedelta(days=25), day.n, day.amount * 3, "v2") for day in spending(4, [1.0] * 40)]
    (found,) = means.alarms([*old, *later])
    assert (found.cause, found.day, found.detector) == (Cause.VERSION, START + timedelta(days=25), "t_chart")
    assert found.rate > 2 * found.baseline


def test_days_without_costs_say_nothing() -> None:
    free = [Spent(START + timedelta(days=n), 30, 0.0) for n in range(40)]
    assert (means.spans(free), means.alarms(free)) == ([], [])
