"""The other side: a witness of logs. It keeps the newest checkpoint of each in a SQLite file of its own, cosigns what
grew out of it, and keeps whatever was signed and did not.

It shares no database, no key and best no machine with the logs that it watches.
"""

import sqlite3
from collections.abc import Iterable
from contextlib import closing
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from audit.anchors.wire import SIZE_MEDIA, AddCheckpoint, BadRequest, heading
from audit.merkle import BadProof, check_consistency
from audit.note import BadNote, Checkpoint, Key, Note, Signer

TEXT = "text/plain; charset=utf-8"
SCHEMA = """
create table if not exists held (
  origin text primary key, size integer not null, root blob not null, note blob not null
);
create table if not exists evidence (
  id integer primary key, at integer not null, origin text not null, why text not null,
  held blob not null, offered blob not null
);
"""


@dataclass(frozen=True, slots=True)
class Reply:
    status: int
    body: bytes
    media: str = TEXT


@dataclass(frozen=True, slots=True)
class Evidence:
    """Two checkpoints that one log signed and that no tree has both: `held`, and the one in the request `offered`."""

    at: int
    origin: str
    why: str
    held: bytes
    offered: bytes


class Witness:
    """Any number of processes may use one file: looking and storing are one transaction."""

    def __init__(self, path: Path, signer: Signer, logs: Iterable[Key]) -> None:
        self._path, self._signer = path, signer
        self._logs: dict[str, list[Key]] = {}
        for key in logs:
            self._logs.setdefault(key.name, []).append(key)
        with closing(self._connect()) as db:
            db.executescript(SCHEMA)

    def add_checkpoint(self, body: bytes, *, at: int) -> Reply:
        """`at` in seconds since 1970. The order of the refusals is the specification's."""
        try:
            request = AddCheckpoint.parse(body)
            note, head = heading(request.note)
        except (BadRequest, BadNote) as error:
            return _refused(400, str(error))
        keys = self._logs.get(head.origin)
        if keys is None:
            return _refused(404, "This witness does not watch the log.")
        try:
            signed = note.by(keys)
        except BadNote as error:
            return _refused(403, str(error))
        if not signed:
            return _refused(403, "No key that this witness trusts signed the checkpoint.")
        if request.old > head.size:
            return _refused(400, "The old size is beyond the checkpoint's.")
        with closing(self._connect()) as db:
            db.execute("begin immediate")
            reply = self._weigh(db, request, note, head, at)
            db.execute("commit")
        return reply

    def held(self, name: str) -> bytes | None:
        """The newest cosigned checkpoint of the log; `name` is the SHA-256 of its origin in hexadecimal."""
        with closing(self._connect()) as db:
            rows = db.execute("select origin, note from held").fetchall()
        return next((note for origin, note in rows if sha256(origin.encode()).hexdigest() == name), None)

    def evidence(self) -> list[Evidence]:
        """What was refused although the log had signed it, oldest first."""
        with closing(self._connect()) as db:
            rows = db.execute("select at, origin, why, held, offered from evidence order by id").fetchall()
        return [Evidence(*row) for row in rows]

    def _weigh(self, db: sqlite3.Connection, request: AddCheckpoint, note: Note, head: Checkpoint, at: int) -> Reply:
        row = db.execute("select size, root, note from held where origin = ?", [head.origin]).fetchone()
        size, root, held = row or (0, sha256(b"").digest(), b"")
        if request.old != size:
            return Reply(409, f"{size}\n".encode(), SIZE_MEDIA)
        if head.size == size and head.root != root:
            self._keep(db, head.origin, f"another tree of {size} entries", held, request, at)
            return Reply(409, f"{size}\n".encode(), SIZE_MEDIA)
        try:
            check_consistency(size, head.size, request.proof, root, head.root)
        except BadProof as error:
            # Without a signed checkpoint of before, nothing contradicts the log yet.
            if row is not None:
                self._keep(db, head.origin, str(error), held, request, at)
            return _refused(422, str(error))
        cosigned = Note(note.text, (*note.signatures, self._signer.cosign(note.text, at)))
        db.execute(
            "insert into held (origin, size, root, note) values (?, ?, ?, ?)"
            " on conflict (origin) do update set size = excluded.size, root = excluded.root, note = excluded.note",
            [head.origin, head.size, head.root, bytes(cosigned)],
        )
        return Reply(200, cosigned.signatures[-1].line.encode())

    def _keep(
        self, db: sqlite3.Connection, origin: str, why: str, held: bytes, offered: AddCheckpoint, at: int
    ) -> None:
        db.execute(
            "insert into evidence (at, origin, why, held, offered) values (?, ?, ?, ?, ?)",
            [at, origin, why, held, bytes(offered)],
        )

    def _connect(self) -> sqlite3.Connection:
        db = sqlite3.connect(self._path, timeout=20, isolation_level=None)
        # The checkpoint must outlive the machine's power before the cosignature leaves the house.
        db.execute("pragma synchronous = full")
        return db


def _refused(status: int, why: str) -> Reply:
    return Reply(status, f"{why}\n".encode())
