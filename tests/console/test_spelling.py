"""Agents' text becomes HTML in one place, and nothing in it can hide or act."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from approvals.marks import segments
from console.templatetags.console import ago, due, laid_out, moment, reason, span, spelled

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "html"),
    [
        ("plain", "plain"),
        ("<b>&\"'", "&lt;b&gt;&amp;&quot;&#x27;"),
        ("a\u202eb", 'a<span class="mark" title="RIGHT-TO-LEFT OVERRIDE">U+202E</span>b'),
        ("\u200b" * 3, '<span class="mark" title="ZERO WIDTH SPACE">3 times U+200B</span>'),
        ("a\nb", 'a<span class="mark soft" title="line feed">↵</span>\nb'),
        (
            "n\u043e",
            'n<span class="odd">\u043e</span><span class="mark" title="CYRILLIC SMALL LETTER O">U+043E</span>',
        ),
    ],
)
def test_hidden_and_disguised_characters_are_spelled_out(text: str, html: str) -> None:
    assert spelled(text) == f'<bdi dir="ltr">{html}</bdi>'


def test_each_line_break_of_a_run_breaks_the_line() -> None:
    assert spelled("a\n\nb").count("↵</span>\n") == 2


def test_line_breaks_of_our_own_indentation_are_not_marked() -> None:
    assert laid_out(segments('{\n  "a": 1\n}')) == '<bdi dir="ltr">{\n  &quot;a&quot;: 1\n}</bdi>'


@given(st.text())
def test_no_text_brings_markup_of_its_own(text: str) -> None:
    html = str(spelled(text))
    ours = html.replace('<bdi dir="ltr">', "").replace("</bdi>", "")
    for tag in ('<span class="mark"', '<span class="mark soft"', '<span class="odd"', "</span>"):
        ours = ours.replace(tag, "")
    assert "<" not in ours


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(0, "0 s"), (119, "119 s"), (120, "2 min"), (7199, "119 min"), (7200, "2 h"), (172800, "2 d")],
)
def test_a_span_is_said_in_one_unit(seconds: float, words: str) -> None:
    assert span(seconds) == words


def test_a_deadline_says_what_is_left_or_how_late_it_is() -> None:
    assert due(NOON + timedelta(minutes=5), NOON) == (
        '<time class="due" datetime="2026-11-20T12:05:00Z" data-due>5 min</time>'
    )
    assert due(NOON - timedelta(minutes=5), NOON) == (
        '<time class="due late" datetime="2026-11-20T11:55:00Z" data-due>5 min late</time>'
    )


def test_absolute_times_bear_their_zone_and_relative_ones_their_moment() -> None:
    assert moment(NOON) == '<time datetime="2026-11-20T12:00:00Z" data-zoned>20 Nov 2026, 12:00 UTC</time>'
    assert ago(NOON - timedelta(hours=3), NOON) == '<time datetime="2026-11-20T09:00:00Z" data-ago>3 h ago</time>'


def test_reasons_are_said_in_words() -> None:
    assert [reason(code) for code in ("amount_too_high", "denied_by_policy")] == [
        "Amount or scope is too large",
        "denied by policy",
    ]
