"""Pending events become leaves: in batches, one sequencer a log, in the order in which they became visible.

An event that was written earlier and committed later is sequenced later; one that was rolled back was never pending.
What a batch changes (leaves, full tiles, the queue) changes in one transaction; signing comes after it.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection
from django.db.models.expressions import RawSQL

from audit import guard, tiles, trees
from audit.heads import Heads
from audit.keyring import Private
from audit.merkle import leaf_hash, root
from audit.models import Event, Leaf, Log, PendingEvent, UnsignedLog
from audit.models import Tile as FullTile
from audit.tiles import WIDTH

BATCH = 4096

# Events without a row in the queue are not sequenced, and rows without an event keep none waiting.
_REFUSED = (
    """select l.workspace_id from audit_log l join audit_unsignedlog u on u.log_id = l.id
 where u.refused <> ''"""
)
# By the index, one after the other, and no further than the batch: the queue grows and empties too quickly for the
# statistics from which PostgreSQL would choose to read all events.
_ONE_BY_ONE = "cross join lateral (select id, workspace_id from audit_event where id = p.event_id offset 0) e"
_JOINED = "join audit_event e on e.id = p.event_id"
_WAITING = """select e.id, e.workspace_id from audit_pendingevent p {events}
 where e.workspace_id not in ({refused}) order by p.event_id limit %s"""


@dataclass(frozen=True, slots=True)
class Sequencer:
    """`prefix`: where logs are served, without the scheme; it begins the origin of every new log."""

    prefix: str
    keys: Private
    heads: Heads
    batch: int = BATCH

    def run(self, *, at: datetime) -> bool:
        """One batch over all logs. True where more may be waiting."""
        waiting = self._waiting()
        taken = sum(self.take(workspace_id, ids, at=at) for workspace_id, ids in waiting.items())
        return taken == self.batch

    def take(self, workspace_id: str, event_ids: list[str], *, at: datetime) -> int:
        """Sequences those of the events that still wait, unless somebody else is at it or the log is refused."""
        with trees.alone(workspace_id) as is_alone:
            if not is_alone:
                return 0
            log = trees.current(workspace_id) or trees.begin(workspace_id, self.prefix, at)
            size = trees.size(log.id)
            refused = guard.refusal(log, size, self.keys, self.heads)
            if refused or append(log, size, event_ids):
                owe(log, at, refused)
        return 0 if refused else len(event_ids)

    def _waiting(self) -> dict[str, list[str]]:
        with connection.cursor() as cursor:
            events = _ONE_BY_ONE if connection.vendor == "postgresql" else _JOINED
            cursor.execute(_WAITING.format(events=events, refused=_REFUSED), [self.batch])
            found: dict[str, list[str]] = {}
            for event_id, workspace_id in cursor.fetchall():
                found.setdefault(workspace_id, []).append(event_id)
        return found


def append(log: Log, size: int, event_ids: list[str]) -> int:
    """Makes leaves of the pending events, to be called alone, in a transaction; says how many."""
    done = set(Leaf.objects.filter(event_id__in=event_ids).values_list("event_id", flat=True))
    waiting = set(PendingEvent.objects.filter(event_id__in=event_ids).values_list("event_id", flat=True))
    fresh = Event.objects.filter(id__in=waiting - done, workspace_id=log.workspace_id).order_by(*_as_written())
    leaves = [
        Leaf(log_id=log.id, seq=seq, event_id=event_id, leaf_hash=leaf_hash(bytes(body)))
        for seq, (event_id, body) in enumerate(fresh.values_list("id", "body"), start=size)
    ]
    Leaf.objects.bulk_create(leaves)
    FullTile.objects.bulk_create(_filled(log.id, size, [bytes(leaf.leaf_hash) for leaf in leaves]))
    PendingEvent.objects.filter(event_id__in={leaf.event_id for leaf in leaves} | (waiting & done)).delete()
    return len(leaves)


def _as_written() -> tuple[Any, ...]:
    """The order in which events were written: ids of one moment are in no order."""
    if connection.vendor == "postgresql":
        return ("recorded_at", "id")
    # The clock of SQLite counts milliseconds, its row numbers count rows.
    return (RawSQL("audit_event.rowid", ()),)


def owe(log: Log, at: datetime, refused: str) -> None:
    """Notes that the log is to be signed, or why it is not."""
    owed = UnsignedLog(log_id=log.id, since=at, refused=refused)
    UnsignedLog.objects.bulk_create([owed], update_conflicts=True, update_fields=["refused"], unique_fields=["log_id"])


def _filled(log_id: str, first: int, hashes: list[bytes]) -> list[FullTile]:
    """The tiles that become full when `hashes` follow the `first` ones of level 0."""
    found: list[FullTile] = []
    level = 0
    while hashes:
        begin = first // WIDTH * WIDTH
        row = [*trees.partial(log_id, level, begin, first), *hashes] if begin < first else hashes
        full = [row[at : at + WIDTH] for at in range(0, len(row) - WIDTH + 1, WIDTH)]
        hashes = [root(each) for each in full]
        found += [
            FullTile(log_id=log_id, level=level, n=first // WIDTH + n, hashes=tiles.join(each), root=hashed)
            for n, (each, hashed) in enumerate(zip(full, hashes, strict=True))
        ]
        first, level = first // WIDTH, level + 1
    return found
