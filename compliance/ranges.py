"""Which part of a file is asked for (RFC 9110, sections 13 and 14). Pure: text in, numbers out."""

import re
from dataclasses import dataclass

_ONE = re.compile(r"bytes=(\d{0,18})-(\d{0,18})", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Span:
    """Bytes `first` to `last`, both included; `is_whole` where no part was asked for, or none that is understood."""

    first: int
    last: int
    is_whole: bool

    @property
    def length(self) -> int:
        return self.last - self.first + 1


def span(header: str, size: int) -> Span | None:
    """The part that `Range` asks for; None for one that lies outside. Several parts at once get the whole file."""
    whole = Span(0, size - 1, is_whole=True)
    asked = _ONE.fullmatch(header.replace(" ", ""))
    if asked is None or asked.groups() == ("", ""):
        return whole
    first, last = asked.groups()
    if not first:
        length = min(int(last), size)
        return Span(size - length, size - 1, is_whole=False) if length else None
    if last and int(last) < int(first):
        return whole
    if int(first) >= size:
        return None
    return Span(int(first), min(int(last), size - 1) if last else size - 1, is_whole=False)


def still_the_same(if_range: str, etag: str) -> bool:
    """Whether a part may be sent: no condition, or the strong tag of this very file. A date never is strong enough."""
    return not if_range or if_range.strip() == etag
