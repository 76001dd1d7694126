"""A call as a page shows it: the tool's name, and the arguments laid out in one order."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import orjson

from approvals.marks import Segment, segments


@dataclass(frozen=True, slots=True)
class CallShown:
    """For `parts/_call.html`; line breaks of the layout are ours, those of a text are escapes in it."""

    tool: str
    args: tuple[Segment, ...]


def call_shown(call: Mapping[str, Any] | None) -> CallShown | None:
    """Of `{"tool": …, "args": {…}}`. Keys are sorted, so that one call can be read beside another."""
    if not call:
        return None
    args = orjson.dumps(call["args"], option=orjson.OPT_INDENT_2 | orjson.OPT_SORT_KEYS).decode()
    return CallShown(call["tool"], tuple(segments(args)))
