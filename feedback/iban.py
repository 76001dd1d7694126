"""International bank account numbers: where one stands in a text (ISO 13616, check digits by ISO 7064 mod 97-10)."""

import re
from collections.abc import Iterator

# Characters of an IBAN by country, from the registry of ISO 13616.
LENGTHS = {
    country: int(length)
    for length, countries in {
        "15": "NO",
        "16": "BE",
        "18": "DK FI FK FO GL NL SD",
        "19": "MK SI",
        "20": "AT BA EE KZ LT LU MN XK",
        "21": "CH HR LI LV",
        "22": "BG BH CR DE GB GE IE ME RS VA",
        "23": "AE GI IL IQ OM SO TL",
        "24": "AD CZ ES MD PK RO SA SE SK TN VG",
        "25": "LY PT ST",
        "26": "IS TR",
        "27": "BI DJ FR GR IT MC MR SM",
        "28": "AL AZ BY CY DO GT HN HU LB NI PL SV",
        "29": "BR EG PS QA UA",
        "30": "JO KW MU YE",
        "31": "MT SC",
        "32": "LC",
        "33": "RU",
    }.items()
    for country in countries.split()
}
_BEGINS = re.compile(r"(?<![A-Za-z0-9])([A-Za-z]{2})[ -]?[0-9]")
_SEPARATORS = " -\u00a0\u202f"


def found(text: str) -> Iterator[tuple[int, int]]:
    """Where IBANs with right check digits begin and end, in order; groups may be set apart by spaces or dashes."""
    done = 0
    for match in _BEGINS.finditer(text):
        length = LENGTHS.get(match[1].upper())
        end = _end(text, match.start(), length) if length and match.start() >= done else 0
        if end and is_right(text[match.start() : end]):
            done = end
            yield match.start(), end


def is_right(text: str) -> bool:
    """Whether the check digits fit. Separators do not count."""
    bare = "".join(character for character in text if character not in _SEPARATORS).upper()
    turned = bare[4:] + bare[:4]
    return turned.isascii() and turned.isalnum() and int("".join(str(int(c, 36)) for c in turned)) % 97 == 1


def masked(text: str, n: int) -> str:
    """The same country, length and grouping, with check digits 00, which no IBAN has, and `n` at the end."""
    digits = iter(str(n).zfill(sum(c not in _SEPARATORS for c in text) - 2))
    kept = text[:2]
    return kept + "".join(c if c in _SEPARATORS else next(digits) for c in text[2:])


def _end(text: str, start: int, length: int) -> int:
    """The place after `length` letters and digits; 0 where there are not that many, or one more follows."""
    at, seen = start, 0
    while seen < length:
        if at >= len(text):
            return 0
        character = text[at]
        if character.isascii() and character.isalnum():
            seen += 1
        elif character not in _SEPARATORS or text[at - 1] in _SEPARATORS:
            return 0
        at += 1
    return 0 if at < len(text) and text[at].isascii() and text[at].isalnum() else at
