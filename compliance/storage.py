"""The folder that holds exports. A file is complete before it has its name, and each try has a name of its own: two
workers, or one that was killed, never leave half a file where a whole one is looked for.
"""

import os
import secrets
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from hashlib import sha256
from io import BufferedRandom
from pathlib import Path

from django.conf import settings

PART = ".part"
# What no row names after so long was left behind by a worker that died.
LEFT_BEHIND = 3600.0
_BLOCK = 1 << 20


@dataclass(slots=True)
class Part:
    """A file being written. `name` is what it will be called; `out` can be read and sought too."""

    name: str
    out: BufferedRandom
    bytes: int = 0
    sha256: str = ""


def folder() -> Path:
    found = Path(settings.EXPORTS_DIR)
    found.mkdir(mode=0o700, parents=True, exist_ok=True)
    return found


def path(name: str) -> Path:
    return folder() / name


@contextmanager
def part(export_id: str, suffix: str) -> Iterator[Part]:
    """Gives a fresh file; leaves nothing where the block raises, else the whole file, on disk, under its name."""
    name = f"{export_id}.{secrets.token_hex(8)}.{suffix}"
    unfinished = path(name + PART)
    try:
        with os.fdopen(os.open(unfinished, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600), "w+b") as out:
            given = Part(name, out)
            yield given
            out.flush()
            os.fsync(out.fileno())
            given.bytes, given.sha256 = _measured(out)
        unfinished.rename(path(name))
    finally:
        unfinished.unlink(missing_ok=True)


def remove(name: str) -> None:
    path(name).unlink(missing_ok=True)


def export_of(name: str) -> str:
    """The id of the export that a file belongs to."""
    return name.partition(".")[0]


def names() -> list[str]:
    return sorted(found.name for found in folder().iterdir() if found.is_file())


def is_left_behind(name: str) -> bool:
    """Whether nobody has written to the file for LEFT_BEHIND seconds."""
    try:
        return time.time() - path(name).stat().st_mtime > LEFT_BEHIND
    except FileNotFoundError:
        return False


def _measured(out: BufferedRandom) -> tuple[int, str]:
    """Read once more from the start: an archive goes back to fill in sizes, so it cannot be hashed as it is written."""
    out.seek(0)
    digest, size = sha256(), 0
    while block := out.read(_BLOCK):
        digest.update(block)
        size += len(block)
    return size, digest.hexdigest()
