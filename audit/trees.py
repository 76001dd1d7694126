"""The trees as the database holds them: which log a workspace writes to, how large it is, and its hashes."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime

from django.db import connection, transaction

from audit import tiles
from audit.merkle import HashAt
from audit.models import Leaf, Log
from audit.models import Tile as FullTile
from audit.tiles import WIDTH, Fetch, Tile

# One number space of advisory locks for all logs: "logs" in ASCII.
LOCKS = 0x6C6F6773


@contextmanager
def alone(workspace_id: str) -> Iterator[bool]:
    """A transaction in which nobody else sequences or signs for the workspace; False where somebody else does.

    On SQLite the transaction itself keeps everybody else out.
    """
    with transaction.atomic():
        yield connection.vendor != "postgresql" or _lock(workspace_id)


def _lock(workspace_id: str) -> bool:
    with connection.cursor() as cursor:
        cursor.execute("select pg_try_advisory_xact_lock(%s, hashtext(%s))", [LOCKS, workspace_id])
        return bool(cursor.fetchone()[0])


def current(workspace_id: str) -> Log | None:
    """The log that takes the workspace's events now."""
    return Log.objects.filter(workspace_id=workspace_id).order_by("-generation").first()


def begin(workspace_id: str, prefix: str, at: datetime, *, generation: int = 1, continues: bytes = b"") -> Log:
    """A new log, to be called alone. `prefix` is the address of the logs without its scheme."""
    log_id = workspace_id if generation == 1 else f"{workspace_id}.{generation}"
    return Log.objects.create(
        id=log_id,
        workspace_id=workspace_id,
        generation=generation,
        origin=f"{prefix}/{log_id}",
        started_at=at,
        continues=continues,
    )


def size(log_id: str) -> int:
    last = Leaf.objects.filter(log_id=log_id).order_by("-seq").values_list("seq", flat=True).first()
    return 0 if last is None else last + 1


def fetching(log_id: str) -> Fetch:
    """Reads tiles of the log. A tile that the tree does not have comes back too short."""

    def fetch(tile: Tile) -> Sequence[bytes]:
        level = tile.level or 0
        if tile.width == WIDTH:
            full = FullTile.objects.filter(log_id=log_id, level=level, n=tile.index)
            hashes = full.values_list("hashes", flat=True).first()
            return [] if hashes is None else tiles.split(bytes(hashes))
        return partial(log_id, level, tile.first, tile.first + tile.width)

    return fetch


def partial(log_id: str, level: int, begin: int, end: int) -> list[bytes]:
    """Hashes `begin` to `end` of a level, from the rows below them."""
    if level == 0:
        leaves = Leaf.objects.filter(log_id=log_id, seq__gte=begin, seq__lt=end).order_by("seq")
        return [bytes(leaf) for leaf in leaves.values_list("leaf_hash", flat=True)]
    below = FullTile.objects.filter(log_id=log_id, level=level - 1, n__gte=begin, n__lt=end).order_by("n")
    return [bytes(root) for root in below.values_list("root", flat=True)]


def reading(log_id: str, size: int) -> HashAt:
    """How to read the log's tree of `size` leaves."""
    return tiles.reading(size, fetching(log_id))
