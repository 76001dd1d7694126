"""The newest checkpoint of each log, kept in a file outside the database.

A database that was restored from a backup has forgotten what was signed after it; this file has not. So a checkpoint
is written here before the database has it, and the fork guard asks here before anything is signed.
"""

import os
from pathlib import Path

from audit.note import BadNote, Checkpoint, Note


class UnreadableHead(ValueError):
    """The file is there and holds no checkpoint. Nothing is signed until somebody has looked."""


class Heads:
    """`folder` is made when the first checkpoint is kept. Names of files are ids of logs."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._known: dict[str, tuple[Checkpoint, bytes]] = {}

    def newest(self, log_id: str) -> Checkpoint | None:
        """The newest head that was signed, as far as this machine knows. Raises UnreadableHead."""
        found = self._read(log_id)
        return found[0] if found else None

    def note(self, log_id: str) -> bytes:
        """The signed note of `newest`, empty where there is none. Raises UnreadableHead."""
        found = self._read(log_id)
        return found[1] if found else b""

    def keep(self, log_id: str, note: bytes) -> None:
        """Writes the note so that a crash leaves the old one or the new one. Raises OSError."""
        head = Checkpoint.parse(Note.parse(note).text)
        self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        path = self._path(log_id)
        beside = path.with_suffix(".new")
        with beside.open("wb") as file:
            file.write(note)
            file.flush()
            os.fsync(file.fileno())
        beside.replace(path)
        _sync_folder(self._folder)
        self._known[log_id] = (head, note)

    def _read(self, log_id: str) -> tuple[Checkpoint, bytes] | None:
        """What this process has seen is not forgotten when the file is taken away."""
        try:
            note = self._path(log_id).read_bytes()
        except FileNotFoundError:
            return self._known.get(log_id)
        try:
            found = Checkpoint.parse(Note.parse(note).text), note
        except BadNote as error:
            raise UnreadableHead(f"{self._path(log_id)} holds no checkpoint: {error}") from error
        known = self._known.get(log_id)
        if known is None or found[0].size >= known[0].size:
            self._known[log_id] = found
        return self._known[log_id]

    def _path(self, log_id: str) -> Path:
        return self._folder / f"{log_id}.checkpoint"


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
