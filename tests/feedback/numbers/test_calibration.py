"""Reliability equals scikit-learn's; few answers are never called calibrated."""

import numpy
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.calibration import calibration_curve
from sklearn.metrics import brier_score_loss

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


def test_ninety_nine_perfect_answers_are_too_few() -> None:
    counts = {n: calibration([Said(1.0, right=True)] * n) for n in (99, 100)}
    assert {n: found is not None and found.calibrated for n, found in counts.items()} == {99: False, 100: True}


def test_nothing_said_is_nothing_shown() -> None:
    assert calibration([]) is None
    with pytest.raises(ValueError, match="between 0 and 1"):
        calibration([Said(1.2, right=True)])
