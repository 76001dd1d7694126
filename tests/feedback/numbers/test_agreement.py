"""Coefficients equal statsmodels, scikit-learn and published tables; intervals cover; too little says nothing."""

from collections.abc import Sequence

import numpy
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import cohen_kappa_score
from statsmodels.stats.inter_rater import cohens_kappa, fleiss_kappa

from feedback.agreement import statistics
from feedback.agreement.summary import Agreement, Coefficient, summary
from feedback.agreement.table import pairs_table, table
from feedback.intervals import clopper_pearson, wilson

WORDS = ("approve", "edit", "reject")
# The reliability data of Krippendorff (Content Analysis; "Computing Krippendorff's Alpha-Reliability", 2011, part C):
# four observers, twelve units, five values; a dot is no rating.
OBSERVERS = ("123321412...", "1233224125.3", ".3332342251.", "12332441251.")
DIGITS = ("1", "2", "3", "4", "5")
UNITS = [[None if mark == "." else mark for mark in unit] for unit in zip(*OBSERVERS, strict=True)]

pairs = st.lists(st.tuples(st.sampled_from(WORDS), st.sampled_from(WORDS)), min_size=2, max_size=60)


def value(statistic: statistics.Statistic, items: Sequence[Sequence[str | None]], categories: Sequence[str]) -> float:
    made = table(items, categories)
    return float(statistic(made.counts, made.weights).value)


def test_the_published_alpha_ac1_and_kappa_of_krippendorffs_observers() -> None:
    made = table(UNITS, DIGITS)
    alphas = [
        round(float(statistics.krippendorff(made.counts, made.weights, level).value), 3)
        for level in ("nominal", "ordinal", "interval")
    ]
    assert alphas == [0.743, 0.815, 0.849]
    assert round(value(statistics.gwet_ac1, UNITS, DIGITS), 5) == 0.77544
    assert round(float(statistics.raw(made.counts, made.weights)), 4) == 0.8182


def test_ac1_is_steady_where_kappa_is_not() -> None:
    skewed = [("a", "a")] * 118 + [("a", "r")] * 5 + [("r", "a")] * 2
    cells = pairs_table(skewed, ("a", "r"))
    assert round(float(statistics.cohen(cells).value), 3) == -0.023
    assert round(value(statistics.krippendorff, skewed, ("a", "r")), 3) == -0.025
    assert round(value(statistics.gwet_ac1, skewed, ("a", "r")), 3) == 0.941


@given(pairs)
def test_kappa_equals_scikit_learn_and_statsmodels(items: list[tuple[str, str]]) -> None:
    cells = pairs_table(items, WORDS)
    got = float(statistics.cohen(cells).value)
    first, second = zip(*items, strict=True)
    if len(set(first) | set(second)) == 1:
        assert numpy.isnan(got)
        return
    assert got == pytest.approx(cohen_kappa_score(first, second, labels=list(WORDS)), abs=1e-9)
    assert got == pytest.approx(float(cohens_kappa(cells, return_results=False)), abs=1e-9)


@given(st.integers(2, 6), st.data())
def test_fleiss_equals_statsmodels(raters: int, data: st.DataObject) -> None:
    row = st.lists(st.sampled_from(WORDS), min_size=raters, max_size=raters)
    items = data.draw(st.lists(row, min_size=2, max_size=30))
    counts = numpy.array([[ratings.count(word) for word in WORDS] for ratings in items])
    got = value(statistics.fleiss, items, WORDS)
    if len({rating for ratings in items for rating in ratings}) == 1:
        assert numpy.isnan(got)
    else:
        assert got == pytest.approx(float(fleiss_kappa(counts)), abs=1e-9)


@given(pairs)
def test_alpha_is_scotts_pi_with_its_small_sample_correction(items: list[tuple[str, str]]) -> None:
    """For two raters and no gaps: 1 - alpha = (1 - pi)(1 - 1/2n), with pi as statsmodels' Fleiss gives it."""
    if len({rating for pair in items for rating in pair}) == 1:
        return
    counts = numpy.array([[pair.count(word) for word in WORDS] for pair in items])
    scott = float(fleiss_kappa(counts))
    expected = 1 - (1 - scott) * (1 - 1 / (2 * len(items)))
    assert value(statistics.krippendorff, items, WORDS) == pytest.approx(expected, abs=1e-9)


