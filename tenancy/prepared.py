"""Statements that a connection has prepared, run through libpq itself.

psycopg's cursor waits by a generator and lets other threads in at each of its steps, which costs a hot path as much as
its own work. Here a thread waits once, inside libpq, with the interpreter free for the others.
"""

from collections.abc import Sequence
from typing import Any, NamedTuple
from weakref import WeakKeyDictionary

import psycopg
from psycopg import pq
from psycopg.adapt import PyFormat, Transformer
from psycopg.errors import error_from_result

# A connection that has prepared as many prepares no more; psycopg's own way then takes over.
MOST = 500
_BINARY = 1
_GOOD = (pq.ExecStatus.COMMAND_OK, pq.ExecStatus.TUPLES_OK)

Types = tuple[int, ...]


class Answer(NamedTuple):
    """`columns` are the names, in order; both are empty for a statement that returns nothing."""

    columns: list[str]
    rows: list[tuple[Any, ...]]


class _Kept(NamedTuple):
    name: bytes
    columns: list[str]


_kept: WeakKeyDictionary[psycopg.Connection[Any], dict[tuple[bytes, Types], _Kept]] = WeakKeyDictionary()


def run(connection: psycopg.Connection[Any], statement: bytes, values: Sequence[Any]) -> Answer:
    """One statement with `$1`, `$2`, … for `values`. Raises psycopg's errors, as a cursor does."""
    known = _kept.setdefault(connection, {})
    # Outside autocommit the first statement has to open a transaction, which psycopg keeps account of.
    begins = not connection.autocommit and connection.pgconn.transaction_status == pq.TransactionStatus.IDLE
    if begins or len(known) >= MOST:
        return _by_cursor(connection, statement, values)
    adapter = Transformer(connection)
    # Typed as if no value could be NULL.
    given: Any = adapter.dump_sequence(values, [PyFormat.AUTO] * len(values))
    types = tuple(adapter.types or ())
    kept = known.get((statement, types)) or _prepare(connection, statement, types)
    result = _checked(connection, connection.pgconn.exec_prepared(kept.name, given, adapter.formats, _BINARY))
    adapter.set_pgresult(result)
    return Answer(kept.columns, adapter.load_rows(0, result.ntuples, tuple))


def _prepare(connection: psycopg.Connection[Any], statement: bytes, types: Types) -> _Kept:
    """The names of the columns are asked for once: reading forty of them costs as much as reading the columns."""
    known = _kept[connection]
    name = b"cs_%d" % len(known)
    _checked(connection, connection.pgconn.prepare(name, statement, types))
    described = _checked(connection, connection.pgconn.describe_prepared(name))
    columns = [(described.fname(n) or b"").decode() for n in range(described.nfields)]
    known[statement, types] = _Kept(name, columns)
    return known[statement, types]


def _by_cursor(connection: psycopg.Connection[Any], statement: bytes, values: Sequence[Any]) -> Answer:
    with psycopg.RawCursor(connection) as cursor:
        # psycopg drops all statements of the session, ours too, when it had prepared one and a transaction rolls back.
        cursor.execute(statement, values, prepare=False, binary=True)
        if cursor.description is None:
            return Answer([], [])
        return Answer([column.name for column in cursor.description], cursor.fetchall())


def _checked(connection: psycopg.Connection[Any], result: pq.abc.PGresult) -> pq.abc.PGresult:
    if result.status in _GOOD:
        return result
    if connection.pgconn.status == pq.ConnStatus.BAD:
        raise psycopg.OperationalError(connection.pgconn.get_error_message())
    raise error_from_result(result, connection.info.encoding)
