"""Names of tools with `*` for any run of characters (dots too). Linear in the name, whatever the pattern."""

import re
from collections.abc import Iterable

PATTERN = re.compile(r"[A-Za-z0-9_*][A-Za-z0-9_.*:/-]{0,199}", re.ASCII)


def fits(pattern: str, name: str) -> bool:
    """Whether the whole name fits; case counts."""
    head, *rest = pattern.split("*")
    if not rest:
        return pattern == name
    tail = rest.pop()
    if len(name) < len(head) + len(tail) or not name.startswith(head) or not name.endswith(tail):
        return False
    at, end = len(head), len(name) - len(tail)
    for part in rest:
        found = name.find(part, at, end)
        if found < 0:
            return False
        at = found + len(part)
    return True


def fits_any(patterns: Iterable[str], name: str) -> bool:
    return any(fits(pattern, name) for pattern in patterns)


def closeness(pattern: str) -> tuple[bool, int]:
    """Sorts patterns from vague to exact: a plain name beats a glob, more letters beat fewer."""
    return "*" not in pattern, len(pattern.replace("*", ""))
