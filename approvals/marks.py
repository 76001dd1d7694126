"""Makes visible what agents' text can hide: characters that show nothing, and letters that pass for others.

Every place that shows agents' text goes through here. Sources: Unicode's general categories and Default_Ignorable
property, and the idea of UTS 39 (one word, one script), with the script read off a character's name.
"""

import unicodedata
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

from approvals.mark_tables import (
    CONTROL_NAMES,
    HIDDEN_CATEGORIES,
    INVISIBLE,
    LOOKALIKES,
    SCRIPT_NAME,
    SCRIPTS_TOGETHER,
    STAND_INS,
    UNNAMED,
    WIDE_FORMS,
    WORD,
)

Kind = Literal["plain", "hidden", "confusable"]


@dataclass(frozen=True, slots=True)
class Segment:
    """A run of plain text, or one marked character with its code point ("U+202E") and Unicode name."""

    text: str
    kind: Kind
    codepoint: str | None = None
    name: str | None = None


def segments(text: str) -> tuple[Segment, ...]:
    """The text in order, cut where something is to be marked; joined again, the pieces are the text."""
    return tuple(_cut(text, _marked(text)))


def spell(text: str) -> str:
    """One plain text for mail, Slack and terminals: «U+202E» in place of a hidden character, behind a confusable one.

    Line feeds and tabs stay behind their mark. A literal "«U+" of the agent's is spelled "«U+00AB»U+".
    """
    return "".join(map(_spelled, segments(text)))


def escape_json(text: str) -> str:
    r"""A JSON text for an editor, with each hidden character written as its \u escape (surrogate pairs beyond the BMP).

    Takes a JSON text, in which hidden characters can only stand inside strings; its line breaks and tabs between the
    values stay, and it still parses to the same value.
    """
    if text.isascii():
        return text.replace("\x7f", "\\u007f")
    layout = frozenset("\t\n\r")
    odd = {character for character in set(text) if character not in layout and _is_hidden(character)}
    return text.translate({ord(character): _escape(character) for character in odd})


def codepoint(character: str) -> str:
    """ "U+202E": at least four uppercase hex digits."""
    return f"U+{ord(character):04X}"


def name(character: str) -> str:
    """The Unicode name; for a character without one, what kind of character it is."""
    code = ord(character)
    return (
        unicodedata.name(character, "") or CONTROL_NAMES.get(code) or UNNAMED.get(unicodedata.category(character), "")
    )


def _marked(text: str) -> dict[int, Kind]:
    if text.isascii() and text.isprintable():
        return {}
    # Each distinct character is looked up once; most text has a few dozen of them.
    characters = set(text)
    scripts = {character: _script(character) for character in characters}
    kinds: dict[str, Kind] = {}
    for character in characters:
        if _is_hidden(character):
            kinds[character] = "hidden"
        elif _is_stand_in(character):
            kinds[character] = "confusable"
    marked: dict[int, Kind] = {}
    if not {*scripts.values()} <= {"LATIN", ""}:
        marked.update(dict.fromkeys(_foreign(text, scripts), "confusable"))
    if kinds:
        marked.update({at: kinds[character] for at, character in enumerate(text) if character in kinds})
    return marked


def _cut(text: str, marked: dict[int, Kind]) -> Iterator[Segment]:
    start = 0
    for at in sorted(marked):
        if start < at:
            yield Segment(text[start:at], "plain")
        yield Segment(text[at], marked[at], codepoint(text[at]), name(text[at]))
        start = at + 1
    if start < len(text):
        yield Segment(text[start:], "plain")


def _spelled(segment: Segment) -> str:
    if segment.kind == "plain":
        return segment.text.replace("«U+", "«U+00AB»U+")
    mark = f"«{segment.codepoint}»"
    if segment.kind == "confusable":
        return segment.text + mark
    return mark + segment.text if segment.text in "\n\t" else mark


def _escape(character: str) -> str:
    units = character.encode("utf-16-be", "surrogatepass").hex()
    return "".join(f"\\u{units[at : at + 4]}" for at in range(0, len(units), 4))


@lru_cache(maxsize=4096)
def _is_hidden(character: str) -> bool:
    return unicodedata.category(character) in HIDDEN_CATEGORIES or ord(character) in INVISIBLE


@lru_cache(maxsize=4096)
def _is_stand_in(character: str) -> bool:
    return character in STAND_INS or unicodedata.decomposition(character).startswith(WIDE_FORMS)


@lru_cache(maxsize=4096)
def _script(character: str) -> str:
    """LATIN, CYRILLIC, CJK and so on for letters and for digits outside ASCII; "" for what belongs to all scripts."""
    if not character.isalnum() or character.isascii():
        return "LATIN" if character.isascii() and character.isalpha() else ""
    found = SCRIPT_NAME.match(unicodedata.name(character, ""))
    return found[1] if found else ""


def _foreign(text: str, scripts: Mapping[str, str]) -> Iterator[int]:
    """Positions of letters and digits that do not belong where they stand."""
    words = [
        (found.start(), found[0], {scripts[character] for character in found[0]} - {""})
        for found in WORD.finditer(text)
    ]
    # Russian has words that nobody takes for Latin. Three Cyrillic lookalikes without such company are a disguise.
    at_home = {
        script
        for _, word, present in words
        if len(present) == 1 and not LOOKALIKES.issuperset(character for character in word if scripts[character])
        for script in present
    }
    for start, word, present in words:
        strangers = _strangers(word, present, scripts, at_home)
        yield from (start + offset for offset, character in enumerate(word) if character in strangers)


def _strangers(word: str, present: set[str], scripts: Mapping[str, str], at_home: set[str]) -> set[str]:
    if len(present) > 1 and not any(present <= together for together in SCRIPTS_TOGETHER):
        counts = Counter(scripts[character] for character in word)
        # Of two equally frequent scripts Latin counts as the word's own.
        own = max(present, key=lambda script: (counts[script], script == "LATIN", script))
        return {character for character in word if scripts[character] not in {"", own}}
    if present and not present & at_home:
        letters = {character for character in word if scripts[character]}
        if letters <= LOOKALIKES:
            return letters
    digits = {character for character in word if character.isdecimal()}
    # Digits of two systems in one number (UTS 39, 5.3): the Bengali four is drawn like an eight.
    return set() if digits.isdisjoint("0123456789") else {digit for digit in digits if not digit.isascii()}
