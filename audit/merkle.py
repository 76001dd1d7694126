"""The Merkle tree of RFC 6962 and RFC 9162 over SHA-256: roots, inclusion and consistency proofs, and their checks.

Pure: hashes in, hashes out. Leaves count from 0. A leaf hash covers the entry's bytes, a root covers leaf hashes.
`HashAt` is how a tree is read: `(height, index)` names the perfect subtree over the leaves
[index * 2**height, (index + 1) * 2**height), and the answer is its root.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from hashlib import sha256

EMPTY_ROOT = sha256(b"").digest()
HASH_SIZE = 32

HashAt = Callable[[int, int], bytes]


class BadProof(ValueError):
    """The proof does not show what it should. The message says which step failed; believe nothing it was to show."""


def leaf_hash(entry: bytes) -> bytes:
    """RFC 9162, 2.1.1: SHA-256(0x00 || entry)."""
    return sha256(b"\x00" + entry).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """RFC 9162, 2.1.1: SHA-256(0x01 || left || right)."""
    return sha256(b"\x01" + left + right).digest()


def root(leaves: Sequence[bytes]) -> bytes:
    """MTH of RFC 9162, 2.1.1, over leaf hashes; of none, the SHA-256 of nothing."""
    level = list(leaves)
    if not level:
        return EMPTY_ROOT
    while len(level) > 1:
        # A last one without a neighbour moves up as it is: that is the split at the largest power of two.
        odd = level[-1:] if len(level) % 2 else []
        level = [sha256(b"\x01" + left + right).digest() for left, right in zip(level[::2], level[1::2], strict=False)]
        level += odd
    return level[0]


@dataclass(frozen=True, slots=True)
class Frontier:
    """What a tree needs to grow: its size and the roots of its perfect subtrees, the largest first.

    The sizes of these subtrees are the ones in the binary form of `size`, so there are at most 64 of them.
    """

    size: int = 0
    peaks: tuple[bytes, ...] = ()

    def grown(self, leaves: Iterable[bytes]) -> "Frontier":
        """The frontier after appending these leaf hashes."""
        size, peaks = self.size, list(self.peaks)
        for leaf in leaves:
            peaks.append(leaf)
            size += 1
            # As often as the new size ends in a zero bit, two subtrees of one height have met.
            for _ in range((size & -size).bit_length() - 1):
                right = peaks.pop()
                peaks[-1] = sha256(b"\x01" + peaks[-1] + right).digest()
        return Frontier(size, tuple(peaks))

    def root(self) -> bytes:
        if not self.peaks:
            return EMPTY_ROOT
        folded = self.peaks[-1]
        for peak in reversed(self.peaks[:-1]):
            folded = node_hash(peak, folded)
        return folded


def reading(leaves: Sequence[bytes]) -> HashAt:
    """Reads a tree from all of its leaf hashes in memory. Raises IndexError outside it."""
    levels = [list(leaves)]
    while len(levels[-1]) > 1:
        below = levels[-1]
        levels.append([node_hash(below[n], below[n + 1]) for n in range(0, len(below) - 1, 2)])

    def hash_at(height: int, index: int) -> bytes:
        return levels[height][index]

    return hash_at


def subtree(begin: int, end: int, hash_at: HashAt) -> bytes:
    """MTH(D[begin:end]) for a range that the tree's own splits make, as the whole [0, size) and each half of it."""
    if begin == end:
        return EMPTY_ROOT
    parts = []
    while begin < end:
        height = (end - begin).bit_length() - 1
        parts.append(hash_at(height, begin >> height))
        begin += 1 << height
    folded = parts.pop()
    while parts:
        folded = node_hash(parts.pop(), folded)
    return folded


def inclusion(index: int, size: int, hash_at: HashAt) -> list[bytes]:
    """PATH(index, D[size]) of RFC 9162, 2.1.3.1: the leaf's neighbour first. Raises BadProof outside the tree."""
    if not 0 <= index < size:
        raise BadProof(f"A tree of {size} leaves has no leaf {index}.")
    begin, end, path = 0, size, []
    while end - begin > 1:
        middle = begin + _split(end - begin)
        if index < middle:
            path.append(subtree(middle, end, hash_at))
            end = middle
        else:
            path.append(subtree(begin, middle, hash_at))
            begin = middle
    return path[::-1]


