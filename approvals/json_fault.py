"""Finds the first fault of a refused JSON text, in reading order, and names its code and its place (RFC 6901)."""

import re
from json import JSONDecodeError, JSONDecoder
from math import isinf

MAX_DEPTH = 32
MAX_ITEMS = 1000
MAX_INTEGER = 2**53 - 1

ADVICE = {
    "not_json": "This is not JSON (RFC 8259): {}. Send one JSON value and nothing after it.",
    "bad_encoding": "The text is not UTF-8: {}. Send UTF-8 without a byte order mark.",
    "duplicate_key": "The object names one member twice. Send each member once.",
    "not_a_number": "NaN and Infinity are not JSON. Send null, or leave the member out.",
    "number_out_of_range": "The number is an integer beyond 2^53 - 1, or too large for a double. Send it as a string.",
    "number_not_exact": "A double cannot hold this number exactly. Send fewer digits, or send it as a string.",
    "lone_surrogate": "{} holds half of a surrogate pair. Send whole characters.",
    "nul_character": "{} holds U+0000. Remove it.",
    "too_deep": f"Objects and arrays may nest {MAX_DEPTH} deep. Flatten the value.",
    "too_many_items": f"An object or array may hold {MAX_ITEMS:,} members. Split it, or send a reference to the data.",
}

_BLANK = re.compile(r"[ \t\n\r]*")
_NUMBER = re.compile(r"(-?(?:0|[1-9][0-9]*))(\.[0-9]+)?([eE][-+]?[0-9]+)?")
_SURROGATE = re.compile("[\ud800-\udfff]")
_WORD = re.compile("true|false|null")
_NOT_NUMBERS = ("NaN", "Infinity", "-Infinity")
_EXPONENT_DIGITS = 6
_decoder = JSONDecoder()


class Refused(ValueError):
    """A JSON text that is not accepted: answer 422 with `code`, `pointer` and `detail` (what to send instead).

    `code` is a key of `ADVICE`. `pointer` is RFC 6901; a fault in a member's name points at the object that holds it.
    """

    def __init__(self, code: str, pointer: str, detail: str) -> None:
        super().__init__(f"{code} at {pointer!r}: {detail}")
        self.code = code
        self.pointer = pointer
        self.detail = detail


