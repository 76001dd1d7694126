"""A person is told of one agent a few times in a window, then once for many, then not at all."""

from collections import Counter
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from approvals.escalation import flood

BEGINNING = datetime(2023, 1, 1, tzinfo=UTC)
moments = st.integers(0, 5 * 365 * 86_400_000).map(lambda ms: BEGINNING + timedelta(milliseconds=ms))


@given(moments)
def test_every_moment_is_in_one_window_by_the_clock(at: datetime) -> None:
    since = flood.since(at)
    assert since <= at < since + flood.WINDOW
    assert flood.since(since) == since == flood.since(since + flood.WINDOW - timedelta(microseconds=1))
    assert since.minute % 10 == since.second == since.microsecond == 0


def test_one_stands_for_all_that_come_after_the_first_few() -> None:
    places = Counter(flood.place(count) for count in range(1, 101))
    assert places == {"single": flood.SINGLE, "many": 1, "collapsed": 99 - flood.SINGLE}
