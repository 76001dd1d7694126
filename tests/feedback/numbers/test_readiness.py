"""Bounds of the five controls equal scipy's and statsmodels'; what is not shown is not met."""

import numpy
import pytest
import statsmodels.api as sm
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import beta

from feedback import readiness
from feedback.readiness import NOTHING, Control, Day, Figure, Rule, Standing, judge

OWNED = Rule(0.95, owned=True)


@given(st.integers(1, 400).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))
def test_shares_have_the_exact_one_sided_bound(counts: tuple[int, int]) -> None:
    x, n = counts
    low, high = readiness.share(x, n), readiness.per_thousand(x, n)
    assert low.bound == pytest.approx(beta.ppf(0.05, x, n - x + 1) if x else 0.0, abs=1e-9)
    assert high.bound == pytest.approx(1000 * (beta.ppf(0.95, x + 1, n - x) if x < n else 1.0), abs=1e-6)
    assert (low.value, high.value, low.n) == (x / n, 1000 * x / n, n)


def test_a_mean_cost_is_a_ratio_with_days_as_clusters() -> None:
    days = [Day(4, 8.0), Day(10, 31.0), Day(1, 1.5), Day(7, 14.0), Day(12, 40.0), Day(0, 0.0), Day(3, 9.0)]
    seen = [day for day in days if day.tasks]
    tasks, amounts = (numpy.array([getattr(day, name) for day in seen], float) for name in ("tasks", "amount"))
    fitted = sm.WLS(amounts, tasks, weights=1 / tasks).fit(cov_type="HC1", use_t=True)
    found = readiness.mean_cost(days)
    assert found.value == pytest.approx(float(fitted.params[0]), rel=1e-9)
    assert found.bound == pytest.approx(float(fitted.conf_int(0.1)[0][1]), rel=1e-9)
    assert found.n == 37


def test_the_bound_of_a_cost_covers_as_it_says() -> None:
    """Days differ in size and in price; the bound is above the true mean in about 95 of 100 months."""
    generator = numpy.random.Generator(numpy.random.PCG64(7))
    held = 0
    for _ in range(400):
        sizes = generator.poisson(20, 28)
        prices = generator.gamma(16, 0.125, 28)
        days = [
            Day(int(n), float(generator.gamma(4 * n, price / 4))) for n, price in zip(sizes, prices, strict=True) if n
        ]
        bound = readiness.mean_cost(days).bound
        held += bound is not None and bound >= 2.0
    assert 0.91 <= held / 400 <= 0.98


def test_four_days_bound_nothing() -> None:
    found = readiness.mean_cost([Day(50, 100.0)] * 4)
    assert (found.value, found.bound, found.n) == (2.0, None, 200)
    assert readiness.mean_cost([Day(0, 0.0)]) == NOTHING


@pytest.mark.parametrize(
    ("control", "rule", "figure", "standing"),
    [
        (Control.TRACE_COVERAGE, OWNED, readiness.share(59, 59), Standing.MET),
        (Control.TRACE_COVERAGE, OWNED, readiness.share(58, 58), Standing.NOT_SHOWN),
        (Control.TOOL_SUCCESS, OWNED, readiness.share(90, 100), Standing.MISSED),
        (Control.TOOL_SUCCESS, OWNED, NOTHING, Standing.NOT_SHOWN),
        (Control.TOOL_SUCCESS, Rule(0.95, owned=False), readiness.share(59, 59), Standing.UNOWNED),
        (Control.TOOL_SUCCESS, Rule(0.95, owned=False, waived=True), readiness.share(59, 59), Standing.UNOWNED),
        (Control.TOOL_SUCCESS, Rule(None, owned=True, waived=True), NOTHING, Standing.WAIVED),
        (Control.POLICY_VIOLATIONS, Rule(10, owned=True), readiness.per_thousand(0, 299), Standing.MET),
        (Control.POLICY_VIOLATIONS, Rule(10, owned=True), readiness.per_thousand(0, 298), Standing.NOT_SHOWN),
        (Control.POLICY_VIOLATIONS, Rule(10, owned=True), readiness.per_thousand(3, 200), Standing.MISSED),
        (Control.PASSING_GATE, Rule(30, owned=True), readiness.age(30.0), Standing.MET),
        (Control.PASSING_GATE, Rule(30, owned=True), readiness.age(30.1), Standing.MISSED),
        (Control.PASSING_GATE, Rule(30, owned=True), readiness.age(None), Standing.NOT_SHOWN),
        (Control.COST_PER_TASK, Rule(None, owned=True), Figure(1.0, 1.1, 40), Standing.NOT_SHOWN),
        (Control.COST_PER_TASK, Rule(1.0, owned=True), Figure(0.9, None, 40), Standing.NOT_SHOWN),
        (Control.COST_PER_TASK, Rule(1.0, owned=True), Figure(0.9, 0.99, 40), Standing.MET),
    ],
)
def test_a_control_is_met_only_where_it_is_shown(
    control: Control, rule: Rule, figure: Figure, standing: Standing
) -> None:
    assert judge(control, rule, figure) is standing
