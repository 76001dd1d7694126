"""Tiles: the layout of the specification, read back as the tree that they hold."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from audit import merkle, tiles
from audit.tiles import BadTile, Tile
from tests.audit.test_merkle import EDGES, hashes, large


def tile_of(leaves: list[bytes], tile: Tile) -> list[bytes]:
    """The hashes by the definition: MTH(D[(n * 256 + i) * 256**l : (n * 256 + i + 1) * 256**l])."""
    assert tile.level is not None
    step = 256**tile.level
    first = tile.index * 256
    return [merkle.root(leaves[at * step : (at + 1) * step]) for at in range(first, first + tile.width)]


@pytest.mark.parametrize(
    ("tile", "path"),
    [
        (Tile(0, 0), "tile/0/000"),
        (Tile(1, 999, 3), "tile/1/999.p/3"),
        (Tile(0, 1000), "tile/0/x001/000"),
        (Tile(0, 1_234_067), "tile/0/x001/x234/067"),
        (Tile(63, 0, 1), "tile/63/000.p/1"),
        (Tile(None, 1_234_067, 255), "tile/entries/x001/x234/067.p/255"),
    ],
)
def test_a_path_is_written_and_read(tile: Tile, path: str) -> None:
    assert (tile.path, Tile.parse(path)) == (path, tile)


@given(st.none() | st.integers(0, 63), st.integers(0, 2**40), st.integers(1, 256))
def test_every_tile_is_read_from_its_path(level: int | None, index: int, width: int) -> None:
    tile = Tile(level, index, width)
    assert Tile.parse(tile.path) == tile


@pytest.mark.parametrize(
    "path",
    ["", "tile/0/0", "tile/0/00", "tile/00/000", "tile/64/000", "tile/0/x000/000", "tile/0/000.p/0", "tile/0/000.p/256",
     "tile/0/000.p/007", "tile/0/000.p/", "tile/0/000/", "/tile/0/000", "tile/entry/000", "tile/0/x1/000",
     "tile/-1/000", "tile/0/001/000", "tile/0/x001/x000", "tile/0/000\n", "tile/0/٣٠٠", "tile/entries/000.p/1000"],
)  # fmt: skip
def test_what_is_no_path_of_a_tile_is_refused(path: str) -> None:
    with pytest.raises(BadTile):
        Tile.parse(path)


def test_a_tree_of_70000_has_the_tiles_of_the_specification() -> None:
    found = list(tiles.of_tree(70_000))
    assert [tile for tile in found if tile.width < 256] == [Tile(0, 273, 112), Tile(1, 1, 17), Tile(2, 0, 1)]
    full = [tile for tile in found if tile.width == 256]
    assert full == [*(Tile(0, n) for n in range(273)), Tile(1, 0)]


def test_a_tree_of_256_has_a_full_tile_and_its_root_above() -> None:
    assert list(tiles.of_tree(256)) == [Tile(0, 0), Tile(1, 0, 1)]
    assert list(tiles.of_tree(0)) == []


@given(st.integers(0, 200_000), st.integers(0, 200_000))
def test_a_tree_grows_by_what_it_had_not(one: int, two: int) -> None:
    old, new = sorted((one, two))
    before, after = set(tiles.of_tree(old)), list(tiles.of_tree(new))
    assert sorted(tiles.grown(old, new), key=after.index) == [tile for tile in after if tile not in before]
    assert [tile for tile in after if not tile.is_in(new)] == []


@pytest.mark.parametrize(
    ("tile", "size", "is_in"),
    [
        (Tile(0, 0, 5), 5, True),
        (Tile(0, 0, 5), 4, False),
        (Tile(0, 0, 5), 900, True),
        (Tile(0, 0), 255, False),
        (Tile(1, 0, 1), 255, False),
        (Tile(1, 0, 1), 256, True),
        (Tile(None, 1, 1), 256, False),
        (Tile(None, 1, 1), 257, True),
        (Tile(63, 0, 1), 2**63, False),
    ],
)
def test_a_log_has_the_tiles_of_its_size_and_of_each_before(tile: Tile, size: int, is_in: bool) -> None:
    assert tile.is_in(size) is is_in


@pytest.mark.parametrize("size", EDGES)
def test_a_tree_is_read_from_its_tiles_and_grows_from_them(size: int) -> None:
    leaves, hash_at, theirs = large()
    fetched: list[Tile] = []

    def fetch(tile: Tile) -> list[bytes]:
        fetched.append(tile)
        return tile_of(leaves[:size], tile)

    frontier = tiles.frontier(size, fetch)
    assert (frontier.root(), frontier) == (theirs.get_root(size), merkle.Frontier().grown(leaves[:size]))
    # It is read from the right edge alone, however large the tree.
    assert sorted(fetched) == sorted({tile for tile in tiles.of_tree(size) if tile.width < 256} & set(fetched))
    assert len(fetched) <= 3
    read = tiles.reading(size, fetch)
    for index in {0, size // 2, size - 1}:
        assert merkle.inclusion(index, size, read) == merkle.inclusion(index, size, hash_at)
        assert merkle.consistency(index, size, read) == merkle.consistency(index, size, hash_at)


def test_a_tile_that_lacks_hashes_is_not_read() -> None:
    with pytest.raises(BadTile, match=r"tile/0/000\.p/5 holds 4 hashes instead of 5"):
        tiles.frontier(5, lambda tile: hashes(4))


def test_a_tile_is_joined_and_split() -> None:
    leaves = hashes(256)
    assert len(tiles.join(leaves)) == 8192
    assert tiles.split(tiles.join(leaves)) == leaves
    for data in (b"", b"x" * 31, b"x" * 33, b"x" * 8224):
        with pytest.raises(BadTile):
            tiles.split(data)


def test_a_bundle_has_lengths_of_two_bytes() -> None:
    assert tiles.bundle([b"", b"abc", b"x" * 256]) == b"\0\0\0\x03abc\x01\0" + b"x" * 256


@given(st.lists(st.binary(max_size=700), min_size=1, max_size=256))
def test_a_bundle_is_read_back(entries: list[bytes]) -> None:
    assert tiles.unbundle(tiles.bundle(entries)) == entries


def test_an_entry_takes_65535_bytes_and_not_one_more() -> None:
    longest = b"x" * 65_535
    assert tiles.unbundle(tiles.bundle([longest])) == [longest]
    with pytest.raises(BadTile, match="An entry takes at most 65535 bytes, not 65536"):
        tiles.bundle([longest + b"x"])


@pytest.mark.parametrize("data", [b"", b"\0", b"\0\x02a", b"\0\x01a\0", b"\0\0" * 257])
def test_a_bundle_that_is_cut_or_too_long_is_refused(data: bytes) -> None:
    with pytest.raises(BadTile):
        tiles.unbundle(data)
