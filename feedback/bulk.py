"""Many rows at once, where models would cost more than the work: by COPY on PostgreSQL, by one statement on SQLite."""

import gc
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

from django.db import connection

AT_ONCE = 200


@contextmanager
def uncollected() -> Iterator[None]:
    """No cyclic garbage collection meanwhile: rows by the thousand hold no circles, and to look for some among them
    costs a quarter of the work. Keep it short, since other threads go without as well.
    """
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


def insert(table: str, columns: Sequence[str], rows: Sequence[Sequence[Any]]) -> None:
    """Inserts `rows` in the open transaction. Names are our own; values are bound or copied."""
    if not rows:
        return
    named = ", ".join(columns)
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            with cursor.copy(f"copy {table} ({named}) from stdin") as copy:
                for start in range(0, len(rows), AT_ONCE):
                    copy.write(_lines(rows[start : start + AT_ONCE]))
            return
        places = ", ".join(["%s"] * len(columns))
        bound = [[_text(value) if type(value) is datetime else value for value in row] for row in rows]
        cursor.executemany(" ".join(["insert into", table, "(", named, ") values (", places, ")"]), bound)


def counted(*tables: str) -> None:
    """Tells PostgreSQL how much is in the tables now. After many rows at once it believes for a minute that there are
    none, and joins them row by row.
    """
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            for table in tables:
                cursor.execute(f"analyze {table}")


def _lines(rows: Sequence[Sequence[Any]]) -> str:
    """Lines in the text format of COPY: https://www.postgresql.org/docs/current/sql-copy.html, "Text Format"."""
    columns = [_column(values) for values in zip(*rows, strict=True)]
    return "".join(["\t".join(row) + "\n" for row in zip(*columns, strict=True)])


def _column(values: Sequence[Any]) -> Sequence[str]:
    """Texts are looked through together: in most columns nothing is to be escaped."""
    if set(map(type, values)) == {str} and _is_plain("".join(values)):
        return values
    return [_copied(value) for value in values]


def _is_plain(text: str) -> bool:
    return not ("\\" in text or "\t" in text or "\n" in text or "\r" in text)


def _copied(value: object) -> str:
    if isinstance(value, str):
        if _is_plain(value):
            return value
        escaped = value.replace("\\", "\\\\")
        return escaped.replace("\t", "\\t").replace("\n", "\\n").replace("\r", "\\r")
    if value is None:
        return "\\N"
    if isinstance(value, datetime):
        return _moment(value)
    return "\\\\x" + value.hex() if isinstance(value, bytes) else str(value)


@lru_cache(maxsize=64)
def _moment(at: datetime) -> str:
    return at.isoformat()


@lru_cache(maxsize=64)
def _text(at: datetime) -> str:
    # As Django writes it, so that comparisons hold.
    return str(at.astimezone(UTC).replace(tzinfo=None))
