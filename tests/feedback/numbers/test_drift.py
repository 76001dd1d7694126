"""Charts know n, sums find a rise within days, a quiet stream stays quiet, and a change of ours is no drift."""

from datetime import date, timedelta
from itertools import pairwise
from math import log, sqrt

import numpy
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binom, chi2, geom

from feedback.drift import charts, psi, sums
from feedback.drift.charts import Bucket
from feedback.drift.watch import Alarm, Cause, Day, alarms, phases, standardised

START = date(2026, 9, 1)


def stream(seed: int, rates: list[float], a_day: int = 40, policies: list[str] | None = None) -> list[Day]:
    """Decisions of so many days, each drawn with its rate."""
    generator = numpy.random.Generator(numpy.random.PCG64(seed))
    return [
        Day(START + timedelta(days=n), int(generator.binomial(a_day, rate)), a_day, (policies or ["p1"] * 999)[n], "v1")
        for n, rate in enumerate(rates)
    ]


@given(st.floats(0.001, 0.999), st.integers(1, 300))
def test_limits_are_binomial_quantiles(p0: float, n: int) -> None:
    limits = charts.exact_limits(p0, n)
    assert (round(limits.low * n), round(limits.high * n)) == (
        int(binom.ppf(charts.TAIL, n, p0)),
        int(binom.ppf(1 - charts.TAIL, n, p0)),
    )
    assert binom.cdf(round(limits.low * n) - 1, n, p0) < charts.TAIL + 1e-12
    assert binom.sf(round(limits.high * n), n, p0) <= charts.TAIL + 1e-12


def test_small_days_do_not_cry_wolf() -> None:
    """Three sigmas at n = 20 and 5 % are crossed by 1.6 % of quiet days; the exact limit by 0.13 % at most."""
    n, p0 = 20, 0.05
    three_sigmas = p0 + 3 * sqrt(p0 * (1 - p0) / n)
    assert round(float(binom.sf(int(three_sigmas * n), n, p0)), 3) == 0.016
    assert binom.sf(round(charts.exact_limits(p0, n).high * n), n, p0) < charts.TAIL


def test_laney_by_hand() -> None:
    buckets = [Bucket(x, 50) for x in (2, 9, 1, 8, 2, 10, 3, 9, 1, 8)]
    p0, sigma = 0.1, sqrt(0.1 * 0.9 / 50)
    z = [(bucket.x / 50 - p0) / sigma for bucket in buckets]
    phi = sum(abs(b - a) for a, b in pairwise(z)) / 9 / 1.128
    assert charts.laney_phi(buckets, p0) == pytest.approx(phi)
    assert phi > charts.OVERDISPERSED
    reach = 3 * phi * sigma
    limits = charts.p_chart(buckets[:1], p0, phi)[0]
    assert (limits.low, limits.high) == pytest.approx((max(0.0, p0 - reach), p0 + reach))
    assert charts.p_chart(buckets[:1], p0, 1.2) == [charts.exact_limits(p0, 50)]


def test_days_that_differ_more_than_chance_alarm_less_with_laney() -> None:
    generator = numpy.random.Generator(numpy.random.PCG64(5))
    rates = generator.beta(0.1 * 19, 0.9 * 19, size=400)  # correlation within a day: 0.05
    buckets = [Bucket(int(generator.binomial(60, rate)), 60) for rate in rates]
    phi = charts.laney_phi(buckets[:60], 0.1)
    crossed = [
        sum(not limit.low <= bucket.share <= limit.high for bucket, limit in zip(buckets, limits, strict=True))
        for limits in (charts.p_chart(buckets, 0.1), charts.p_chart(buckets, 0.1, phi))
    ]
    assert crossed[0] > 3 * crossed[1]
    assert crossed[0] > 15


def test_small_buckets_are_put_together() -> None:
    small = [Bucket(1, 8), Bucket(0, 7), Bucket(2, 9), Bucket(1, 30), Bucket(1, 3)]
    assert charts.merged(small) == [(2, Bucket(3, 24)), (3, Bucket(1, 30))]


