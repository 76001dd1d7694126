"""Makes the log of `bench/verify.py` and verifies it; Django is set up by then."""

import json
import sys
import time
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from django.core.management import call_command
from django.db import connection, transaction

from audit import note, tiles, trees, verify, verify_deep
from audit.canonical import event_bytes, stamp
from audit.merkle import Frontier, leaf_hash, root
from audit.models import Checkpoint, Log, LogKey
from audit.models import Tile as FullTile
from audit.note import Checkpoint as Head
from audit.tiles import WIDTH
from tenancy import ids

WORKSPACE = "wsp_bench"
BATCH = 4096
PADDING = "x" * 560
EVENT = "id, workspace_id, kind, subject_type, subject_id, action_id, actor_kind, actor_id, door, occurred_at, body"


def body(event_id: str, n: int, at: datetime) -> bytes:
    digests = [f"{n:043d}", f"{n + 1:043d}", f"{n + 2:043d}"]
    return event_bytes(
        {
            "id": event_id,
            "kind": "action:submitted",
            "log": WORKSPACE,
            "occurred_at": stamp(at),
            "actor": {"kind": "agent", "id": "agt_bench", "door": "api"},
            "subject": {"type": "action", "id": f"act_{n}"},
            "action": f"act_{n}",
            "digest": digests[0],
            "revision": 1,
            "policy": None,
            # No values are kept beside these, so the event commits to none.
            "data": {"effect": "require_approval", "padding": PADDING, "digests": digests},
            "disclosures": [],
        }
    )


def fill(log: Log, size: int, at: datetime) -> None:
    """Rows as the sequencer leaves them, a checkpoint for each batch."""
    signer = note.Signer(log.origin, Ed25519PrivateKey.generate())
    LogKey.objects.create(log_id=log.id, vkey=signer.key().vkey, size=0, at=at)
    frontier = Frontier()
    roots: list[bytes] = []
    for first in range(0, size, BATCH):
        with transaction.atomic():
            hashes = batch(log, range(first, min(size, first + BATCH)), at)
            roots += keep_tiles(log, 0, first // WIDTH, hashes)
            frontier = frontier.grown(hashes)
            head = Head(log.origin, frontier.size, frontier.root())
            signed = bytes(note.signed(head.text, [signer]))
            Checkpoint.objects.create(log_id=log.id, size=head.size, root=head.root, note=signed, signed_at=at)
    level = 1
    while roots:
        roots, level = keep_tiles(log, level, 0, roots), level + 1


def batch(log: Log, span: range, at: datetime) -> list[bytes]:
    """Events and leaves; their leaf hashes."""
    hashes = []
    with connection.cursor() as cursor:
        # Ids follow the clock, as they do where events come one after another.
        made = [(ids.new("evt", at + timedelta(milliseconds=n)), n) for n in span]
        with cursor.copy(f"copy audit_event ({EVENT}) from stdin") as copy:
            for event_id, n in made:
                entry = body(event_id, n, at)
                hashes.append(leaf_hash(entry))
                about = (WORKSPACE, "action:submitted", "action", f"act_{n}", f"act_{n}")
                copy.write_row((event_id, *about, "agent", "agt_bench", "api", at, entry))
        with cursor.copy("copy audit_leaf (log_id, seq, event_id, leaf_hash) from stdin") as copy:
            for (event_id, n), hashed in zip(made, hashes, strict=True):
                copy.write_row((log.id, n, event_id, hashed))
    return hashes


def keep_tiles(log: Log, level: int, first: int, hashes: list[bytes]) -> list[bytes]:
    """The full tiles over these hashes; their roots."""
    rows = [hashes[at : at + WIDTH] for at in range(0, len(hashes) - WIDTH + 1, WIDTH)]
    made = [
        FullTile(log_id=log.id, level=level, n=first + n, hashes=tiles.join(row), root=root(row))
        for n, row in enumerate(rows)
    ]
    FullTile.objects.bulk_create(made)
    return [bytes(tile.root) for tile in made]


def hashing(at: datetime) -> float:
    """Events a second of one core: leaf hashes, the tiles over them and their join, of bytes in memory."""
    bodies = [body(f"evt_{n:022d}", n, at) for n in range(16 * WIDTH)]
    best = 0.0
    for _ in range(20):
        begun = time.process_time()
        for first in range(0, len(bodies), WIDTH):
            hashes = [sha256(b"\x00" + each).digest() for each in bodies[first : first + WIDTH]]
            tiles.join(hashes)
            root(hashes)
        best = max(best, len(bodies) / (time.process_time() - begun))
    return best


def timed(log: Log, at: datetime, **options: Any) -> tuple[float, float]:
    """Wall seconds, and seconds of this process, of one run that must find nothing."""
    wall, mine = time.perf_counter(), time.process_time()
    report = verify.verify(log, at=at, **options)
    assert report.faults == [], report.faults
    return time.perf_counter() - wall, time.process_time() - mine


def main(size: int) -> None:
    call_command("migrate", verbosity=0)
    at = datetime.now(UTC)
    log = trees.current(WORKSPACE)
    begun = time.perf_counter()
    if log is None:
        log = trees.begin(WORKSPACE, "bench.example/log", at)
        fill(log, size, at)
    filled = time.perf_counter() - begun
    with connection.cursor() as cursor:
        cursor.execute("analyze")
    wall, mine = timed(log, at)
    deep_wall, deep_mine = timed(log, at, deep=(verify_deep.columns, verify_deep.Disclosures()))
    told = {
        "bench": "verify",
        "events": size,
        "bytes": len(body("evt_" + "0" * 22, 1, at)),
        "database": connection.vendor,
        "seconds to make them": round(filled, 1),
        "hashed again, events/s/core": round(hashing(at)),
        "whole run, events/s": round(size / wall),
        "whole run, events/s of our own core": round(size / mine),
        "deep run, events/s": round(size / deep_wall),
        "deep run, events/s of our own core": round(size / deep_mine),
    }
    sys.stdout.write(json.dumps(told) + "\n")
