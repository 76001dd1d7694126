"""Which bytes of a file are asked for."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from compliance.ranges import Span, span, still_the_same

WHOLE = Span(0, 99, is_whole=True)


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        ("", WHOLE),
        ("bytes=0-", Span(0, 99, is_whole=False)),
        ("bytes=0-0", Span(0, 0, is_whole=False)),
        ("bytes=10-19", Span(10, 19, is_whole=False)),
        ("bytes = 10 - 19", Span(10, 19, is_whole=False)),
        ("bytes=90-500", Span(90, 99, is_whole=False)),
        ("bytes=-10", Span(90, 99, is_whole=False)),
        ("bytes=-500", Span(0, 99, is_whole=False)),
        ("bytes=100-", None),
        ("bytes=100-200", None),
        ("bytes=-0", None),
        ("bytes=19-10", WHOLE),
        ("bytes=-", WHOLE),
        ("bytes=0-1,5-6", WHOLE),
        ("lines=0-1", WHOLE),
        ("bytes=" + "9" * 40 + "-", WHOLE),
    ],
)
def test_a_part_or_the_whole(header: str, expected: Span | None) -> None:
    assert span(header, 100) == expected


@given(st.text(max_size=30), st.integers(1, 1000))
def test_a_span_lies_within_the_file(header: str, size: int) -> None:
    for text in (header, "bytes=" + header):
        found = span(text, size)
        assert found is None or 0 <= found.first <= found.last < size


def test_a_part_is_sent_of_the_same_file_alone() -> None:
    assert [
        still_the_same(tag, '"a"') for tag in ("", '"a"', ' "a" ', 'W/"a"', '"b"', "Fri, 20 Nov 2026 10:00:00 GMT")
    ] == [
        True,
        True,
        True,
        False,
        False,
        False,
    ]
