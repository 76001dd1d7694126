"""Texts for Slack. Whatever an agent or a person wrote goes out as plain text with its hidden characters spelled; only
our own words are marked up.
"""

import re
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from approvals.marks import spell

# Slack's limits: text of a section, of a header, of a field, of an option, of a confirm dialog, of a spoken label.
SECTION, HEADER, FIELD, OPTION, CONFIRM, LABEL = 3000, 150, 2000, 75, 300, 75
BARS = {"low": "▮▯▯▯", "medium": "▮▮▯▯", "high": "▮▮▮▯", "critical": "▮▮▮▮"}

ROWS = 5
_MARK = re.compile(r"(«U\+[0-9A-F]{4,6}»)")
_WORD = re.compile(r"[A-Za-z][A-Za-z0-9_.-]{0,80}")

Block = dict[str, Any]


def plain(text: str, limit: int = SECTION) -> Block:
    """A text object in which nothing is a link, a mention or a format. Never empty, which Slack refuses."""
    return {"type": "plain_text", "text": cut(text, limit) or " ", "emoji": False}


def marked(text: str) -> Block:
    """A text object in Slack's markup: for our own words, and others' only through `escaped`."""
    return {"type": "mrkdwn", "text": cut(text, SECTION)}


def escaped(text: str) -> str:
    """For the one line that Slack reads as markup in any case: so no text can call a channel together."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def cut(text: str, limit: int) -> str:
    """At most `limit` characters, with a sign where something was left out."""
    return text if len(text) <= limit else text[: limit - 1] + "…"


def told(text: str) -> str:
    """Untrusted text as one plain text, hidden and disguised characters spelled as code points."""
    return spell(text)


def sentence(text: str) -> str:
    """One of our sentences with an agent's values in it: what cannot be seen was spelled when it was made, and stays
    so; what passes for another letter is spelled here.
    """
    return "".join(part if _MARK.fullmatch(part) else spell(part) for part in _MARK.split(text))


def date(at: datetime, shape: str = "{date_short_pretty} at {time}") -> str:
    """Drawn by Slack in the reader's own zone; the fall-back is in UTC."""
    return f"<!date^{int(at.timestamp())}^{shape}|{at:%d %b %Y, %H:%M} UTC>"


def section(text: str) -> Block:
    return {"type": "section", "text": plain(text)}


def context(*elements: Block) -> Block:
    return {"type": "context", "elements": list(elements)}


def header(text: str) -> Block:
    return {"type": "header", "text": plain(text, HEADER)}


def table(rows: Sequence[tuple[str, str]]) -> list[Block]:
    """Names to the left, values to the right; ten fields to a section. A name that Slack could take for markup stays
    plain.
    """
    cells = [
        (marked(f"*{name}*") if _WORD.fullmatch(name) else plain(name, FIELD), plain(text, FIELD))
        for name, text in rows
    ]
    return [
        {"type": "section", "fields": [cell for row in cells[n : n + ROWS] for cell in row]}
        for n in range(0, len(cells), ROWS)
    ]


def option(text: str, value: str) -> Block:
    return {"text": plain(text, OPTION), "value": value}
