"""CSV: nothing in it runs in a spreadsheet, and everything reads back."""

import csv as reader
from datetime import UTC, datetime
from decimal import Decimal
from io import BytesIO

import pytest
from hypothesis import given
from hypothesis import strategies as st
from openpyxl import Workbook

from compliance import csv

RUNS = [
    "=1+1",
    "+1",
    "-1",
    "@SUM(A1)",
    "\t=1",
    "\r=1",
    "\n=1",
    "\uff1d1",
    "\uff0b1",
    "\uff0d1",
    "\uff20A",
    "=cmd|' /C calc'!A0",
]
TEXT = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=40)


def written(rows: list[list[csv.Cell]]) -> bytes:
    out = BytesIO()
    table = csv.Writer(out, ["a", "b"])
    for row in rows:
        table.write(row)
    table.close()
    return out.getvalue()


def read(raw: bytes) -> list[list[str]]:
    return list(reader.reader(raw.decode("utf-8-sig").splitlines(keepends=True), strict=True))


@pytest.mark.parametrize("cell", RUNS)
def test_what_a_spreadsheet_would_run_is_text(cell: str) -> None:
    assert csv.inert(cell) == "'" + cell
    [_, [shown, _]] = read(written([[cell, "x"]]))
    sheet = Workbook().active
    assert sheet is not None
    sheet["A1"], sheet["A2"] = shown, cell
    assert sheet["A1"].data_type == "s"


def test_a_spreadsheet_does_take_the_raw_cell_for_a_formula() -> None:
    sheet = Workbook().active
    assert sheet is not None
    sheet["A1"] = RUNS[0]
    assert sheet["A1"].data_type == "f"


@given(TEXT)
def test_one_apostrophe_less_is_the_text(text: str) -> None:
    assert csv.as_it_was(csv.inert(text)) == text
    assert csv.inert(text)[:1] not in csv.STARTS or not text


@given(st.lists(st.tuples(TEXT, TEXT), max_size=5))
def test_what_was_written_is_read(rows: list[tuple[str, str]]) -> None:
    raw = written([list(row) for row in rows])
    with_ends = list(reader.reader(ended_lines(raw), strict=True))
    assert [[csv.as_it_was(cell) for cell in row] for row in with_ends[1:]] == [list(row) for row in rows]


def ended_lines(raw: bytes) -> list[str]:
    """Line by line at CRLF alone, which is where the writer ends one."""
    text = raw.decode("utf-8-sig")
    return [part + "\r\n" for part in text.split("\r\n")[:-1]]


def test_cells_are_written_in_one_way() -> None:
    at = datetime(2026, 11, 20, 10, 0, tzinfo=UTC)
    raw = written([[at, None], [True, False], [Decimal("1200.50"), 7], ['say "hi", twice', "two\nlines"]])
    assert raw == (
        b"\xef\xbb\xbfa,b\r\n2026-11-20T10:00:00.000000Z,\r\nyes,no\r\n1200.50,7\r\n"
        b'"say ""hi"", twice","two\nlines"\r\n'
    )


def test_a_lone_surrogate_is_spelled_and_breaks_nothing() -> None:
    assert written([["\ud800", "x"]]).endswith(b"\\ud800,x\r\n")
