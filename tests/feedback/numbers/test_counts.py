"""Exact tests equal statsmodels and enumeration; sizes are those that were measured."""

from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from statsmodels.stats.contingency_tables import mcnemar as oracle
from statsmodels.stats.multitest import multipletests

from feedback.counts import benjamini_hochberg, clean_wanted, fixed_n, holm, mcnemar, pairs_wanted, sign_flip

SHARES = st.lists(st.floats(0, 1), min_size=1, max_size=6)


@given(st.integers(0, 60), st.integers(0, 60))
def test_mcnemar_equals_statsmodels(gained: int, lost: int) -> None:
    two_sided = float(oracle([[0, gained], [lost, 0]], exact=True).pvalue)
    got = mcnemar(gained, lost).p
    if gained < lost:
        assert got == pytest.approx(two_sided / 2, abs=1e-9)
    elif gained > lost:
        assert got > 0.5
    assert two_sided == pytest.approx(min(1.0, 2 * min(got, mcnemar(lost, gained).p)), abs=1e-9)


def test_the_published_example() -> None:
    evidence = mcnemar(2, 10)
    assert (round(2 * evidence.p, 4), round(2 * evidence.mid_p, 4)) == (0.0386, 0.0225)


def test_four_changed_pairs_prove_nothing_and_five_do() -> None:
    assert (mcnemar(0, 4).p, mcnemar(0, 5).p, mcnemar(0, 0).p) == (0.0625, 0.03125, 1.0)


@given(st.lists(st.integers(-4, 4), max_size=9))
def test_flipped_signs_are_counted_out(differences: list[int]) -> None:
    sizes = [abs(difference) for difference in differences if difference]
    sums = [
        sum(s * size for s, size in zip(signs, sizes, strict=True)) for signs in product((-1, 1), repeat=len(sizes))
    ]
    expected = sum(total <= sum(differences) for total in sums) / len(sums)
    assert sign_flip(differences).p == pytest.approx(expected, abs=1e-12)


@given(st.integers(0, 25), st.integers(0, 25))
def test_clusters_of_one_pair_are_mcnemars_test(gained: int, lost: int) -> None:
    flipped, exact = sign_flip([1] * gained + [-1] * lost + [0] * 5), mcnemar(gained, lost)
    assert (flipped.p, flipped.mid_p) == pytest.approx((exact.p, exact.mid_p), abs=1e-12)


@settings(max_examples=20)
@given(SHARES)
def test_adjusted_p_values_equal_statsmodels(ps: list[float]) -> None:
    assert holm(ps) == pytest.approx(multipletests(ps, method="holm")[1].tolist(), abs=1e-12)
    assert benjamini_hochberg(ps) == pytest.approx(multipletests(ps, method="fdr_bh")[1].tolist(), abs=1e-12)


@pytest.mark.parametrize(
    ("target", "sizes"), [(0.95, [59, 93, 124, 153]), (0.98, [149, 236, 313, 386]), (0.99, [299, 473, 628, 773])]
)
def test_the_fixed_numbers_of_decisions(target: float, sizes: list[int]) -> None:
    assert [fixed_n(target, failures) for failures in range(4)] == sizes


def test_how_many_clean_examples_are_needed() -> None:
    assert [clean_wanted(tolerance) for tolerance in (0.03, 0.01, 0.003)] == [99, 299, 998]


def test_how_many_pairs_are_needed() -> None:
    assert [pairs_wanted(0.02, share) for share in (0.0, 0.05, 0.1)] == [133, 773, 1546]
