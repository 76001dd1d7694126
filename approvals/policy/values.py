"""Values that an agent sent, as a person may read them: nothing invisible, nothing that could pass for our words."""

import json
import re

from approvals.policy.paths import ABSENT

MAX_SHOWN = 80
_PLAIN = re.compile(r"[A-Za-z0-9_.@:/+-]+", re.ASCII)


def printable(text: str) -> str:
    """Spells out what cannot be seen (controls, zero-width, bidirectional marks) as «U+202E»."""
    if text.isprintable():
        return text
    return "".join(char if char.isprintable() else f"«U+{ord(char):04X}»" for char in text)


def plain(value: object) -> str:
    """One value in a sentence: numbers and simple words as they are, all else quoted."""
    if isinstance(value, str):
        return value if _PLAIN.fullmatch(value) else printable(json.dumps(value, ensure_ascii=False))
    if isinstance(value, float) and value.is_integer() and abs(value) < 2**53:
        return str(int(value))
    if isinstance(value, bool) or value is None or isinstance(value, dict | list | tuple):
        return printable(json.dumps(value, ensure_ascii=False, separators=(", ", ": "), default=str))
    return printable(str(value))


def shown(value: object, *, most: int = MAX_SHOWN) -> str:
    """The same for an explanation: capped, and saying so."""
    if value is ABSENT:
        return "absent"
    if isinstance(value, str):
        return capped(printable(json.dumps(value[: most * 2], ensure_ascii=False)), most, len(value))
    if isinstance(value, dict | list | tuple):
        return f"{len(value)} {'entry' if len(value) == 1 else 'entries'}"
    return plain(value)


def capped(text: str, most: int, length: int) -> str:
    return text if len(text) <= most else f"{text[:most]}… ({length:,} characters)"