def consistency(old: int, new: int, hash_at: HashAt) -> list[bytes]:
    """PROOF(old, D[new]) of RFC 9162, 2.1.4.1; empty where `old` is 0 or `new`. Raises BadProof where `old` is more."""
    if not 0 <= old <= new:
        raise BadProof(f"A tree of {new} leaves cannot grow out of one of {old}.")
    if old in {0, new}:
        return []
    begin, end, path = 0, new, []
    while old != end:
        middle = begin + _split(end - begin)
        if old <= middle:
            path.append(subtree(middle, end, hash_at))
            end = middle
        else:
            path.append(subtree(begin, middle, hash_at))
            begin = middle
    # The old tree itself is known to whoever checks; a part of it is not.
    if begin:
        path.append(subtree(begin, end, hash_at))
    return path[::-1]


def check_inclusion(leaf: bytes, index: int, size: int, proof: Sequence[bytes], root: bytes) -> None:
    """RFC 9162, 2.1.3.2: `leaf` (a leaf hash) is number `index` of the tree. Raises BadProof."""
    if not 0 <= index < size:
        raise BadProof(f"A tree of {size} leaves has no leaf {index}.")
    _check_hashes(proof, leaf, root)
    at, last, folded = index, size - 1, leaf
    for sibling in proof:
        if last == 0:
            raise BadProof("The inclusion proof is too long.")
        if at & 1 or at == last:
            folded = node_hash(sibling, folded)
            while at and not at & 1:
                at, last = at >> 1, last >> 1
        else:
            folded = node_hash(folded, sibling)
        at, last = at >> 1, last >> 1
    if last:
        raise BadProof("The inclusion proof is too short.")
    if folded != root:
        raise BadProof(f"The inclusion proof of leaf {index} does not lead to the root of the tree of {size} leaves.")


def check_consistency(old: int, new: int, proof: Sequence[bytes], old_root: bytes, new_root: bytes) -> None:
    """RFC 9162, 2.1.4.2: the tree of `old` leaves is the beginning of the tree of `new` leaves. Raises BadProof."""
    if not 0 <= old <= new:
        raise BadProof(f"A tree of {new} leaves cannot grow out of one of {old}.")
    _check_hashes(proof, old_root, new_root)
    if (old == 0 and old_root != EMPTY_ROOT) or (new == 0 and new_root != EMPTY_ROOT):
        raise BadProof("The root of an empty tree is the SHA-256 of nothing.")
    if old in {0, new}:
        if proof:
            raise BadProof("The consistency proof should be empty.")
        if old == new and old_root != new_root:
            raise BadProof(f"Two different trees of {old} leaves.")
        return
    if not proof:
        raise BadProof("The consistency proof is empty.")
    _fold_consistency(old, new, list(proof), old_root, new_root)


def _fold_consistency(old: int, new: int, path: list[bytes], old_root: bytes, new_root: bytes) -> None:
    if old & (old - 1) == 0:
        path.insert(0, old_root)
    at, last = old - 1, new - 1
    while at & 1:
        at, last = at >> 1, last >> 1
    before = after = path[0]
    for sibling in path[1:]:
        if last == 0:
            raise BadProof("The consistency proof is too long.")
        if at & 1 or at == last:
            before, after = node_hash(sibling, before), node_hash(sibling, after)
            while at and not at & 1:
                at, last = at >> 1, last >> 1
        else:
            after = node_hash(after, sibling)
        at, last = at >> 1, last >> 1
    if last:
        raise BadProof("The consistency proof is too short.")
    if before != old_root:
        raise BadProof(f"The consistency proof does not lead to the root of the tree of {old} leaves.")
    if after != new_root:
        raise BadProof(f"The consistency proof does not lead to the root of the tree of {new} leaves.")


def _check_hashes(proof: Sequence[bytes], *roots: bytes) -> None:
    if any(len(each) != HASH_SIZE for each in (*proof, *roots)):
        raise BadProof(f"Each hash takes {HASH_SIZE} bytes.")


def _split(width: int) -> int:
    """The largest power of two below `width`, which is 2 or more."""
    return 1 << ((width - 1).bit_length() - 1)
