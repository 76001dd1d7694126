"""The protocol without a socket: what is tried again, when, and what a problem says."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from countersign import Retry
from countersign.wire import Answer, problem_of, retry_after

NOW = datetime(2026, 11, 12, 10, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        (None, None),
        ("0", 0.0),
        ("7", 7.0),
        ("86400", 60.0),
        ("Thu, 12 Nov 2026 10:00:05 GMT", 5.0),
        ("Thu, 12 Nov 2026 09:00:00 GMT", 0.0),
        ("-1", None),
        ("soon", None),
        ("1.5", None),
        ("²", None),
    ],
)
def test_retry_after_in_both_forms(text: str | None, seconds: float | None) -> None:
    assert retry_after(text, NOW) == seconds


@given(text=st.text())
def test_retry_after_of_anything_is_seconds_or_none(text: str) -> None:
    seconds = retry_after(text, NOW)
    assert seconds is None or 0 <= seconds <= 60


@given(body=st.binary(), status=st.integers(400, 599))
def test_any_body_becomes_a_problem(body: bytes, status: int) -> None:
    assert problem_of(Answer(status, {}, body)).status == status


def test_a_problem_of_another_shape_keeps_its_text() -> None:
    problem = problem_of(Answer(502, {}, b"<html>bad gateway</html>"))
    assert (problem.code, problem.detail, problem.errors) == ("http_502", "<html>bad gateway</html>", ())


@given(attempt=st.integers(0, 10_000))
def test_pauses_double_to_a_cap_and_are_spread(attempt: int) -> None:
    whole = min(5.0, 0.1 * 2.0 ** min(attempt, 16))
    assert whole / 2 <= Retry().pause(attempt) <= whole
