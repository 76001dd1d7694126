"""How carefully votes are cast: the arithmetic behind the care view."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from approvals import care
from approvals.care import Cast

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
CASTS = st.lists(
    st.builds(
        Cast,
        at=st.datetimes(NOW.replace(tzinfo=None) - timedelta(days=29), NOW.replace(tzinfo=None)).map(
            lambda at: at.replace(tzinfo=UTC)
        ),
        approved=st.booleans(),
        edited=st.booleans(),
        seconds=st.floats(0, 1e6),
        right=st.none() | st.booleans(),
    ),
    max_size=120,
)


def cast(minutes: float, *, approved: bool = True, seconds: float = 60, right: bool | None = None) -> Cast:
    return Cast(NOW - timedelta(minutes=minutes), approved, False, seconds, right)


@given(CASTS)
def test_every_vote_is_counted_once_by_day_and_once_by_time(casts: list[Cast]) -> None:
    found = care.care(casts, NOW)
    assert sum(day.votes for day in found.days) == found.votes == len(casts)
    assert sum(band.votes for band in found.bands) == len(casts)
    assert sum(band.approved for band in found.bands) == found.approved
    assert sum(day.approved + day.edited for day in found.days) == found.approved
    assert len(found.days) == care.DAYS
    assert all(0 <= band.approved <= band.votes and 0 <= band.rate <= 100 for band in found.bands)


@given(CASTS)
def test_the_order_of_the_votes_does_not_matter(casts: list[Cast]) -> None:
    distinct = list({one.at: one for one in casts}.values())
    assert care.care(distinct, NOW) == care.care(distinct[::-1], NOW)


@given(st.lists(st.booleans()))
def test_a_run_is_what_a_text_of_it_shows(approvals: list[bool]) -> None:
    runs = "".join("a" if approved else "r" for approved in approvals).split("r")
    assert (care.longest(approvals), care.run(approvals)) == (max(map(len, runs)), len(runs[-1]))


@given(st.lists(st.floats(0, 1e6), max_size=100))
def test_a_pace_lies_between_the_fastest_and_the_slowest(seconds: list[float]) -> None:
    recent, usual = care.pace(seconds)
    assert (recent is not None, usual is not None) == (
        len(seconds) >= care.RECENT,
        len(seconds) >= care.RECENT + care.USUAL,
    )
    for found in (recent, usual):
        assert found is None or min(seconds) <= found <= max(seconds)


@pytest.mark.parametrize(
    ("casts", "word"),
    [
        ([], ""),
        ([cast(n) for n in range(30)], ""),
        ([cast(n * 10) for n in range(10)], "90 minutes"),
        ([cast(n * 10 + 20) for n in range(20)], ""),
        ([cast(n * 30) for n in range(50)], "the last 50 in a row"),
        ([cast(n * 30, approved=n != 20) for n in range(50)], ""),
        ([cast(n * 30, approved=n % 3 > 0, seconds=5 if n < 20 else 40) for n in range(60)], "took about 5 s each"),
        ([cast(n * 30, approved=n % 3 > 0, seconds=20 if n < 20 else 40) for n in range(60)], ""),
        ([cast(n * 30, seconds=1) for n in range(19)], ""),
        ([cast(n * 30, right=n > 1) for n in range(5)], ""),
        ([cast(n * 30, right=n > 3) for n in range(5)], "4 of 5 test actions got past you"),
        ([cast(n * 30, right=False) for n in range(4)], ""),
    ],
)
def test_advice_comes_at_its_threshold_and_not_before(casts: list[Cast], word: str) -> None:
    advice = care.care(casts, NOW).advice
    assert [word in line for line in advice] == ([True] if word else [])
