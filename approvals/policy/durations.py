"""Spans of time as people write them: "0s", "15m", "4h", "30d"."""

import re
from datetime import timedelta

LONGEST = timedelta(days=3660)
_SPAN = re.compile(r"(0|[1-9][0-9]{0,8})([smhd])", re.ASCII)
_SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86400}


def parse_duration(text: str) -> timedelta:
    """A whole number and one of s, m, h, d. Raises ValueError for anything else and for more than ten years."""
    found = _SPAN.fullmatch(text)
    if found is None:
        raise ValueError('write a whole number and one of s, m, h, d, such as "15m"')
    span = timedelta(seconds=int(found[1]) * _SECONDS[found[2]])
    if span > LONGEST:
        raise ValueError("write ten years or less")
    return span


def format_duration(span: timedelta) -> str:
    """The shortest exact way to write a span of whole seconds."""
    seconds = int(span.total_seconds())
    for unit in "dhm":
        if seconds and seconds % _SECONDS[unit] == 0:
            return f"{seconds // _SECONDS[unit]}{unit}"
    return f"{seconds}s"
