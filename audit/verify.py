"""Derives a log again from its events, and holds every stored hash, tile and signed checkpoint against what comes out.

Nothing that the database says about a tree is believed: leaf hashes are made of the events' bytes, tiles of leaf
hashes, roots of tiles. An incremental run believes the tiles before `since`, which a full run has looked at.
"""

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from hashlib import sha256
from itertools import pairwise

from audit import entries, keyring, trees
from audit.entries import Chunk, Entry
from audit.merkle import Frontier, root, subtree
from audit.models import Checkpoint, Log, UnsignedLog
from audit.note import BadNote, Key, Note
from audit.note import Checkpoint as Head
from audit.tiles import HEIGHT, WIDTH, frontier, join, split
from audit.verdicts import Code, Fault, Report

# An event waits for its leaf, and a leaf for its checkpoint, for fractions of a second.
PATIENCE = timedelta(seconds=60)
LOST_MAX = 20

Deep = Callable[[Log, Sequence[Entry]], Iterable[Fault]]
"""Looks closer at entries whose bytes are the ones that were logged."""
Anchor = tuple[str, Head, Code]
"""Who holds which head of the log elsewhere, and what it means when the log does not contain it."""
Step = Callable[[int, int], None]
"""Told how many entries of how many are done."""


def quietly(done: int, total: int) -> None:
    """Tells nobody."""


def verify(
    log: Log,
    *,
    at: datetime,
    since: int = 0,
    deep: Sequence[Deep] = (),
    anchors: Sequence[Anchor] = (),
    step: Step = quietly,
) -> Report:
    """`since` is an index; hashing begins at its tile."""
    # Asked in this order, for the log may grow meanwhile: what was signed by now has its leaves by now.
    signed = Checkpoint.objects.filter(log_id=log.id).order_by("-size").values_list("size", flat=True).first() or 0
    size = trees.size(log.id)
    first = min(since, size) // WIDTH * WIDTH
    report = Report(log.id, log.workspace_id, log.origin, first, size, bool(deep))
    _Walk(log, report, deep, signed).run(step)
    for fault in (*_unfinished(log, size, at), *_anchored(log, size, anchors)):
        report.add(fault)
    if first == 0:
        for event_id in entries.lost(log.workspace_id, LOST_MAX):
            report.add(Fault(Code.INVALID, f"The event {event_id} never came to the log.", None, event_id))
    return report


