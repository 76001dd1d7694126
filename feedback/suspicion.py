"""Which of many JSON texts may hold something that has to go; only these are searched.

Most texts have nothing to hide. All are looked through at once for runs of bytes that every hidden thing has and other
texts rarely have, which costs a tenth of looking for each thing in each text. Pure.
"""

import re
from collections.abc import Iterator, Sequence
from string import ascii_letters, digits

import numpy as np

from feedback import cards, iban

# What every hidden thing has in it, in small letters, each with three characters of it that are rare elsewhere.
_SIGNS = tuple(
    (sign.encode(), run.encode())
    for sign, run in (
        *(("%40", "%40"), ("private", "vat"), ("eyj", "eyj"), ("_pat_", "_pa"), ("glpat-", "glp"), ("xox", "xox")),
        *(("sk_", "sk_"), ("sk-", "sk-"), ("pk_", "pk_"), ("pk-", "pk-"), ("rk_", "rk_"), ("rk-", "rk-")),
        *(("gho_", "gho"), ("ghp_", "ghp"), ("ghs_", "ghs"), ("ghu_", "ghu"), ("ghr_", "ghr"), ("xapp-", "xap")),
        *(("akia", "kia"), ("asia", "sia"), ("aiza", "aiz"), ("npm_", "npm"), ("pypi-", "pyp"), ("hf_", "hf_")),
        *(("sg.", "sg."), ("csp_", "csp"), ("earer ", "rer"), ("passw", "ssw"), ("passphrase", "ssp")),
        *(("secret", "ecr"), ("apikey", "pik"), ("api_key", "pi_"), ("api-key", "pi-"), ("token", "oke")),
        *(("authorization", "riz"), ("cvv", "cvv"), ("cvc", "cvc"), ('pin"', 'in"')),
    )
)
# Letters, digits, what may stand inside a number, the end of a text, and all else.
_LETTER, _DIGIT, _INSIDE, _END, _ELSE = b"a0 |."
_SHAPES = bytes(
    _LETTER
    if chr(n) in ascii_letters
    else _DIGIT
    if chr(n) in digits
    else _INSIDE
    if chr(n) in " -"
    else _END
    if n == 0
    else _ELSE
    for n in range(256)
)
_ESCAPED = re.compile(rb"\\(?:u[0-9a-f]{4}|.)", re.DOTALL)
# The longest IBAN with a separator of three bytes behind each character, and what follows it.
_IBAN_MOST = 4 * max(iban.LENGTHS.values()) + 4
_DIGITS = b"0" * cards.SHORTEST
# JSON has no such byte.
_BETWEEN = b"\x00"


def _bits(place: int) -> bytes:
    """For each byte the runs, by bit, that have it at this place, in small letters or not."""
    found = bytearray(256)
    for n, run in enumerate(sorted(_RUNS)):
        for small_or_not in (run, run.upper()):
            found[small_or_not[place]] |= 1 << n % 8
    return bytes(found)


_RUNS = frozenset(run for _, run in _SIGNS)
_NUMBERS = np.array([int.from_bytes(run, "big") for run in sorted(_RUNS)], dtype=np.uint32)
_BITS = tuple(_bits(place) for place in range(3))


def suspects(raws: Sequence[bytes]) -> list[bool]:
    """Whether each JSON text, as orjson writes it, may hold what has to go; only where it says no, nothing does."""
    joined = _BETWEEN + _BETWEEN.join(raws) + _BETWEEN
    ends = np.cumsum([len(_BETWEEN), *(len(raw) + len(_BETWEEN) for raw in raws)])[1:]
    shape = _shape(joined)
    near = {*_texts(ends, [*_rare(joined), *_all(joined, b"@")])}
    owed = {*_texts(ends, list(_ibans(joined, shape))), *_long_numbers(shape)}
    return [n in owed or (n in near and _has_sign(raw)) for n, raw in enumerate(raws)]


def _texts(ends: "np.ndarray[tuple[int], np.dtype[np.int64]]", places: Sequence[int]) -> list[int]:
    return list(np.searchsorted(ends, places, side="right").tolist())


def _shape(raw: bytes) -> bytes:
    """As long as `raw`. What is escaped is no letter: a line break is written with an n."""
    return _ESCAPED.sub(lambda match: b"." * len(match[0]), raw).translate(_SHAPES)


def _ibans(raw: bytes, shape: bytes) -> Iterator[int]:
    """Where the texts have account numbers with right check digits; few places look like one, so each is looked at."""
    at = np.frombuffer(shape, dtype=np.uint8)
    is_letter, is_digit = at == _LETTER, at == _DIGIT
    is_country = ~(is_letter | is_digit)[:-4] & is_letter[1:-3] & is_letter[2:-2]
    for place in np.flatnonzero(is_country & (is_digit[3:-1] | ((at[3:-1] == _INSIDE) & is_digit[4:]))).tolist():
        around = raw[place + 1 : place + 1 + _IBAN_MOST].decode(errors="ignore")
        if around[:2].upper() in iban.LENGTHS and any(iban.found(around)):
            yield place + 1


def _long_numbers(shape: bytes) -> Iterator[int]:
    """The texts with as many digits as a card, however these are grouped."""
    bare, end = shape.translate(None, bytes([_INSIDE, _ELSE])), bytes([_END])
    done, text = 0, -1
    for at in _all(bare, _DIGITS):
        if at >= done:
            text += bare.count(end, done, at)
            done = bare.index(end, at)
            yield text


def _rare(joined: bytes) -> list[int]:
    """Where one of the rare runs begins."""
    first, second, third = (np.frombuffer(joined.translate(table), dtype=np.uint8) for table in _BITS)
    # A bit stands where a run of that bit may begin; which of them it is, if any, is looked at in the few places left.
    found = np.flatnonzero(first[:-2] & second[1:-1] & third[2:])
    at = np.frombuffer(joined.lower(), dtype=np.uint8)
    runs = at[found].astype(np.uint32) << 16 | at[found + 1].astype(np.uint32) << 8 | at[found + 2]
    return list(found[np.isin(runs, _NUMBERS)].tolist())


def _all(text: bytes, sought: bytes) -> Iterator[int]:
    at = text.find(sought)
    while at >= 0:
        yield at
        at = text.find(sought, at + 1)


def _has_sign(raw: bytes) -> bool:
    lower = raw.lower()
    return b"@" in raw or any(sign in lower for sign, _ in _SIGNS)
