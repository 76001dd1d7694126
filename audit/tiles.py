"""Tiles and entry bundles: how a tree is laid out in files that never change (c2sp.org/tlog-tiles).

A tile holds 256 hashes of one level, or fewer at the right edge. Level 0 holds leaf hashes, each hash above is the root
of a full tile below. Pure: whoever has the files passes `fetch`.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

from audit.merkle import HASH_SIZE, Frontier, HashAt, root

WIDTH = 256
HEIGHT = 8
ENTRY_MAX = 65_535

_ENTRIES = "entries"
_PATH = re.compile(r"tile/(entries|0|[1-9][0-9]?)/((?:x[0-9]{3}/)*[0-9]{3})(?:\.p/([1-9][0-9]{0,2}))?")


class BadTile(ValueError):
    """Not a tile, a bundle or the path of one. The message says what is wrong."""


@dataclass(frozen=True, slots=True, order=True)
class Tile:
    """Number `index` of a level, `width` hashes wide. Level `None` is the bundle of entries under a level-0 tile."""

    level: int | None
    index: int
    width: int = WIDTH

    @property
    def path(self) -> str:
        """`tile/0/x001/234.p/5`"""
        level = _ENTRIES if self.level is None else str(self.level)
        partial = "" if self.width == WIDTH else f".p/{self.width}"
        return f"tile/{level}/{_number(self.index)}{partial}"

    @classmethod
    def parse(cls, path: str) -> "Tile":
        """Raises BadTile unless `path` is the one way to write it."""
        match = _PATH.fullmatch(path)
        if match is None:
            raise BadTile("A tile reads tile/<level>/<number>, partial ones with .p/<width>.")
        level = None if match[1] == _ENTRIES else int(match[1])
        width = int(match[3]) if match[3] else WIDTH
        index = int(match[2].replace("x", "").replace("/", ""))
        tile = cls(level, index, width)
        if (level is not None and level > 63) or (match[3] and width >= WIDTH) or tile.path != path:
            raise BadTile("Levels go to 63, partial tiles are 1 to 255 wide, and numbers have no needless zeroes.")
        return tile

    def is_in(self, size: int) -> bool:
        """Whether a tree of `size` leaves, or of some size before, has it."""
        hashes = size >> (HEIGHT * (self.level or 0))
        return self.index * WIDTH + self.width <= hashes

    @property
    def first(self) -> int:
        """The place of its first hash in its level."""
        return self.index * WIDTH


Fetch = Callable[[Tile], Sequence[bytes]]


def of_tree(size: int) -> Iterator[Tile]:
    """Every tile of a tree, level by level; bundles are not among them."""
    yield from grown(0, size)


def grown(old: int, new: int) -> Iterator[Tile]:
    """The tiles that a tree of `new` leaves has and a tree of `old` leaves had not."""
    level = 0
    while new:
        for index in range(old // WIDTH, new // WIDTH):
            yield Tile(level, index)
        if new % WIDTH and new != old:
            yield Tile(level, new // WIDTH, new % WIDTH)
        old, new, level = old // WIDTH, new // WIDTH, level + 1


def bundle_of(tile: Tile) -> Tile:
    """The entry bundle under a tile of level 0."""
    return Tile(None, tile.index, tile.width)


def join(hashes: Iterable[bytes]) -> bytes:
    """The bytes of a tile."""
    return b"".join(hashes)


def split(data: bytes) -> list[bytes]:
    """The hashes of a tile. Raises BadTile."""
    if not data or len(data) % HASH_SIZE or len(data) > WIDTH * HASH_SIZE:
        raise BadTile(f"A tile takes 1 to {WIDTH} times {HASH_SIZE} bytes, not {len(data)}.")
    return [data[n : n + HASH_SIZE] for n in range(0, len(data), HASH_SIZE)]


def bundle(entries: Iterable[bytes]) -> bytes:
    """Each entry after its length in two bytes, big-endian. BadTile: an entry takes more than 65,535 bytes."""
    parts: list[bytes] = []
    for entry in entries:
        if len(entry) > ENTRY_MAX:
            raise BadTile(f"An entry takes at most {ENTRY_MAX} bytes, not {len(entry)}.")
        parts += (len(entry).to_bytes(2, "big"), entry)
    return b"".join(parts)


def unbundle(data: bytes) -> list[bytes]:
    """The entries of a bundle. Raises BadTile."""
    entries, at = [], 0
    while at < len(data):
        length = int.from_bytes(data[at : at + 2], "big")
        entry = data[at + 2 : at + 2 + length]
        if at + 2 > len(data) or len(entry) != length:
            raise BadTile("The bundle ends in the middle of an entry.")
        entries.append(entry)
        at += 2 + length
    if not 1 <= len(entries) <= WIDTH:
        raise BadTile(f"A bundle holds 1 to {WIDTH} entries, not {len(entries)}.")
    return entries


def reading(size: int, fetch: Fetch) -> HashAt:
    """Reads a tree of `size` leaves from its tiles, each fetched once. BadTile: one is narrower than it should be."""
    fetched: dict[Tile, Sequence[bytes]] = {}

    def tile_at(level: int, index: int) -> Sequence[bytes]:
        tile = Tile(level, index, min(WIDTH, (size >> (HEIGHT * level)) - index * WIDTH))
        if tile not in fetched:
            hashes = fetch(tile)
            if len(hashes) != tile.width:
                raise BadTile(f"{tile.path} holds {len(hashes)} hashes instead of {tile.width}.")
            fetched[tile] = hashes
        return fetched[tile]

    def hash_at(height: int, index: int) -> bytes:
        level, above = divmod(height, HEIGHT)
        first = index << above
        place = first % WIDTH
        return root(tile_at(level, first // WIDTH)[place : place + (1 << above)])

    return hash_at


def frontier(size: int, fetch: Fetch) -> Frontier:
    """What a tree of `size` leaves needs to grow, read from its partial tiles alone. Raises BadTile."""
    hash_at = reading(size, fetch)
    peaks, begin = [], 0
    for height in reversed(range(size.bit_length())):
        if size >> height & 1:
            peaks.append(hash_at(height, begin >> height))
            begin += 1 << height
    return Frontier(size, tuple(peaks))


def _number(index: int) -> str:
    groups = [f"{index % 1000:03}"]
    while index := index // 1000:
        groups.insert(0, f"x{index % 1000:03}")
    return "/".join(groups)