class _Walk:
    """`peaks` is the frontier over whole tiles: its leaves are their roots."""

    def __init__(self, log: Log, report: Report, deep: Sequence[Deep], signed: int) -> None:
        self.log, self.report, self.deep = log, report, deep
        self.keys = [key for key, _, _ in keyring.ever(log.id)]
        before = frontier(report.first, trees.fetching(log.id))
        self.peaks = Frontier(report.first // WIDTH, before.peaks)
        # Roots of the full tiles seen so far that no tile above has taken in yet, by level.
        self.above: dict[int, list[bytes]] = {}
        self.signed = signed
        self.heads: deque[tuple[int, bytes | memoryview[int], bytes | memoryview[int]]] = deque()

    def run(self, step: Step) -> None:
        first, size = self.report.first, self.report.size
        self._expect(first - 1, first)
        self._checkpoints(first, [])
        for chunk in entries.chunks(self.log.id, first, size):
            end = min(size, chunk.first + entries.CHUNK)
            gap = _gap(chunk, end)
            if gap is not None:
                self._bad(f"Entry {gap} is missing.", gap)
                return
            self._expect(chunk.first, end)
            for at in range(0, len(chunk.entries), WIDTH):
                self._tile(chunk, chunk.entries[at : at + WIDTH])
            for check in self.deep:
                for fault in check(self.log, chunk.entries):
                    self.report.add(fault)
            step(end, size)
        if self.signed > size:
            self._bad(f"Entry {size} is missing: a checkpoint of {self.signed} entries was signed.", size)

    def _expect(self, after: int, until: int) -> None:
        """Lines up the signed checkpoints of these sizes."""
        span = {"size__gt": max(after, 0), "size__lte": min(until, self.signed)}
        stored = Checkpoint.objects.filter(log_id=self.log.id, **span).order_by("size")
        self.heads.extend(stored.values_list("size", "root", "note"))

    def _tile(self, chunk: Chunk, rows: Sequence[Entry]) -> None:
        before, number = self.report.count, rows[0][0] // WIDTH
        hashes, tile = self._leaves(rows), chunk.tiles.get(number)
        is_bad = self.report.count > before
        if len(rows) < WIDTH:
            self._checkpoints(rows[0][0], hashes)
            return
        made = root(hashes)
        self._compare(0, number, hashes, made, tile)
        if is_bad and tile is not None and root(split(tile[0])) == tile[1]:
            # The fault is named; with the hashes that were signed, the rest of the log is not blamed for it.
            hashes, made = split(tile[0]), tile[1]
        self._checkpoints(rows[0][0], hashes)
        self.peaks = self.peaks.grown([made])
        self._lift(1, number, made)

    def _leaves(self, rows: Sequence[Entry]) -> list[bytes]:
        """The leaf hashes that the events give; each fault is named."""
        hashes = [sha256(b"\x00" + row[3]).digest() if row[3] is not None else row[2] for row in rows]
        workspace_id = self.log.workspace_id
        if hashes == [row[2] for row in rows] and {row[4] for row in rows} == {workspace_id}:
            return hashes
        for made, (seq, event_id, leaf, body, workspace) in zip(hashes, rows, strict=True):
            if made == leaf and workspace == workspace_id:
                continue
            if body is None:
                self._bad(f"The event {event_id} of entry {seq} is gone.", seq, event_id)
            elif made != leaf:
                self._bad(f"Entry {seq} ({event_id}) does not fit its leaf hash.", seq, event_id)
            else:
                self._bad(f"Entry {seq} ({event_id}) is of {workspace}, not of {workspace_id}.", seq, event_id)
        return hashes

    def _compare(
        self, level: int, number: int, hashes: Sequence[bytes], made: bytes, tile: tuple[bytes, bytes] | None
    ) -> None:
        if tile == (join(hashes), made):
            return
        index = (number * WIDTH) << HEIGHT * level
        if tile is None:
            self._bad(f"Tile {number} of level {level} is missing.", index)
            return
        differ = [n for n, each in enumerate(hashes) if tile[0][32 * n : 32 * n + 32] != each]
        index += (differ[0] if differ else 0) << HEIGHT * level
        self._bad(f"Tile {number} of level {level} does not fit what is below it, from entry {index} on.", index)

    def _lift(self, level: int, number: int, made: bytes) -> None:
        """Collects roots until they fill a tile of the level above; a run from the middle skips the first one."""
        row = self.above.setdefault(level, [])
        if row or number % WIDTH == 0:
            row.append(made)
        if len(row) == WIDTH:
            over, above = number // WIDTH, root(row)
            self._compare(level, over, row, above, _tile_at(self.log.id, level, over))
            self.above[level] = []
            self._lift(level + 1, over, above)

    def _checkpoints(self, first: int, hashes: Sequence[bytes]) -> None:
        """Every signed checkpoint up to the last of these leaves, the first of which begins a tile."""
        while self.heads and self.heads[0][0] <= first + len(hashes):
            size, stored, note = self.heads.popleft()
            inner = Frontier().grown(hashes[: size - first]).peaks
            tree = Frontier(size, self.peaks.peaks + inner).root()
            for says in _misfits(self.log, self.keys, Head(self.log.origin, size, tree), bytes(stored), bytes(note)):
                is_first = bytes(stored) != tree and self.report.first_bad is None
                self._bad(says, self._covered(size) if is_first else None)

    def _covered(self, size: int) -> int:
        """The first entry that the checkpoint covers and the one before it does not."""
        earlier = Checkpoint.objects.filter(log_id=self.log.id, size__lt=size).order_by("-size")
        return earlier.values_list("size", flat=True).first() or 0

    def _bad(self, says: str, index: int | None, event_id: str = "") -> None:
        self.report.add(Fault(Code.INVALID, says, index, event_id))


def _gap(chunk: Chunk, end: int) -> int | None:
    """The first place of the chunk that no leaf has."""
    places = [chunk.first - 1, *(row[0] for row in chunk.entries), end]
    return next((before + 1 for before, after in pairwise(places) if after != before + 1), None)


def _tile_at(log_id: str, level: int, number: int) -> tuple[bytes, bytes] | None:
    return entries.tiles_of(log_id, level, number * WIDTH).get(number)


def _misfits(log: Log, keys: Sequence[Key], made: Head, stored: bytes, note: bytes) -> Iterator[str]:
    """What is wrong with a stored checkpoint, against the head that the entries give."""
    where = f"The checkpoint of {made.size} entries"
    if stored != made.root:
        yield f"{where} is of another tree than the entries make."
    try:
        parsed = Note.parse(note)
        if not parsed.by(keys):
            yield f"{where} is signed by no key of the log."
        if Head.parse(parsed.text) != made:
            yield f"{where} says something else in its signed note."
    except BadNote as error:
        yield f"{where} bears a bad note: {error}"


def _unfinished(log: Log, size: int, at: datetime) -> Iterator[Fault]:
    """What should long be in the log or under a signature, and is not."""
    newest = trees.current(log.workspace_id)
    if newest is not None and newest.id == log.id:
        count, event_id = entries.late(log.workspace_id, at - PATIENCE)
        if count:
            yield Fault(Code.INCOMPLETE, f"{count} events still wait for the log, from {event_id} on.", None, "")
    owed = UnsignedLog.objects.filter(log_id=log.id).first()
    if owed is not None and owed.refused:
        yield Fault(Code.INCOMPLETE, f"The log is not signed any more: {owed.refused}")
    elif owed is not None and owed.since < at - PATIENCE:
        yield Fault(
            Code.INCOMPLETE, f"The newest entries have waited for a signature since {owed.since:%Y-%m-%d %H:%M}."
        )


def _anchored(log: Log, size: int, anchors: Sequence[Anchor]) -> Iterator[Fault]:
    """Heads that were given away: the tree must still contain each of them."""
    read = trees.reading(log.id, size)
    for where, head, code in anchors:
        if head.size > size:
            yield Fault(code, f"{where} holds {head.size} entries, and the database has {size}.", size)
        elif _root_at(head.size, read) != head.root:
            yield Fault(code, f"{where} holds another tree of {head.size} entries.", None)


def _root_at(size: int, read: Callable[[int, int], bytes]) -> bytes:
    try:
        return subtree(0, size, read)
    except (ValueError, IndexError):
        return b""
