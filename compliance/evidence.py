"""The part of a workspace's log that an evidence bundle proves: between two signed checkpoints."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from audit import keyring, trees, witnesses
from audit.models import Checkpoint, Log
from audit.tiles import WIDTH
from compliance.filters import Filter
from tenancy import sql

TILES_AT_ONCE = 8
_PLACES = """select min(l.seq) first, max(l.seq) last from audit_leaf l join audit_event e on e.id = l.event_id
 where l.log_id = %s"""
_ENTRIES = """select l.seq, l.event_id, l.leaf_hash, e.body, e.recorded_at, e.action_id
 from audit_leaf l join audit_event e on e.id = l.event_id
 where l.log_id = %s and l.seq >= %s and l.seq < %s order by l.seq"""


class NothingSigned(LookupError):
    """The log has no signed checkpoint yet. Its keeper signs within a second of the first event."""


class Damaged(LookupError):
    """An entry of the log is not in the database. Run `manage.py audit verify`, which says what was changed."""


@dataclass(frozen=True, slots=True)
class Logged:
    """One leaf with its event."""

    index: int
    event_id: str
    leaf: bytes
    body: bytes
    recorded_at: datetime
    action_id: str


@dataclass(frozen=True, slots=True)
class Evidence:
    """Leaves [first, last) of the log. `start` is None where the range begins with the log. `later`: checkpoints that
    witnesses cosigned, of the end or of trees that grew from it, by their size.
    """

    log: Log
    first: int
    last: int
    start: bytes | None
    end: bytes
    later: dict[int, bytes]

    @property
    def vkeys(self) -> str:
        """Every key that ever signed for the log, a line each."""
        return "".join(f"{key.vkey}\n" for key, _, _ in keyring.ever(self.log.id))

    @property
    def policy(self) -> str:
        """The log's keys, and the witnesses whom the operator trusts (tlog-policy)."""
        return "".join(f"log {vkey}\n" for vkey in self.vkeys.split()) + witnesses.policy_lines()

    @property
    def begins(self) -> int:
        """The first leaf of the first tile, which may lie before the range."""
        return self.first // WIDTH * WIDTH

    def chunks(self) -> Iterator[list[list[Logged]]]:
        """The leaves of some tiles at a time, tile by tile; the last tile may be partial. Raises Damaged."""
        step = TILES_AT_ONCE * WIDTH
        for begin in range(self.begins, self.last, step):
            found = self._read(begin, min(begin + step, self.last))
            yield [found[at : at + WIDTH] for at in range(0, len(found), WIDTH)]

    def _read(self, begin: int, end: int) -> list[Logged]:
        rows = sql.many(_ENTRIES, [self.log.id, begin, end])
        found = [
            Logged(
                row["seq"],
                row["event_id"],
                bytes(row["leaf_hash"]),
                bytes(row["body"]),
                sql.moment(row["recorded_at"]) or self.log.started_at,
                row["action_id"],
            )
            for row in rows
        ]
        for place, one in enumerate(found, begin):
            if one.index != place:
                raise Damaged(f"Entry {place} of the log is missing.")
        if len(found) != end - begin:
            raise Damaged(f"Entry {begin + len(found)} of the log is missing.")
        return found


def of(workspace_id: str, wanted: Filter, size: int = 0) -> Evidence:
    """The shortest range between checkpoints that holds every signed event of the window, up to the checkpoint of
    `size` entries, or else the newest. Raises NothingSigned.
    """
    log = trees.current(workspace_id)
    signed = Checkpoint.objects.filter(log_id=log.id).order_by("size") if log else Checkpoint.objects.none()
    newest = signed.filter(size=size).first() or signed.last()
    if log is None or newest is None or newest.size == 0:
        raise NothingSigned(NothingSigned.__doc__)
    begin, end = _places(log, wanted, newest.size)
    at_end = signed.filter(size__gte=end).first() or newest
    at_start = signed.filter(size__lte=begin, size__gt=0).last()
    first, start = (at_start.size, bytes(at_start.note)) if at_start else (0, None)
    later = witnesses.cosigned(log.id, least=at_end.size)
    return Evidence(log, first, at_end.size, start, later.pop(at_end.size, bytes(at_end.note)), later)


def _places(log: Log, wanted: Filter, size: int) -> tuple[int, int]:
    """From the least place of the window to behind its greatest, as far as the log is signed."""
    if not (wanted.since or wanted.until):
        return 0, size
    statement, values = _PLACES, [log.id]
    if wanted.since:
        statement, values = statement + " and e.occurred_at >= %s", [*values, wanted.since]  # type: ignore[list-item]
    if wanted.until:
        statement, values = statement + " and e.occurred_at < %s", [*values, wanted.until]  # type: ignore[list-item]
    row = sql.one(statement, values)
    if row is None or row["first"] is None:
        # An empty window is proven by the whole log.
        return 0, size
    return min(row["first"], size), min(row["last"] + 1, size)