def test_the_smoothed_line_has_the_limits_of_its_formula() -> None:
    p0, n, weight, width = 0.1, 60, 0.2, 2.7
    line = charts.ewma([Bucket(6, n)] * 12, p0, weight, width)
    sigma = sqrt(p0 * (1 - p0) / n)
    expected = [width * sigma * sqrt(weight / (2 - weight) * (1 - (1 - weight) ** (2 * t))) for t in range(1, 13)]
    assert [point.high - p0 for point in line] == pytest.approx(expected)
    assert [point.value for point in line] == pytest.approx([p0] * 12)


@given(st.floats(0.0005, 0.2))
def test_gaps_between_rare_events_are_geometric(p0: float) -> None:
    limit = charts.gap_limit(p0)
    assert geom.cdf(limit + 1, p0) <= charts.TAIL + 1e-12 < geom.cdf(limit + 2, p0) + 1e-9


def test_the_sum_adds_likelihood_ratios() -> None:
    event, quiet = log(0.16 / 0.08), log(0.84 / 0.92)
    steps = sums.cusum([Bucket(0, 40), Bucket(9, 40), Bucket(8, 40), Bucket(3, 40)], 0.08, threshold=6.0)
    first = max(0.0, 9 * event + 31 * quiet)
    assert [step.value for step in steps[:3]] == pytest.approx([0.0, first, first + 8 * event + 32 * quiet])
    assert [(step.crossed, step.since) for step in steps] == [(False, 0), (False, 1), (True, 1), (False, 3)]


@pytest.mark.parametrize("rates", [(0.0, None), (0.2, 0.1), (1.0, None), (0.5, 1.0)])
def test_no_rise_can_be_looked_for(rates: tuple[float, float | None]) -> None:
    with pytest.raises(ValueError, match="cannot be looked for"):
        sums.cusum([Bucket(1, 2)], rates[0], rates[1])


def test_a_rise_from_8_to_16_percent_alarms_within_7_days() -> None:
    risen = stream(2026, [0.08] * 60 + [0.16] * 14)
    found = alarms(risen)
    change = START + timedelta(days=60)
    assert [alarm for alarm in found if alarm.day < change] == []
    assert found[0].cause is Cause.DRIFT
    assert (found[0].day - change).days < 7


def test_nearly_every_such_rise_is_found_within_7_days() -> None:
    change = START + timedelta(days=60)
    late = 0
    for seed in range(100):
        after = [alarm.day for alarm in alarms(stream(seed, [0.08] * 60 + [0.16] * 7)) if alarm.day >= change]
        late += not after
    assert late <= 20


def test_a_flat_stream_is_quiet_for_30_days() -> None:
    assert alarms(stream(2026, [0.08] * 60)) == []


def test_flat_streams_alarm_seldom() -> None:
    """Over 30 days after the baseline, which itself is a guess from 800 decisions."""
    alarmed = sum(bool(alarms(stream(seed, [0.08] * 50))) for seed in range(200))
    assert alarmed <= 26


@pytest.mark.parametrize("changed", ["policy", "version"])
def test_what_moves_with_a_change_of_ours_is_no_drift(changed: str) -> None:
    days = stream(4, [0.08] * 40 + [0.2] * 40, policies=["p1"] * 40 + ["p2"] * 40)
    if changed == "version":
        days = [Day(day.day, day.x, day.n, "p1", "v1" if day.policy == "p1" else "v2") for day in days]
    found = alarms(days)
    assert [alarm.cause for alarm in found] == [Cause(changed)]
    assert 0 <= (found[0].day - (START + timedelta(days=40))).days < 7


def test_drift_after_a_change_is_drift_again() -> None:
    days = stream(4, [0.08] * 40 + [0.2] * 40 + [0.5] * 5, policies=["p1"] * 40 + ["p2"] * 45)
    assert [alarm.cause for alarm in alarms(days)][:2] == [Cause.POLICY, Cause.DRIFT]


def test_nothing_is_said_before_a_baseline() -> None:
    assert alarms(stream(1, [0.05] * 6 + [0.9] * 6)) == []


