"""Nothing that others wrote is markup in Slack, and nothing in it is hidden."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from console.slack.wording import cut, escaped, plain, sentence, table


@pytest.mark.parametrize(
    ("made", "stands"),
    [
        ('Pays "a«U+202E»b".', 'Pays "a«U+202E»b".'),
        ("Pays N\u043erdwind.", "Pays N\u043e«U+043E»rdwind."),
        ("Pays <!channel> *now*.", "Pays <!channel> *now*."),
    ],
)
def test_a_sentence_keeps_its_marks_and_gets_those_that_it_lacks(made: str, stands: str) -> None:
    assert sentence(made) == stands


def test_what_slack_reads_as_markup_calls_nobody() -> None:
    assert escaped("<!channel> & <@U1> <https://x|y>") == "&lt;!channel&gt; &amp; &lt;@U1&gt; &lt;https://x|y&gt;"


def test_only_plain_words_are_set_in_bold() -> None:
    [block] = table([("amount_usd", "80"), ("*a*", "1"), ("<!here>", "2")])
    assert [cell["type"] for cell in block["fields"]] == ["mrkdwn", "plain_text"] + ["plain_text"] * 4


@given(st.text(max_size=400), st.integers(2, 200))
def test_a_cut_is_seen(text: str, limit: int) -> None:
    kept = cut(text, limit)
    assert len(kept) <= limit
    assert kept == text or kept.endswith("…")
    assert 1 <= len(plain(text, limit)["text"]) <= limit
