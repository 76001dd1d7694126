"""Payment card numbers: where one stands in a text (ISO/IEC 7812-1, check digit by annex B)."""

import re
from collections.abc import Iterator

LONGEST, SHORTEST = 19, 13
# Visa, Mastercard, American Express, Diners, JCB, Discover, UnionPay and Maestro begin so.
_BEGINS = re.compile(r"(?<![0-9])(?:2[2-7]|[3-6][0-9])")
_RUN = re.compile(r"(?:[ \u00a0-]?[0-9]){13,19}")


def found(text: str) -> Iterator[tuple[int, int]]:
    """Where numbers with a right check digit begin and end, in order; groups may be set apart by spaces or dashes.

    Of what begins at one place the longest is taken: other numbers may follow behind a space.
    """
    done = 0
    for match in _BEGINS.finditer(text):
        if match.start() < done:
            continue
        end = _end(text, match.start())
        if end:
            done = end
            yield match.start(), end


def is_card(digits: str) -> bool:
    """Whether the whole text is one number without separators."""
    return SHORTEST <= len(digits) <= LONGEST and _BEGINS.match(digits) is not None and luhn(digits)


def luhn(digits: str) -> bool:
    total = sum(sum(divmod(int(digit) * (1 + place % 2), 10)) for place, digit in enumerate(reversed(digits)))
    return total % 10 == 0


def masked(number: str, n: int) -> str:
    """The same length and grouping, zeros with `n` at the end: no network's numbers begin with 0."""
    digits = iter(str(n).zfill(sum(character.isdigit() for character in number)))
    return "".join(next(digits) if character.isdigit() else character for character in number)


def _end(text: str, start: int) -> int:
    run = _RUN.match(text, start)
    if run is None:
        return 0
    places = [at for at in range(start, run.end()) if text[at].isdigit()]
    for length in range(len(places), SHORTEST - 1, -1):
        end = places[length - 1] + 1
        followed = end < len(text) and text[end].isascii() and text[end].isdigit()
        if not followed and luhn("".join(text[at] for at in places[:length])):
            return end
    return 0
