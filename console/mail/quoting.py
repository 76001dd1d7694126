"""Agents' text in a letter. Pure.

A mail program is no page of ours: it makes links of whatever looks like an address and shows line breaks as they come.
So a quoted text stands on one line, every odd character is spelled, and addresses are broken up.
"""

import re

from approvals.marks import spell

TOLD_MAX = 300
VALUE_MAX = 120
SUBJECT_MAX = 80

_SCHEME = re.compile(r"(?<=[A-Za-z])://")
# A dot between a name and what may be a top-level domain; the dots of amounts and dates stay.
_DOT = re.compile(r"(?<=[\w-])\.(?=[^\W\d_]{2,})")


def quoted(text: str, longest: int) -> str:
    """One line of at most `longest` characters of the text, and how much was left out."""
    cut = text[:longest]
    line = _broken_up(_on_one_line(spell(cut)))
    return line if cut == text else f"{line}… ({len(text):,} characters in all: open to see them)"


def in_subject(text: str) -> str:
    """For a header: one line and short."""
    line = _on_one_line(spell(text[:SUBJECT_MAX]))
    return line if len(text) <= SUBJECT_MAX else f"{line}…"


def _on_one_line(spelled: str) -> str:
    return " ".join(spelled.split())


def _broken_up(line: str) -> str:
    return _DOT.sub("[.]", _SCHEME.sub("[://]", line))
