"""Checkpoints as files in a folder, best on another disk or in a git repository that is pushed elsewhere."""

import re
import subprocess
from collections.abc import Iterator
from pathlib import Path
from shutil import which

from audit.anchors.witness import Diverged

GIT_SECONDS = 30.0

_WORD = re.compile(r"[A-Za-z0-9._-]+")


class Undelivered(Exception):
    """The other side could not be reached, or would not take it. Ask again later."""


def put(folder: Path, log_id: str, size: int, note: bytes) -> None:
    """One file a size, never written twice; a git repository gets a commit. Raises Undelivered, Diverged."""
    path = folder / _word(log_id) / f"{size:012d}.checkpoint"
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        newest = max(path.parent.glob("*.checkpoint"), default=path)
        if newest.name > path.name or (path.exists() and path.read_bytes() != note):
            raise Diverged(f"The folder holds {newest.name}, which this log did not grow from.")
        if not path.exists():
            path.with_suffix(".new").write_bytes(note)
            path.with_suffix(".new").replace(path)
        if (folder / ".git").is_dir():
            _commit(folder, path, f"{log_id}: {size} entries")
    except (OSError, subprocess.SubprocessError) as error:
        raise Undelivered(f"The folder {folder} takes no checkpoint: {error}") from error


def ends(folder: Path, log_id: str) -> Iterator[tuple[str, bytes]]:
    """The oldest and the newest checkpoint of the log in the folder, with their names."""
    found = sorted((folder / _word(log_id)).glob("*.checkpoint"))
    for path in dict.fromkeys([*found[:1], *found[-1:]]):
        yield f"The file {path.name} in the anchor folder", path.read_bytes()


def _commit(folder: Path, path: Path, says: str) -> None:
    """Only this file; what else lies in the repository is none of our business."""
    name = str(path.relative_to(folder))
    who = ["-c", "user.name=Countersign", "-c", "user.email=countersign@localhost", "-c", "commit.gpgsign=false"]
    for command in (["add", "--", name], [*who, "commit", "--quiet", "-m", says, "--", name]):
        words = [which("git") or "git", "-C", str(folder), *command]
        done = subprocess.run(words, capture_output=True, text=True, check=False, timeout=GIT_SECONDS)
        if done.returncode and not ("commit" in command and _is_committed(folder, name)):
            raise OSError(done.stderr.strip() or done.stdout.strip())


def _is_committed(folder: Path, name: str) -> bool:
    """Git refuses to commit what is committed already; that is no failure."""
    words = [which("git") or "git", "-C", str(folder), "status", "--porcelain", "--", name]
    return subprocess.run(words, capture_output=True, check=False, timeout=GIT_SECONDS).stdout == b""


def _word(log_id: str) -> str:
    """Ids of logs are our own words; whatever else came would be a path."""
    if not _WORD.fullmatch(log_id) or log_id.startswith("."):
        raise ValueError(f"{log_id!r} is no id of a log.")
    return log_id
