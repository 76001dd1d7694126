"""Which examples are nearly the same: one 64-bit hash of a call as it reads without numbers, names of rows and looks.

Two calls that differ only in order number, amount, date, letter case or spacing get the same hash and so never stand on
both sides of a split. Where a call carries hardly any words, its names of rows are all that tells it from others: they
count then, and only numbers and dates do not. Pure.
"""

import re
from collections.abc import Callable, Iterator
from hashlib import sha256
from typing import Any

_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}[\w:.+-]*")
_DIGIT = re.compile("[0-9]")
WORD_MIN, WORDS_MIN = 3, 3
MASK = "#"

Spell = Callable[[str], str]


def cluster(tool: str, args: Any, said: str) -> int:
    """`said` is what was asked of the agent, "" where nobody knows. Signed, as databases keep 64 bits."""
    masked, texts = _numbered(said), list[str]()
    spelled = _spelled(args, _kept(texts), whole=False)
    if _has_words([masked, *texts]):
        return key("cluster", f"{tool}\n{masked}\n{spelled}")
    # Numbers alone: without them every call of the tool would be the same.
    bare = not any(character.isalnum() for text in (said, *_texts(args)) for character in text)
    return key("cluster", f"{tool}\n{_dated(said)}\n{_spelled(args, _dated, whole=bare)}")


def words(args: Any, said: str) -> str:
    """All that the call says in words, without numbers; "" where these are too few to tell it from others."""
    texts = [_numbered(said), *map(_numbered, _texts(args))]
    return "\n".join(texts) if _has_words(texts) else ""


def _kept(texts: list[str]) -> Spell:
    def spell(text: str) -> str:
        texts.append(_numbered(text))
        return texts[-1]

    return spell


def _has_words(texts: list[str]) -> bool:
    found: set[str] = set()
    for text in texts:
        for word in text.split():
            if len(word) >= WORD_MIN:
                found.add(word)
                # Most texts say enough in their first words.
                if len(found) >= WORDS_MIN:
                    return True
    return False


def key(domain: str, text: str) -> int:
    return int.from_bytes(sha256(f"countersign.{domain}/1\n{text}".encode()).digest()[:8], "big", signed=True)


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for name in sorted(value):
            yield from _texts(value[name])
    elif isinstance(value, list):
        for item in value:
            yield from _texts(item)


def _spelled(value: Any, spell: Spell, *, whole: bool) -> str:
    if isinstance(value, str):
        return spell(value)
    if isinstance(value, dict):
        return "{" + ",".join(f"{name}:{_spelled(value[name], spell, whole=whole)}" for name in sorted(value)) + "}"
    if isinstance(value, list):
        return "[" + ",".join(_spelled(item, spell, whole=whole) for item in value) + "]"
    if isinstance(value, bool) or value is None:
        return str(value)
    return repr(float(value)) if whole else MASK


def _numbered(text: str) -> str:
    """Small letters, single spaces, and every word with a digit in it masked."""
    words = text.casefold().split()
    return " ".join([word if word.isalpha() or not _DIGIT.search(word) else MASK for word in words])


def _dated(text: str) -> str:
    """Small letters, single spaces, and dates masked."""
    return " ".join(_DATE.sub(MASK, text).casefold().split())
