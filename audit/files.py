"""A log as files in the layout of c2sp.org/tlog-tiles, which any web server can serve and anybody can keep.

Files that never change are written once; the checkpoint comes last, so that whoever reads it finds what it covers.
"""

from dataclasses import dataclass
from pathlib import Path

from audit import log_queries, tiles
from audit.log_queries import LogView
from audit.note import Checkpoint, Note
from audit.tiles import Tile


class OtherLog(ValueError):
    """The folder holds the files of another log, or more of this one than the database. Give another folder."""


@dataclass(frozen=True, slots=True)
class Written:
    size: int
    made: int
    kept: int


def write(log_id: str, folder: Path) -> Written:
    """Everything that the newest checkpoint covers. Raises OtherLog, BadNote (a foreign checkpoint file), OSError."""
    view = log_queries.log(log_id)
    if view is None or not view.checkpoint:
        return Written(0, 0, 0)
    _look(view, folder)
    made = kept = 0
    for tile in tiles.of_tree(view.size):
        for each in (tile, tiles.bundle_of(tile)) if tile.level == 0 else (tile,):
            if _write_tile(view, each, folder / each.path):
                made += 1
            else:
                kept += 1
    _replace(folder / "vkey", log_queries.vkeys(log_id).encode())
    _replace(folder / "policy", log_queries.policy(log_id).encode())
    _replace(folder / "checkpoint", view.checkpoint)
    return Written(view.size, made, kept)


def _look(view: LogView, folder: Path) -> None:
    path = folder / "checkpoint"
    if not path.exists():
        return
    there = Checkpoint.parse(Note.parse(path.read_bytes()).text)
    if there.origin != view.origin or there.size > view.size:
        raise OtherLog(
            f"{folder} holds {there.size} leaves of {there.origin}, and the database {view.size} of {view.origin}."
            " Give another folder."
        )


def _write_tile(view: LogView, tile: Tile, path: Path) -> bool:
    if path.exists():
        return False
    data = log_queries.tile(view, tile)
    _replace(path, data or b"")
    return True


def _replace(path: Path, data: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.with_name(f".{path.name}.new")
    beside.write_bytes(data)
    beside.replace(path)