@given(pairs)
def test_each_class_agrees_as_its_formula_says(items: list[tuple[str, str]]) -> None:
    made = table(items, WORDS)
    got = statistics.specific(made.counts, made.weights)
    for place, word in enumerate(WORDS):
        both = sum(pair == (word, word) for pair in items)
        one = sum((first == word) != (second == word) for first, second in items)
        expected = 2 * both / (2 * both + one) if both + one else numpy.nan
        assert got[place] == pytest.approx(expected, nan_ok=True)


@given(st.lists(st.lists(st.sampled_from(WORDS) | st.none(), min_size=1, max_size=5), min_size=1, max_size=20))
def test_the_order_of_items_and_raters_changes_nothing(items: list[list[str | None]]) -> None:
    turned = [list(reversed(ratings)) for ratings in reversed(items)]
    for statistic in (statistics.gwet_ac1, statistics.krippendorff, statistics.fleiss):
        assert value(statistic, items, WORDS) == pytest.approx(value(statistic, turned, WORDS), nan_ok=True)


def test_twenty_nine_pairs_are_not_enough() -> None:
    items = [("approve", "approve")] * 28 + [("approve", "reject"), ("approve", None)]
    assert summary(items, WORDS, seed=1) == Agreement(items=29, disputed=1, enough=False)


def test_thirty_equal_pairs_do_not_prove_perfection() -> None:
    found = summary([("approve", "approve")] * 27 + [("reject", "reject")] * 3, WORDS, seed=1)
    exact = clopper_pearson(30, 30)
    chance = (0.9 * 0.1 + 0.1 * 0.9) / 2
    assert (found.raw, found.cohen and found.cohen.value) == (Coefficient(1.0, wilson(30, 30)), 1.0)
    assert found.ac1 is not None
    assert found.ac1.interval is not None
    assert found.ac1.value == 1.0
    assert found.ac1.interval.low == pytest.approx((exact.low - chance) / (1 - chance))
    assert found.reading == "anchor"


def test_one_category_defines_no_kappa() -> None:
    found = summary([("approve", "approve")] * 40, WORDS, seed=1)
    assert (found.cohen, found.alpha, found.fleiss) == (Coefficient(None, None),) * 3
    assert found.ac1 is not None
    assert found.ac1.value == 1.0


def test_the_same_seed_draws_the_same() -> None:
    items = [("approve", "approve")] * 80 + [("approve", "reject")] * 12 + [("reject", "reject")] * 8
    assert summary(items, WORDS, seed=3) == summary(list(reversed(items)), WORDS, seed=3)


def test_a_rating_outside_the_categories_is_refused() -> None:
    with pytest.raises(ValueError, match="'maybe' is none of the categories"):
        table([("maybe", "approve")], WORDS)


def seen_twice(generator: numpy.random.Generator, n: int) -> list[tuple[str, str]]:
    """Two reviewers who are each right in 95 of 100 cases, one of ten cases being a reject."""
    truth = generator.random(n) < 0.1
    marks = [numpy.where(generator.random(n) < 0.95, truth, ~truth) for _ in range(2)]
    return [
        ("reject" if one else "approve", "reject" if other else "approve") for one, other in zip(*marks, strict=True)
    ]


@pytest.mark.parametrize("n", [40, 120, 300])
def test_the_interval_of_ac1_covers_the_truth(n: int) -> None:
    generator = numpy.random.Generator(numpy.random.PCG64(11))
    words = ("approve", "reject")
    truth = value(statistics.gwet_ac1, seen_twice(generator, 400_000), words)
    covered = 0
    for seed in range(400):
        found = summary(seen_twice(generator, n), words, seed=seed).ac1
        assert found is not None
        assert found.interval is not None
        covered += found.interval.low <= truth <= found.interval.high
    assert covered / 400 >= 0.92
