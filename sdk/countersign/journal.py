"""What this machine began to execute: JSON lines appended under a lock, so that a restart runs nothing twice.

Each action goes spending -> started -> finished -> reported. `started` is on the disk (fsync) before the function
runs. A spend whose answer was lost in a crash is sent again with the key noted at `spending`, which replays its answer.
"""

import json
import os
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, fields, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal
from uuid import uuid4

from countersign.errors import JournalError

if sys.platform == "win32":
    import msvcrt

    def _lock(fd: int) -> None:
        msvcrt.locking(fd, msvcrt.LK_LOCK, 1)
else:
    import fcntl

    def _lock(fd: int) -> None:
        fcntl.flock(fd, fcntl.LOCK_EX)


Phase = Literal["spending", "started", "finished", "reported"]
DEFAULT_PATH = "~/.local/state/countersign/journal.jsonl"
# Closed entries are dropped once the file is larger than this many bytes; the server knows them.
COMPACT_ABOVE = 1 << 20


@dataclass(frozen=True, slots=True)
class Entry:
    """How far one action got. `key` and `grant`: of the spend, to send it again alike; `report`: owed to the server."""

    action: str
    phase: Phase
    key: str
    grant: str | None = None
    execution_key: str | None = None
    report: dict[str, Any] | None = None

    @property
    def begun(self) -> bool:
        return self.phase != "spending"


class Journal:
    """Safe for threads and for processes that share the file. Every method raises JournalError when the file fails."""

    def __init__(self, path: str | os.PathLike[str] | None = None) -> None:
        self.path = Path(path or os.environ.get("COUNTERSIGN_JOURNAL") or DEFAULT_PATH).expanduser()
        self._thread_lock = threading.Lock()
        self._entries: dict[str, Entry] = {}
        self._header = b""
        self._offset = 0

    def find(self, action: str) -> Entry | None:
        if not self.path.exists():
            return None
        with self._open():
            return self._entries.get(action)

    def unfinished(self) -> tuple[Entry, ...]:
        """What the server was not told the end of, oldest first: `resume` each by its action after a restart."""
        if not self.path.exists():
            return ()
        with self._open():
            return tuple(entry for entry in self._entries.values() if entry.phase != "reported")

    def claim(self, action: str, key: str, grant: str) -> Entry:
        """Notes that `grant` is about to be spent with `key`, or gives the entry that is there already."""
        with self._open() as fd:
            if action not in self._entries:
                self._append(fd, Entry(action, "spending", key, grant), durable=False)
            return self._entries[action]

    def start(self, action: str, execution_key: str) -> bool:
        """Notes, on the disk, that the function is about to run. False where anybody noted that before."""
        with self._open() as fd:
            entry = self._entries.get(action) or Entry(action, "spending", "")
            if entry.begun:
                return False
            self._append(fd, replace(entry, phase="started", grant=None, execution_key=execution_key), durable=True)
            return True

    def finish(self, action: str, report: dict[str, Any]) -> None:
        """Keeps the report until the server has it."""
        with self._open() as fd:
            entry = self._entries.get(action) or Entry(action, "started", "")
            self._append(fd, replace(entry, phase="finished", report=report), durable=True)

    def reported(self, action: str) -> None:
        """The server has the report. Nothing to do for an action that is not in the journal."""
        if not self.path.exists():
            return
        with self._open() as fd:
            entry = self._entries.get(action)
            if entry is None:
                return
            status = {"status": entry.report.get("status") if entry.report else "unknown"}
            self._append(fd, replace(entry, phase="reported", report=status), durable=False)
            if os.fstat(fd).st_size > COMPACT_ABOVE:
                self._compact()

    @contextmanager
    def _open(self) -> Iterator[int]:
        """The file, locked and read to its end."""
        with self._thread_lock:
            fds: list[int] = []
            try:
                self.path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
                fds.append(os.open(f"{self.path}.lock", os.O_RDWR | os.O_CREAT, 0o600))
                _lock(fds[0])
                fds.append(os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o600))
                self._catch_up(fds[1])
                yield fds[1]
            except OSError as error:
                raise JournalError(f"{self.path}: {error}") from error
            finally:
                for fd in reversed(fds):
                    os.close(fd)

    def _catch_up(self, fd: int) -> None:
        """Reads what others appended. A last line without its end is of a writer that died: it is cut off."""
        with os.fdopen(os.dup(fd), "rb") as file:
            file.seek(0)
            header = file.readline()
            if not header.endswith(b"\n"):
                header = _header()
                os.ftruncate(fd, 0)
                os.write(fd, header)
            if header != self._header:
                self._entries, self._header, self._offset = {}, header, len(header)
            file.seek(self._offset)
            text = file.read()
        whole = text[: text.rfind(b"\n") + 1]
        for line in whole.splitlines():
            self._read(line)
        self._offset += len(whole)
        if len(whole) < len(text):
            os.ftruncate(fd, self._offset)

    def _read(self, line: bytes) -> None:
        try:
            data = json.loads(line)
            entry = Entry(**{item.name: data[item.name] for item in fields(Entry)})
        except (ValueError, KeyError, TypeError) as error:
            raise JournalError(f"{self.path} is damaged at {line[:80]!r}: check what ran, then move it away") from error
        self._entries[entry.action] = entry

    def _append(self, fd: int, entry: Entry, *, durable: bool) -> None:
        line = _line(entry)
        try:
            if os.write(fd, line) < len(line):
                raise JournalError(f"{self.path}: the disk is full")
            if durable:
                os.fsync(fd)
                self._sync_folder()
        except (OSError, JournalError):
            os.ftruncate(fd, self._offset)
            raise
        self._offset += len(line)
        self._entries[entry.action] = entry

    def _compact(self) -> None:
        """Replaces the file by its open entries; other processes see the new header and read again."""
        fresh = self.path.with_name(f"{self.path.name}.new")
        with open(fresh, "wb", opener=lambda path, flags: os.open(path, flags, 0o600)) as file:
            file.write(_header())
            file.writelines(_line(entry) for entry in self._entries.values() if entry.phase != "reported")
            file.flush()
            os.fsync(file.fileno())
        fresh.replace(self.path)
        self._sync_folder()

    def _sync_folder(self) -> None:
        if sys.platform != "win32":
            fd = os.open(self.path.parent, os.O_RDONLY)
            try:
                os.fsync(fd)
            finally:
                os.close(fd)


def _header() -> bytes:
    """The first line; its random word tells a file that was replaced from one that grew."""
    return json.dumps({"countersign_journal": 1, "id": uuid4().hex}).encode() + b"\n"


def _line(entry: Entry) -> bytes:
    data = {"at": datetime.now(UTC).isoformat(timespec="milliseconds")} | asdict(entry)
    return json.dumps(data, separators=(",", ":"), allow_nan=False).encode() + b"\n"