class Inexact(ValueError):
    """A number that would not come back as it was sent; `code` is number_out_of_range or number_not_exact."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


def exact_integer(text: str) -> int:
    """The integer, if it lies within 2^53 - 1; else `Inexact`."""
    # Seventeen characters hold a sign and sixteen digits; longer ones are out of range without reading them.
    number = int(text) if len(text) <= 17 else MAX_INTEGER + 1
    if -MAX_INTEGER <= number <= MAX_INTEGER:
        return number
    raise Inexact("number_out_of_range")


def exact_float(text: str) -> float:
    """The double, if its shortest form has the decimal value that was sent; else `Inexact`.

    Whole numbers from 2^53 to 1e21 are refused because RFC 8785 writes them as integers, which are refused as such.
    """
    number = float(text)
    if isinf(number) or MAX_INTEGER < abs(number) < 1e21:
        raise Inexact("number_out_of_range")
    if _decimal(text) != _decimal(repr(number)):
        raise Inexact("number_not_exact")
    return number


def first_fault(raw: bytes) -> Refused:
    """The first fault of a text that the parser refused, reading from the start."""
    reader = _Reader(raw.decode(errors="surrogateescape"))
    try:
        reader.document()
    except Refused as refused:
        return refused
    raise RuntimeError("The parser refused a text in which the reader finds no fault.")


class _Reader:
    """Reads one text and raises `Refused` at its first fault; `path` holds the names and indexes on the way there."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.path: list[str | int] = []

    def document(self) -> None:
        if self.text.startswith("\ufeff"):
            raise self.refused("bad_encoding", "it begins with a byte order mark")
        end = self.blank(self.value(self.blank(0), 1))
        if end != len(self.text):
            raise self.syntax("more text follows the value", end)

    def value(self, at: int, depth: int) -> int:
        match self.text[at : at + 1]:
            case '"':
                return self.string(at, "The text")[1]
            case "{":
                return self.members(at + 1, depth)
            case "[":
                return self.items(at + 1, depth)
        return self.scalar(at)

    def members(self, at: int, depth: int) -> int:
        self.check_depth(depth)
        names: set[str] = set()
        at = self.blank(at)
        if self.text.startswith("}", at):
            return at + 1
        while True:
            if not self.text.startswith('"', at):
                raise self.syntax("a member name in double quotes is missing", at)
            name, at = self.string(at, "A member name of this object")
            self.path.append(name)
            if name in names:
                raise self.refused("duplicate_key")
            names.add(name)
            at = self.value(self.blank(self.expect(":", self.blank(at))), depth + 1)
            self.path.pop()
            self.check_count(len(names))
            at = self.blank(at)
            if self.text.startswith("}", at):
                return at + 1
            at = self.blank(self.expect(",", at))

    def items(self, at: int, depth: int) -> int:
        self.check_depth(depth)
        count = 0
        at = self.blank(at)
        if self.text.startswith("]", at):
            return at + 1
        while True:
            self.path.append(count)
            at = self.value(at, depth + 1)
            self.path.pop()
            count += 1
            self.check_count(count)
            at = self.blank(at)
            if self.text.startswith("]", at):
                return at + 1
            at = self.blank(self.expect(",", at))

    def string(self, at: int, what: str) -> tuple[str, int]:
        try:
            value, end = _decoder.raw_decode(self.text, at)
        except JSONDecodeError as error:
            raise self.syntax(error.msg.lower().removesuffix(" at"), error.pos) from None
        if _SURROGATE.search(value):
            if found := _SURROGATE.search(self.text, at, end):
                raise self.syntax("", found.start())
            raise self.refused("lone_surrogate", what)
        if "\0" in value:
            raise self.refused("nul_character", what)
        return value, end

    def scalar(self, at: int) -> int:
        found = _NUMBER.match(self.text, at)
        if found is None:
            return self.word(at)
        try:
            exact_integer(found[0]) if found[2] is None and found[3] is None else exact_float(found[0])
        except Inexact as error:
            raise self.refused(error.code) from None
        return found.end()

    def word(self, at: int) -> int:
        found = _WORD.match(self.text, at)
        if found:
            return found.end()
        if self.text.startswith(_NOT_NUMBERS, at):
            raise self.refused("not_a_number")
        raise self.syntax("a value is missing or misspelt", at)

    def blank(self, at: int) -> int:
        found = _BLANK.match(self.text, at)
        return found.end() if found else at

    def expect(self, mark: str, at: int) -> int:
        if not self.text.startswith(mark, at):
            raise self.syntax(f"{mark!r} is missing", at)
        return at + 1

    def check_depth(self, depth: int) -> None:
        if depth > MAX_DEPTH:
            raise self.refused("too_deep")

    def check_count(self, count: int) -> None:
        if count > MAX_ITEMS:
            raise self.refused("too_many_items")

    def syntax(self, what: str, at: int) -> Refused:
        if _SURROGATE.match(self.text, at):
            return self.refused("bad_encoding", f"byte 0x{ord(self.text[at]) - 0xDC00:02x} at character {at + 1}")
        if at >= len(self.text):
            return self.refused("not_json", "the text ends too early" if self.text else "the text is empty")
        return self.refused("not_json", f"{what} at character {at + 1}")

    def refused(self, code: str, what: str = "") -> Refused:
        pointer = "".join("/" + str(part).replace("~", "~0").replace("/", "~1") for part in self.path)
        return Refused(code, pointer, ADVICE[code].format(what))


def _decimal(text: str) -> tuple[str, int]:
    """Significant digits and the exponent of the last one: equal for equal decimal values, whatever the notation."""
    found = _NUMBER.match(text)
    if found is None:
        raise Inexact("number_not_exact")
    whole, fraction, power = found[1].lstrip("-"), (found[2] or ".")[1:], (found[3] or "e")[1:]
    digits = (whole + fraction).lstrip("0")
    significant = digits.rstrip("0")
    if not significant:
        return "", 0
    if len(power.lstrip("+-0")) > _EXPONENT_DIGITS:
        raise Inexact("number_not_exact")
    return significant, int(power or 0) - len(fraction) + len(digits) - len(significant)
