"""An amount stands out against what was usual, whatever a few odd ones in the past do to it."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from approvals.outliers import LEAST, Outlier, outlier

amounts = st.decimals(min_value=0, max_value=10**9, places=2, allow_nan=False, allow_infinity=False)
pasts = st.lists(amounts, min_size=LEAST, max_size=60)
USUAL = [Decimal(n) for n in range(70, 91)]


def test_twelve_times_the_usual_is_told_with_its_figures() -> None:
    assert outlier(Decimal(960), USUAL) == Outlier(Decimal(80), Decimal(90), 21, Decimal(12))


@pytest.mark.parametrize("amount", [0, 80, 90, 110, 159])
def test_less_than_twice_the_usual_never_stands_out(amount: int) -> None:
    assert outlier(Decimal(amount), USUAL) is None


def test_with_fewer_than_twenty_nothing_is_said() -> None:
    assert outlier(Decimal(10**6), USUAL[: LEAST - 1]) is None


def test_among_equal_amounts_only_the_double_stands_out() -> None:
    same = [Decimal(50)] * 30
    assert outlier(Decimal(99), same) is None
    assert outlier(Decimal(100), same) == Outlier(Decimal(50), Decimal(50), 30, Decimal(2))


def test_where_nothing_was_ever_moved_there_is_no_multiple() -> None:
    assert outlier(Decimal(1), [Decimal(0)] * 30) == Outlier(Decimal(0), Decimal(0), 30, None)


def test_one_huge_amount_in_the_past_hides_no_other() -> None:
    assert outlier(Decimal(960), [*USUAL, Decimal(10**6)]) is not None


@given(amounts, pasts)
def test_the_order_of_the_past_does_not_matter(amount: Decimal, past: list[Decimal]) -> None:
    assert outlier(amount, past) == outlier(amount, sorted(past, reverse=True))


@given(amounts, amounts, pasts)
def test_what_is_above_one_that_stands_out_stands_out(one: Decimal, other: Decimal, past: list[Decimal]) -> None:
    low, high = sorted((one, other))
    assert outlier(low, past) is None or outlier(high, past) is not None


@given(pasts)
def test_what_most_of_the_past_reached_does_not_stand_out(past: list[Decimal]) -> None:
    assert outlier(sorted(past)[len(past) // 2], past) is None


@given(amounts, pasts, st.integers(min_value=1, max_value=1000))
def test_the_unit_does_not_matter(amount: Decimal, past: list[Decimal], factor: int) -> None:
    assert (outlier(amount, past) is None) == (outlier(amount * factor, [one * factor for one in past]) is None)