def test_versions_that_take_turns_are_two_phases() -> None:
    days = [Day(START + timedelta(days=n), 1, 10, "p1", version) for n in range(4) for version in ("v1", "v2")]
    days.append(Day(START, 0, 0, "p1", "v3"))
    assert [(phase.version, len(phase.days)) for phase in phases(days)] == [("v1", 4), ("v2", 4)]


def test_an_alarm_says_what_was_seen() -> None:
    days = [Day(START + timedelta(days=n), 4, 50, "p1", "v1") for n in range(20)]
    days.append(Day(START + timedelta(days=20), 20, 50, "p1", "v1"))
    p0 = 80.5 / 1001
    limit = float(binom.ppf(1 - charts.TAIL, 50, p0)) / 50
    value = 20 * log(2) + 30 * log((1 - 2 * p0) / (1 - p0))
    on = START + timedelta(days=20)
    found = alarms(days)
    assert found[0].statistic == pytest.approx(value)
    assert found == [
        Alarm(on, on, "cusum", Cause.DRIFT, p0, 0.4, 50, found[0].statistic, 4.0),
        Alarm(on, on, "p_chart", Cause.DRIFT, p0, 0.4, 50, 0.4, limit),
    ]


def test_another_mix_of_reviewers_is_not_another_agent() -> None:
    weights = {"ada": 0.5, "ben": 0.5}
    before = {"ada": Bucket(5, 100), "ben": Bucket(2, 10)}
    after = {"ada": Bucket(1, 20), "ben": Bucket(20, 100)}
    assert standardised(before, weights) == pytest.approx(standardised(after, weights)) == pytest.approx(0.125)
    assert standardised({"ada": Bucket(5, 100)}, weights) == pytest.approx(0.05)
    with pytest.raises(ValueError, match="None of the weighted strata"):
        standardised({}, weights)


@pytest.mark.parametrize(("n", "limit"), [(100, 0.173), (200, 0.088), (500, 0.037)])
def test_the_null_limit_knows_n(n: int, limit: float) -> None:
    """Against a large reference the 95 % points are those that were measured."""
    found = psi.shift([100_000] * 10, [n // 10] * 10)
    assert found.limit == pytest.approx(chi2.ppf(0.99, 9) * (1 / n + 1e-6))
    assert round(float(chi2.ppf(0.95, 9)) / n, 3) == pytest.approx(limit, abs=0.005)


def test_the_folklore_cut_off_alarms_without_drift_and_ours_does_not() -> None:
    generator = numpy.random.Generator(numpy.random.PCG64(3))
    found = [psi.shift([1000] * 10, generator.multinomial(100, [0.1] * 10).tolist()) for _ in range(500)]
    assert sum(one.index > 0.1 for one in found) > 150
    assert sum(one.index > one.limit for one in found) < 25
    assert not any(one.alert for one in found)


def test_a_large_shift_alarms_and_says_how_sure() -> None:
    found = psi.shift([50, 50, 100, 200], [150, 120, 90, 40])
    expected = sum(
        (b / 400 - a / 400) * log(b / a) for a, b in zip([50, 50, 100, 200], [150, 120, 90, 40], strict=True)
    )
    assert found.index == pytest.approx(expected)
    assert (found.alert, found.p < 1e-6, found.n) == (True, True, 400)


def test_bins_hold_equally_many() -> None:
    values = [float(n) for n in range(100)]
    inner = psi.edges(values, 5)
    assert psi.binned(values, inner) == [20] * 5
    assert psi.counted(["a", "b", "a"], ["c"]) == ([2, 1, 0], [0, 0, 1])


@pytest.mark.parametrize(("then", "now"), [([1], [1]), ([1, 2], [1]), ([0, 0], [1, 1]), ([1, 1], [0, 0])])
def test_counts_that_cannot_be_compared_are_refused(then: list[int], now: list[int]) -> None:
    with pytest.raises(ValueError, match="Two counts over the same"):
        psi.shift(then, now)
