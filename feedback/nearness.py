"""Which examples are nearly the same: one 64-bit hash of a call as it reads without numbers, names of rows and looks.

Two calls that differ only in order number, amount, date, letter case or spacing get the same hash and so never stand on
both sides of a split. Where a call carries hardly any words, its names of rows are all that tells it from others: they
count then, and only numbers and dates do not. Pure.
"""

import re
from collections.abc import Iterator
from hashlib import sha256
from typing import Any

_NUMBERED = re.compile(r"[\w.:/-]*[0-9][\w.:/-]*")
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}[\w:.+-]*")
_WORD = re.compile(r"[^\W\d_]{3,}")
WORDS_MIN = 3
MASK = "#"


def cluster(tool: str, args: Any, said: str) -> int:
    """`said` is what was asked of the agent, "" where nobody knows. Signed, as databases keep 64 bits."""
    words = _WORD.findall(_NUMBERED.sub(MASK, " ".join([said, *_texts(args)])))
    mask = _NUMBERED if len(set(words)) >= WORDS_MIN else _DATE
    spelled = _spelled(args, mask)
    if not any(character.isalnum() for character in "".join(_texts(args)) + said):
        # Numbers alone: without them every call of the tool would be the same.
        spelled = _spelled(args, None)
    return key("cluster", f"{tool}\n{_bare(mask.sub(MASK, said))}\n{spelled}")


def key(domain: str, text: str) -> int:
    return int.from_bytes(sha256(f"countersign.{domain}/1\n{text}".encode()).digest()[:8], "big", signed=True)


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for item in value.values():
            yield from _texts(item)
    elif isinstance(value, list):
        for item in value:
            yield from _texts(item)


def _spelled(value: Any, mask: re.Pattern[str] | None) -> str:
    if isinstance(value, dict):
        return "{" + ",".join(f"{name}:{_spelled(value[name], mask)}" for name in sorted(value)) + "}"
    if isinstance(value, list):
        return "[" + ",".join(_spelled(item, mask) for item in value) + "]"
    if isinstance(value, str):
        return _bare(mask.sub(MASK, value) if mask else value)
    if isinstance(value, bool) or value is None:
        return str(value)
    return MASK if mask else repr(float(value))


def _bare(text: str) -> str:
    return " ".join(text.casefold().split())
