"""Percentiles that are read from buckets are as near as they say."""

import math
from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from approvals.rollups.buckets import ERROR, bucket, quantile, upper

TIMES = st.lists(st.floats(0, 3e6), min_size=1, max_size=200)


@given(TIMES, st.floats(0.01, 1))
def test_a_quantile_is_off_by_less_than_it_says(times: list[float], q: float) -> None:
    told = quantile(Counter(map(bucket, times)), q)
    exact = max(1.0, sorted(times)[max(1, math.ceil(q * len(times))) - 1])
    assert told is not None
    assert abs(told - exact) <= exact * ERROR * 1.000001


@given(st.floats(1.000001, 3e6))
def test_a_time_lies_in_its_bucket(seconds: float) -> None:
    n = bucket(seconds)
    assert upper(n - 1) <= seconds * 1.0000001
    assert seconds <= upper(n) * 1.0000001


@given(TIMES, TIMES)
def test_buckets_of_parts_add_up(one: list[float], other: list[float]) -> None:
    assert Counter(map(bucket, one)) + Counter(map(bucket, other)) == Counter(map(bucket, [*one, *other]))


def test_without_times_there_is_no_quantile() -> None:
    assert (quantile({}, 0.5), ERROR < 0.045, bucket(-3), bucket(1), bucket(2), upper(8)) == (None, True, 0, 0, 8, 2.0)
