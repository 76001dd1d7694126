"""Reliability equals scikit-learn's; few answers are never called calibrated."""

import numpy
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binom
from sklearn.calibration import calibration_curve
from sklearn.metrics import brier_score_loss
from statsmodels.stats.weightstats import DescrStatsW

from feedback.calibration import Said, calibration

answers = st.lists(st.tuples(st.floats(0, 1), st.booleans()), min_size=2, max_size=200)


@given(answers.filter(lambda said: len({right for _, right in said}) == 2))
def test_scores_and_bins_equal_scikit_learn(said: list[tuple[float, bool]]) -> None:
    found = calibration([Said(*one) for one in said])
    assert found is not None
    confidence, right = map(numpy.array, zip(*said, strict=True))
    assert found.brier == pytest.approx(brier_score_loss(right, confidence), abs=1e-9)
    assert sum(one.n for one in found.bins) == found.n == len(said)
    if not numpy.any(numpy.isclose(confidence * 10, numpy.round(confidence * 10))):  # an edge belongs to the bin above
        share, mean = calibration_curve(right, confidence, n_bins=10)
        assert [one.right for one in found.bins] == pytest.approx(share.tolist())
        assert [one.said for one in found.bins] == pytest.approx(mean.tolist())


def test_the_error_is_weighted_by_bin() -> None:
    said = [Said(0.95, n < 60) for n in range(100)] + [Said(0.55, n < 55) for n in range(100)]
    found = calibration(said)
    assert found is not None
    assert found.error == pytest.approx(0.5 * 0.35 + 0.5 * 0.0)
    assert not found.calibrated


def test_the_bias_is_what_chance_alone_would_make_of_a_calibrated_agent() -> None:
    """De Moivre's mean distance against the sum over the whole binomial, and against simulated agents."""
    for p, n in ((0.1, 7), (0.5, 20), (0.93, 41), (0.999, 300)):
        found = calibration([Said(p, right=True)] * n)
        k = numpy.arange(n + 1)
        assert found is not None
        assert found.bias == pytest.approx(float(binom.pmf(k, n, p) @ abs(k / n - p)), rel=1e-9)
    generator = numpy.random.Generator(numpy.random.PCG64(11))
    errors, biases = [], []
    for _ in range(200):
        said = generator.uniform(0.4, 1.0, 120)
        found = calibration([Said(float(c), bool(generator.random() < c)) for c in said])
        assert found is not None
        errors.append(found.error)
        biases.append(found.bias)
    assert numpy.mean(biases) == pytest.approx(numpy.mean(errors), rel=0.05)


def test_the_interval_of_the_brier_score_is_that_of_a_mean() -> None:
    found = calibration([Said(0.9, n % 7 != 0) for n in range(60)] + [Said(0.4, n % 3 == 0) for n in range(40)])
    squares = [(0.9 - (n % 7 != 0)) ** 2 for n in range(60)] + [(0.4 - (n % 3 == 0)) ** 2 for n in range(40)]
    assert found is not None
    assert found.brier_interval is not None
    assert (found.brier_interval.low, found.brier_interval.high) == pytest.approx(DescrStatsW(squares).zconfint_mean())
    one = calibration([Said(0.9, right=True)])
    assert one is not None
    assert one.brier_interval is None


def test_ninety_nine_perfect_answers_are_too_few() -> None:
    counts = {n: calibration([Said(1.0, right=True)] * n) for n in (99, 100)}
    assert {n: found is not None and found.calibrated for n, found in counts.items()} == {99: False, 100: True}


def test_nothing_said_is_nothing_shown() -> None:
    assert calibration([]) is None
    with pytest.raises(ValueError, match="between 0 and 1"):
        calibration([Said(1.2, right=True)])
