"""CSV that a spreadsheet reads as text and never runs (RFC 4180: CRLF, quotes where needed; UTF-8 with a mark)."""

import csv
from collections.abc import Iterable
from datetime import datetime
from decimal import Decimal
from io import TextIOWrapper
from typing import BinaryIO

from audit.canonical import stamp

Cell = str | int | Decimal | datetime | bool | None

# What makes a spreadsheet take a cell for a formula, in ASCII, in the full-width forms that some convert, and in the
# small forms. Tab, CR and LF are skipped by some before they look.
STARTS = frozenset("=+-@\t\r\n\uff1d\uff0b\uff0d\uff20\ufe66\ufe62\ufe63\ufe6b")
BYTE_ORDER_MARK = b"\xef\xbb\xbf"


def text(cell: Cell) -> str:
    """A cell as text: times in UTC with six digits, yes and no, nothing for None."""
    if cell is None:
        return ""
    if isinstance(cell, bool):
        return "yes" if cell else "no"
    if isinstance(cell, datetime):
        return stamp(cell)
    return format(cell, "f") if isinstance(cell, Decimal) else str(cell)


def inert(value: str) -> str:
    """The text with an apostrophe before it where a spreadsheet would run it. One apostrophe less, it is the text: one
    that had apostrophes there already gets another.
    """
    first = value.lstrip("'")[:1]
    return "'" + value if first and first in STARTS else value


def as_it_was(value: str) -> str:
    """What `inert` was given."""
    rest = value.lstrip("'")[:1]
    return value[1:] if value[:1] == "'" and rest and rest in STARTS else value


class Writer:
    """Writes rows into an open binary file, which stays open. `close` flushes."""

    def __init__(self, out: BinaryIO, columns: Iterable[str]) -> None:
        out.write(BYTE_ORDER_MARK)
        self._text = TextIOWrapper(out, encoding="utf-8", errors="backslashreplace", newline="", write_through=False)
        self._rows = csv.writer(self._text, lineterminator="\r\n")
        self._rows.writerow(columns)
        self.count = 0

    def write(self, cells: Iterable[Cell]) -> None:
        self._rows.writerow([inert(text(cell)) for cell in cells])
        self.count += 1

    def close(self) -> None:
        self._text.flush()
        self._text.detach()
