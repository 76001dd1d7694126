"""Many rows at once, where models would cost more than the work: by COPY on PostgreSQL, by one statement on SQLite."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from django.db import connection


def insert(table: str, columns: Sequence[str], rows: Sequence[Sequence[Any]]) -> None:
    """Inserts `rows` in the open transaction. Names are our own; values are bound or copied."""
    if not rows:
        return
    named = ", ".join(columns)
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            with cursor.copy(f"copy {table} ({named}) from stdin") as copy:
                for row in rows:
                    copy.write_row(row)
            return
        places = ", ".join(["%s"] * len(columns))
        bound = [[_for_sqlite(value) for value in row] for row in rows]
        cursor.executemany(" ".join(["insert into", table, "(", named, ") values (", places, ")"]), bound)


def _for_sqlite(value: Any) -> Any:
    # The text that Django writes, so that comparisons hold.
    return str(value.astimezone(UTC).replace(tzinfo=None)) if isinstance(value, datetime) else value
