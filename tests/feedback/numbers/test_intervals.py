"""Intervals equal statsmodels, published tables and a brute-force search, and cover what they say."""

import numpy
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.optimize import minimize_scalar
from scipy.stats import binom, norm
from statsmodels.stats.proportion import proportion_confint

from feedback.intervals import Interval, Pairs, both_sides, clopper_pearson, jeffreys, newcombe, tango, wilson

METHODS = {"beta": clopper_pearson, "wilson": wilson, "jeffreys": jeffreys}
# Bentur et al. 2009 and Cavo et al. 2012, worked out by Fagerland, Lydersen and Laake (Statistical Analysis of
# Contingency Tables, 2017, chapter 8).
BENTUR = Pairs(1, 1, 7, 12)
CAVO = Pairs(59, 6, 16, 80)


def rounded(interval: Interval, digits: int = 3) -> tuple[float, float]:
    return round(interval.low, digits), round(interval.high, digits)


@pytest.mark.parametrize("method", METHODS)
@given(
    st.integers(1, 400).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))), st.sampled_from([0.9, 0.95, 0.99])
)
def test_a_share_has_the_interval_that_statsmodels_gives(method: str, seen: tuple[int, int], confidence: float) -> None:
    x, n = seen
    expected = proportion_confint(x, n, alpha=1 - confidence, method=method)
    if method == "jeffreys":  # closed at the ends, where statsmodels leaves a sliver
        expected = (0.0 if x == 0 else expected[0], 1.0 if x == n else expected[1])
    got = METHODS[method](x, n, confidence)
    assert (got.low, got.high) == pytest.approx(expected, abs=1e-9)


def test_nothing_seen_allows_everything() -> None:
    assert [method(0, 0) for method in METHODS.values()] == [Interval(0.0, 1.0)] * 3
    assert (newcombe(Pairs(0, 0, 0, 0)), tango(Pairs(0, 0, 0, 0))) == (Interval(-1.0, 1.0), Interval(-1.0, 1.0))


@pytest.mark.parametrize("seen", [(-1, 5), (6, 5)])
def test_what_is_no_share_is_refused(seen: tuple[int, int]) -> None:
    for method in METHODS.values():
        with pytest.raises(ValueError, match="is no share"):
            method(*seen)


def test_the_exact_lower_bounds_behind_autonomy() -> None:
    low = [clopper_pearson(n, n, both_sides(0.95)).low for n in (58, 59, 100)]
    assert low == pytest.approx([0.05 ** (1 / 58), 0.05 ** (1 / 59), 0.05 ** (1 / 100)], abs=1e-12)
    assert low[0] < 0.95 < low[1]


def test_paired_intervals_equal_the_published_ones() -> None:
    assert (rounded(tango(BENTUR)), rounded(newcombe(BENTUR))) == ((-0.517, -0.026), (-0.507, -0.026))
    assert (rounded(tango(CAVO), 4), rounded(newcombe(CAVO), 4)) == ((-0.1240, -0.0054), (-0.1186, -0.0046))


def test_equal_pairs_leave_the_known_doubt() -> None:
    bounds = [tango(Pairs(n, 0, 0, 0), both_sides(0.95)).low for n in (20, 50, 130)]
    z2 = norm.ppf(0.95) ** 2
    assert bounds == pytest.approx([-z2 / (n + z2) for n in (20, 50, 130)], abs=1e-9)
    assert [round(bound, 2) for bound in bounds] == [-0.12, -0.05, -0.02]


def searched_score(gained: int, lost: int, n: int, difference: float) -> float:
    """Tango's statistic with the likeliest share of losses found by search instead of by formula."""
    same = n - gained - lost

    def unlikelihood(share: float) -> float:
        chances = share + difference, share, 1 - 2 * share - difference
        return -sum(
            count * (numpy.log(chance) if chance > 0 else -1e9)
            for count, chance in zip((gained, lost, same), chances, strict=True)
            if count
        )

    least, most = max(0.0, -difference), (1 - difference) / 2
    share = minimize_scalar(unlikelihood, bounds=(least, most), method="bounded", options={"xatol": 1e-13}).x
    variance = n * (2 * share + difference * (1 - difference))
    return float((gained - lost - n * difference) / numpy.sqrt(variance))


@pytest.mark.parametrize("counts", [(12, 5, 60), (3, 9, 40), (1, 1, 25), (30, 41, 200), (0, 4, 50), (6, 0, 33)])
def test_tangos_bounds_are_where_the_searched_score_is_the_quantile(counts: tuple[int, int, int]) -> None:
    gained, lost, n = counts
    bounds = tango(Pairs(n - gained - lost, gained, lost, 0))
    z = norm.ppf(0.975)
    scores = [searched_score(gained, lost, n, bound) for bound in (bounds.low, bounds.high)]
    assert scores == pytest.approx([z, -z], abs=2e-5)


@given(st.tuples(*[st.integers(0, 60)] * 4).filter(lambda c: sum(c) > 0))
def test_turning_old_and_new_turns_the_bounds(counts: tuple[int, int, int, int]) -> None:
    a, b, c, d = counts
    for method in (tango, newcombe):
        there, back = method(Pairs(a, b, c, d)), method(Pairs(a, c, b, d))
        assert (there.low, there.high) == pytest.approx((-back.high, -back.low), abs=1e-9)
        assert -1 <= there.low <= (b - c) / sum(counts) + 1e-12
        assert (b - c) / sum(counts) - 1e-12 <= there.high <= 1


@pytest.mark.parametrize(("method", "least"), [("beta", 0.95), ("wilson", 0.93), ("jeffreys", 0.93)])
@pytest.mark.parametrize("p", [0.03, 0.1, 0.5, 0.92])
def test_a_share_is_covered(method: str, least: float, p: float) -> None:
    """Summed over every count that could be seen, not drawn."""
    n = 120
    covered = [x for x in range(n + 1) if METHODS[method](x, n).low <= p <= METHODS[method](x, n).high]
    coverage = sum(binom.pmf(covered, n, p))
    assert least <= coverage <= 0.999


@pytest.mark.parametrize(
    ("n", "chances"),
    [(50, (0.80, 0.04, 0.06, 0.10)), (150, (0.80, 0.05, 0.05, 0.10)), (300, (0.84, 0.02, 0.05, 0.09))],
)
def test_the_lower_bound_of_a_paired_difference_is_wrong_about_once_in_twenty(
    n: int, chances: tuple[float, float, float, float]
) -> None:
    truth = chances[1] - chances[2]
    drawn = numpy.random.Generator(numpy.random.PCG64(7)).multinomial(n, chances, size=4000)
    patterns, times = numpy.unique(drawn, axis=0, return_counts=True)
    for method in (tango, newcombe):
        above = [method(Pairs(*map(int, row)), both_sides(0.95)).low > truth for row in patterns]
        assert 0.02 <= float((numpy.array(above) * times).sum() / times.sum()) <= 0.062
