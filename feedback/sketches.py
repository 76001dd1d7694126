"""How alike two texts are, from 128 bytes of each: MinHash (Broder 1997) over runs of five bytes, found by bands (LSH).

The share of equal bytes of two sketches estimates the Jaccard similarity of their sets of runs. Texts of 0.9 and more
share a band with a probability of 0.9998 (16 bands of 8), and then the estimate is near with 0.9999; at 0.8 three of
four pairs are found, at 0.6 hardly any.
The same everywhere: all that is random is drawn from a hash of the name of this format. Pure.
"""

from collections.abc import Sequence
from hashlib import sha256

import numpy as np
from numpy.typing import NDArray

SIZE, BANDS = 128, 16
RUN, SHORTEST, LONGEST = 5, 20, 20_000
NEAR = 0.8
# Where more sketches share a band, each is compared with the nearest of them in the order of the bands that follow.
COMPARED = 32
_AT_ONCE = 1 << 16


def _drawn(name: str, count: int) -> NDArray[np.uint64]:
    made = b"".join(sha256(f"countersign.sketch/1:{name}:{n}".encode()).digest()[:8] for n in range(count))
    return np.frombuffer(made, dtype=">u8").astype(np.uint64)


_FACTORS, _ADDED, _POWERS = _drawn("factor", SIZE) | np.uint64(1), _drawn("added", SIZE), _drawn("power", RUN)


def sketch(tool: str, text: str) -> bytes:
    """128 bytes; none for a text too short to be like another. Texts of two tools are never alike."""
    raw = np.frombuffer(text.encode()[:LONGEST], dtype=np.uint8).astype(np.uint64)
    if len(raw) < SHORTEST:
        return b""
    runs = np.full(len(raw) - RUN + 1, int.from_bytes(sha256(tool.encode()).digest()[:8], "big"), dtype=np.uint64)
    for place in range(RUN):
        runs += (raw[place : len(raw) - RUN + 1 + place] + np.uint64(1)) * (_POWERS[place] | np.uint64(1))
    runs = np.unique(runs ^ runs >> np.uint64(31)) * _FACTORS[0]
    runs ^= runs >> np.uint64(29)
    least = (runs[:, None] * _FACTORS + _ADDED).min(axis=0)
    return bytes((least >> np.uint64(32)).astype(np.uint8))


def alike(left: bytes, right: bytes) -> float:
    """The estimated similarity, 0 to 1; 0 where one of them is empty."""
    if not left or not right:
        return 0.0
    return float((np.frombuffer(left, dtype=np.uint8) == np.frombuffer(right, dtype=np.uint8)).mean())


def near(keys: Sequence[int], sketches: Sequence[bytes]) -> NDArray[np.int64]:
    """Pairs of keys, one a row, whose sketches are near: found by bands, then compared. In whatever order they come."""
    known = sorted((key, words) for key, words in zip(keys, sketches, strict=True) if words)
    if len(known) < 2:
        return np.empty((0, 2), dtype=np.int64)
    names = np.array([key for key, _ in known], dtype=np.int64)
    words = np.frombuffer(b"".join(bytes(words) for _, words in known), dtype=np.uint8).reshape(-1, SIZE)
    bands = np.ascontiguousarray(words).view(np.uint64)
    found = [pair for band in range(BANDS) for pair in _of_band(words, bands, band)]
    pairs = np.unique(np.concatenate([*found, np.empty((0, 2), dtype=np.int64)]), axis=0)
    return np.take(names, pairs)


class Index:
    """Sketches that others are held against."""

    def __init__(self, sketches: Sequence[bytes]) -> None:
        known = sorted({words for words in sketches if words})
        self._words = np.frombuffer(b"".join(known), dtype=np.uint8).reshape(-1, SIZE)
        bands = np.ascontiguousarray(self._words).view(np.uint64)
        self._order = [np.argsort(bands[:, band], kind="stable").astype(np.int32) for band in range(BANDS)]
        self._values = [bands[order, band] for band, order in enumerate(self._order)]

    def __len__(self) -> int:
        return len(self._words)

    def holds_near(self, sketches: Sequence[bytes]) -> list[bool]:
        """For each, whether one of the index is near."""
        asked = [place for place, words in enumerate(sketches) if words]
        found = [False] * len(sketches)
        if not asked or not len(self._words):
            return found
        words = np.frombuffer(b"".join(sketches[place] for place in asked), dtype=np.uint8).reshape(-1, SIZE)
        bands = np.ascontiguousarray(words).view(np.uint64)
        for band, (order, values) in enumerate(zip(self._order, self._values, strict=True)):
            first = np.searchsorted(values, bands[:, band], side="left")
            last = np.searchsorted(values, bands[:, band], side="right")
            for n in np.flatnonzero(last > first):
                if not found[asked[n]]:
                    found[asked[n]] = self._is_near(words[n], order[first[n] : last[n]])
        return found

    def _is_near(self, words: NDArray[np.uint8], places: NDArray[np.int32]) -> bool:
        blocks = (places[start : start + _AT_ONCE] for start in range(0, len(places), _AT_ONCE))
        return any(bool(((self._words[block] == words).mean(axis=1) >= NEAR).any()) for block in blocks)


def _of_band(words: NDArray[np.uint8], bands: NDArray[np.uint64], band: int) -> list[NDArray[np.int64]]:
    order = np.lexsort([bands[:, (band + step) % BANDS] for step in (3, 2, 1, 0)])
    value, found = bands[order, band], []
    for step in range(1, min(COMPARED, len(order) - 1) + 1):
        places = np.flatnonzero(value[:-step] == value[step:])
        if not len(places):
            break
        for start in range(0, len(places), _AT_ONCE):
            some = places[start : start + _AT_ONCE]
            left, right = order[some], order[some + step]
            is_near = (words[left] == words[right]).mean(axis=1) >= NEAR
            found.append(np.sort(np.stack([left[is_near], right[is_near]], axis=1), axis=1))
    return found
