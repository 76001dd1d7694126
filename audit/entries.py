"""Reads the entries of a log in order and in chunks, with everything that verifying holds against each other."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import psycopg
from django.db import connection

from audit.models import Tile as FullTile
from audit.tiles import WIDTH

CHUNK = 16 * WIDTH

_ENTRIES = """select l.seq, l.event_id, l.leaf_hash, e.body, e.workspace_id
 from audit_leaf l left join audit_event e on e.id = l.event_id
 where l.log_id = %s and l.seq >= %s and l.seq < %s order by l.seq"""
_LOST = """select e.id from audit_event e
 where e.workspace_id = %s
   and not exists (select 1 from audit_leaf l where l.event_id = e.id)
   and not exists (select 1 from audit_pendingevent p where p.event_id = e.id)
 order by e.id limit %s"""
_LATE = """select count(*), min(p.event_id) from audit_pendingevent p
 left join audit_event e on e.id = p.event_id where p.workspace_id = %s and (e.id is null or e.recorded_at < %s)"""

Entry = tuple[int, str, bytes, bytes | None, str | None]
"""Place, event, leaf hash, bytes and workspace; the last two are None where the event is gone."""


@dataclass(frozen=True, slots=True)
class Chunk:
    """Up to CHUNK entries from a tile's beginning on, and the full tiles over them by their number."""

    first: int
    entries: list[Entry]
    tiles: dict[int, tuple[bytes, bytes]]


def chunks(log_id: str, first: int, size: int) -> Iterator[Chunk]:
    """`first` is the beginning of a tile."""
    for begin in range(first, size, CHUNK):
        yield Chunk(begin, _rows(_ENTRIES, [log_id, begin, min(size, begin + CHUNK)]), tiles_of(log_id, 0, begin))


def tiles_of(log_id: str, level: int, begin: int) -> dict[int, tuple[bytes, bytes]]:
    """Hashes and root of the tiles of one chunk, by number."""
    number = begin // WIDTH
    rows = FullTile.objects.filter(log_id=log_id, level=level, n__gte=number, n__lt=number + CHUNK // WIDTH)
    return {n: (bytes(hashes), bytes(root)) for n, hashes, root in rows.values_list("n", "hashes", "root")}


def lost(workspace_id: str, limit: int) -> list[str]:
    """Events that are in no log and wait for none: nobody writes one so."""
    return [row[0] for row in _rows(_LOST, [workspace_id, limit])]


def late(workspace_id: str, before: Any) -> tuple[int, str | None]:
    """How many events still wait that were recorded before this moment, and the first of them."""
    count, event_id = _rows(_LATE, [workspace_id, before])[0]
    return count, event_id


def _rows(statement: str, values: list[Any]) -> list[Any]:
    found: list[Any]
    if connection.vendor == "postgresql":
        connection.ensure_connection()
        # Bytes as bytes: in text they take twice the room and are read hex digit by hex digit.
        found = psycopg.Cursor(connection.connection).execute(statement, values, binary=True).fetchall()
    else:
        with connection.cursor() as cursor:
            cursor.execute(statement, values)
            found = cursor.fetchall()
    return found
