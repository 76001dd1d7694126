from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from approvals.policy.durations import format_duration, parse_duration


@pytest.mark.parametrize(
    ("text", "seconds"), [("0s", 0), ("15m", 900), ("4h", 14_400), ("24h", 86_400), ("30d", 2_592_000)]
)
def test_spans_as_people_write_them(text: str, seconds: int) -> None:
    assert parse_duration(text) == timedelta(seconds=seconds)


@pytest.mark.parametrize("text", ["", "15", "m", "1.5h", "-1s", "1 h", "1w", "01s", "99999d", "٣s", "1h30m"])
def test_anything_else_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="write"):
        parse_duration(text)


@given(st.integers(min_value=0, max_value=300_000_000))
def test_what_is_written_reads_back(seconds: int) -> None:
    assert parse_duration(format_duration(timedelta(seconds=seconds))) == timedelta(seconds=seconds)
