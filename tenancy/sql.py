"""Hand-written reads where the ORM would take several round trips: one dialect table, one cursor, rows as mappings."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from functools import cache, lru_cache
from typing import Any

import orjson
from django.db import DEFAULT_DB_ALIAS, connection, connections

from tenancy import prepared
from tenancy.prepared import Answer

KEPT = 1024

_DIALECTS = {
    "postgresql": {
        "array": "jsonb_agg",
        "object": "jsonb_build_object",
        "json": "{0}",
        "among": "= any(array(select unnest(%s::text[])))",
    },
    "sqlite": {
        "array": "json_group_array",
        "object": "json_object",
        "json": "json({0})",
        "among": "in (select value from json_each(%s))",
    },
}


@cache
def vendor() -> str:
    """`postgresql` or `sqlite`: one of them for the life of the process."""
    return connection.vendor


@lru_cache(maxsize=256)
def in_dialect(statement: str) -> str:
    """Fills `{array}` and `{object}` with this database's names of the JSON aggregate and the JSON constructor."""
    dialect = _DIALECTS[vendor()]
    return statement.replace("{array}", dialect["array"]).replace("{object}", dialect["object"])


def json_column(name: str) -> str:
    """A JSON column inside a JSON constructor: SQLite has to be told that the text is JSON already."""
    return _DIALECTS[vendor()]["json"].format(name)


def many(statement: str, values: Sequence[Any]) -> list[dict[str, Any]]:
    """All rows. On PostgreSQL prepared once a connection; Django's own cursor binds on the client and prepares nothing.

    Rows come in binary, which spares reading times as text; a JSON column is best cast to text and read by orjson.
    """
    if vendor() == "postgresql":
        answer = execute(numbered(statement), values)
        return [dict(zip(answer.columns, row, strict=True)) for row in answer.rows]
    with connection.cursor() as plain:
        plain.execute(statement, [_for_sqlite(value) for value in values])
        names = [column[0] for column in plain.description]
        return [dict(zip(names, row, strict=True)) for row in plain.fetchall()]


@lru_cache(maxsize=KEPT)
def numbered(statement: str) -> bytes:
    """The statement with `$1`, `$2`, … for its `%s`: psycopg remembers no translation of statements this long."""
    first, *rest = statement.split("%s")
    return (first + "".join(f"${n}{part}" for n, part in enumerate(rest, start=1))).encode()


def database() -> Any:
    """This thread's database with an open connection, looked up once for all that is asked of it."""
    found = connections[DEFAULT_DB_ALIAS]
    found.ensure_connection()
    return found


def execute(statement: bytes, values: Sequence[Any]) -> Answer:
    """A statement with `$1`, `$2`, … on PostgreSQL, in the transaction that is open or one of its own. Raises Django's
    errors.
    """
    open_one = database()
    with open_one.wrap_database_errors:
        return prepared.run(open_one.connection, statement, values)


def among() -> str:
    """The condition for what `listed` gives: one text whatever the number of values, so that it is prepared once.

    PostgreSQL looks into an array that it is given: for fewer values than the ten of which it thinks in a plan for all
    values, it plans anew each time. It cannot look into what a subquery makes of it.
    """
    return _DIALECTS[vendor()]["among"]


def listed(values: Sequence[str]) -> Any:
    return list(values) if vendor() == "postgresql" else orjson.dumps(list(values)).decode()


def one(statement: str, values: Sequence[Any]) -> dict[str, Any] | None:
    rows = many(statement, values)
    return rows[0] if rows else None


def insert(table: str, rows: Sequence[Mapping[str, Any]]) -> None:
    """Inserts rows with the same columns, on PostgreSQL alone: all of them travel as one JSON text, which costs a
    twentieth of binding each value.
    """
    columns = ", ".join(rows[0])
    statement = (
        f"insert into {table} ({columns}) select {columns} from json_populate_recordset(null::{table}, $1::json)"  # noqa: S608 (our own names; values are bound)
    )
    execute(statement.encode(), [orjson.dumps(rows, default=_in_json).decode()])


def _in_json(value: Any) -> str:
    if isinstance(value, bytes):
        return "\\x" + value.hex()
    raise TypeError(f"{type(value).__name__} does not go into a row")


def each(statement: str, rows: Sequence[Sequence[Any]]) -> None:
    """The same write for several rows of values."""
    with connection.cursor() as cursor:
        if vendor() == "sqlite":
            rows = [[_for_sqlite(value) for value in values] for values in rows]
        cursor.executemany(statement, rows)


def moment(value: Any) -> datetime | None:
    """A time column: a datetime from psycopg, text in UTC from SQLite."""
    if value is None:
        return None
    at = value if isinstance(value, datetime) else datetime.fromisoformat(value)
    return at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC)


def _for_sqlite(value: Any) -> Any:
    # The text that Django writes, so that comparisons hold.
    return str(value.astimezone(UTC).replace(tzinfo=None)) if isinstance(value, datetime) else value
