"""Roots and proofs: those of the published reference tree, and those of an implementation that is not ours."""

from collections.abc import Callable, Iterator
from functools import cache
from typing import Any

import pymerkle
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from audit import merkle
from audit.merkle import EMPTY_ROOT, BadProof, Frontier, HashAt, leaf_hash, node_hash
from tests.audit.reference_tree import CONSISTENCY, INCLUSION, LEAVES, NODES, ROOTS, nodes

EDGES = [1, 2, 3, 255, 256, 257, 65_535, 65_536, 65_537]
LARGEST = EDGES[-1]


def hashes(count: int) -> list[bytes]:
    return [leaf_hash(n.to_bytes(4, "big")) for n in range(count)]


@cache
def large() -> tuple[list[bytes], HashAt, Any]:
    """A tree of 65,537 leaves: its leaf hashes, how to read it, and the same tree in pymerkle."""
    leaves = hashes(LARGEST)
    theirs = pymerkle.InmemoryTree.init_from_entries([n.to_bytes(4, "big") for n in range(LARGEST)])
    return leaves, merkle.reading(leaves), theirs


def test_hashes_of_a_leaf_and_of_a_node_are_those_of_the_reference() -> None:
    assert leaf_hash(b"") == ROOTS[1]
    assert leaf_hash(b"L123456").hex() == "395aa064aa4c29f7010acfe3f25db9485bbd4b91897b6ad7ad547639252b4d56"
    assert node_hash(b"N123", b"N456").hex() == "aa217fe888e47007fa15edab33c2b492a722cb106c64667fc2b044444de66bbb"


@pytest.mark.parametrize("size", range(9))
def test_roots_are_those_of_the_reference_tree(size: int) -> None:
    leaves = [leaf_hash(entry) for entry in LEAVES[:size]]
    grown = Frontier().grown(leaves)
    whole = merkle.subtree(0, size, merkle.reading(leaves))
    assert (merkle.root(leaves), grown.root(), whole) == (ROOTS[size], ROOTS[size], ROOTS[size])


def test_inner_nodes_are_those_of_the_reference_tree() -> None:
    hash_at = merkle.reading([leaf_hash(entry) for entry in LEAVES])
    assert [[hash_at(height, n) for n in range(len(row))] for height, row in enumerate(NODES)] == NODES


@pytest.mark.parametrize(("of", "places"), INCLUSION.items())
def test_inclusion_proofs_are_those_of_the_reference_tree(of: tuple[int, int], places: list[tuple[int, int]]) -> None:
    proof = merkle.inclusion(*of, merkle.reading([leaf_hash(entry) for entry in LEAVES[: of[1]]]))
    assert proof == nodes(places)
    merkle.check_inclusion(NODES[0][of[0]], *of, proof, ROOTS[of[1]])


@pytest.mark.parametrize(("of", "places"), CONSISTENCY.items())
def test_consistency_proofs_are_those_of_the_reference_tree(of: tuple[int, int], places: list[tuple[int, int]]) -> None:
    proof = merkle.consistency(*of, merkle.reading([leaf_hash(entry) for entry in LEAVES[: of[1]]]))
    assert proof == nodes(places)
    merkle.check_consistency(*of, proof, ROOTS[of[0]], ROOTS[of[1]])


@settings(max_examples=60)
@given(st.lists(st.binary(max_size=40), min_size=1, max_size=600), st.data())
def test_random_trees_have_the_roots_and_proofs_of_another_implementation(
    entries: list[bytes], data: st.DataObject
) -> None:
    theirs = pymerkle.InmemoryTree.init_from_entries(entries)
    leaves = [leaf_hash(entry) for entry in entries]
    assert (merkle.root(leaves), theirs.get_root()) == (Frontier().grown(leaves).root(),) * 2
    compare(leaves, merkle.reading(leaves), theirs, len(entries), data)


@pytest.mark.parametrize("size", EDGES)
def test_at_the_edges_of_tiles_another_implementation_agrees(size: int) -> None:
    leaves, hash_at, theirs = large()
    root = merkle.root(leaves[:size])
    assert (root, theirs.get_root(size)) == (Frontier().grown(leaves[:size]).root(),) * 2
    places = {0, size - 1, size // 2, *(at for edge in EDGES for at in (edge - 1, edge) if at < size)}
    for index in places:
        proof = merkle.inclusion(index, size, hash_at)
        merkle.check_inclusion(leaves[index], index, size, proof, root)
        # Their indices count from 1, and their path begins with the leaf itself.
        assert [leaves[index], *proof] == theirs.prove_inclusion(index + 1, size).path
    for old in (at for at in places if at):
        merkle.check_consistency(old, size, merkle.consistency(old, size, hash_at), theirs.get_root(old), root)


def compare(leaves: list[bytes], hash_at: HashAt, theirs: Any, most: int, data: st.DataObject) -> None:
    size = data.draw(st.integers(1, most))
    index, old = data.draw(st.integers(0, size - 1)), data.draw(st.integers(1, size))
    root, old_root = merkle.root(leaves[:size]), merkle.root(leaves[:old])
    proof, grown = merkle.inclusion(index, size, hash_at), merkle.consistency(old, size, hash_at)
    merkle.check_inclusion(leaves[index], index, size, proof, root)
    merkle.check_consistency(old, size, grown, old_root, root)
    assert [leaves[index], *proof] == theirs.prove_inclusion(index + 1, size).path
    their_proof = theirs.prove_consistency(old, size)
    pymerkle.verify_consistency(old_root, root, their_proof, prior_size=old, later_size=size)
    # Their path goes another way through the tree, so ours is held against the text of the RFC.
    assert grown == subproof(old, leaves[:size], True)


def subproof(old: int, leaves: list[bytes], is_known: bool) -> list[bytes]:
    """SUBPROOF of RFC 9162, 2.1.4.1, word for word."""
    n = len(leaves)
    if old == n:
        return [] if is_known else [merkle.root(leaves)]
    k = max(2**power for power in range(20) if 2**power < n)
    if old <= k:
        return [*subproof(old, leaves[:k], is_known), merkle.root(leaves[k:])]
    return [*subproof(old - k, leaves[k:], False), merkle.root(leaves[:k])]


@given(st.lists(st.binary(min_size=32, max_size=32), max_size=700), st.data())
@example([], None)
def test_a_frontier_grows_alike_in_one_go_and_in_many(leaves: list[bytes], data: st.DataObject | None) -> None:
    cut = data.draw(st.integers(0, len(leaves))) if data else 0
    whole, pieces = Frontier().grown(leaves), Frontier().grown(leaves[:cut]).grown(leaves[cut:])
    assert pieces == whole
    assert (whole.size, len(whole.peaks), whole.root()) == (
        len(leaves), len(leaves).bit_count(), merkle.root(leaves),
    )  # fmt: skip


def test_an_empty_tree_has_the_hash_of_nothing_and_proves_nothing() -> None:
    hash_at = merkle.reading([])
    assert (merkle.root([]), Frontier().root(), merkle.subtree(0, 0, hash_at)) == (EMPTY_ROOT,) * 3
    assert merkle.consistency(0, 0, hash_at) == []
    merkle.check_consistency(0, 0, [], EMPTY_ROOT, EMPTY_ROOT)
    merkle.check_consistency(0, 5, [], EMPTY_ROOT, ROOTS[5])
    with pytest.raises(BadProof, match="A tree of 0 leaves has no leaf 0"):
        merkle.inclusion(0, 0, hash_at)
    with pytest.raises(BadProof, match="A tree of 0 leaves has no leaf 0"):
        merkle.check_inclusion(ROOTS[1], 0, 0, [], EMPTY_ROOT)
    with pytest.raises(BadProof, match="cannot grow"):
        merkle.consistency(6, 5, hash_at)


# The changes that the published probes make to each case; every one of them has to be refused.
Proof = list[bytes]


def spoiled(proof: Proof, root: bytes, leaf: bytes) -> Iterator[Proof]:
    for n, each in enumerate(proof):
        for bit in (0, 7, 255):
            broken = bytearray(each)
            broken[bit // 8] ^= 1 << bit % 8
            yield [*proof[:n], bytes(broken), *proof[n + 1 :]]
        yield [*proof[:n], each[:-1], *proof[n + 1 :]]
    for more in (b"", root, leaf, ROOTS[0], bytes(32)):
        yield [*proof, more]
        yield [more, *proof]
    if proof:
        yield proof[:-1]
        yield proof[1:]
        yield []
    if len(set(proof)) > 1:
        yield proof[::-1]


def wrong(number: int) -> set[int]:
    return {number - 1, number + 1, number ^ 2, number * 2, number // 2, -1, 2**64} - {number}


def holds(check: Callable[..., None], *options: Any) -> bool:
    try:
        check(*options)
    except BadProof:
        return False
    return True


@pytest.mark.parametrize(("of", "places"), INCLUSION.items())
def test_no_probe_gets_past_the_inclusion_check(of: tuple[int, int], places: list[tuple[int, int]]) -> None:
    (index, size), proof = of, nodes(places)
    leaf, root = NODES[0][index], ROOTS[size]
    believed: list[Any] = [
        ("proof", each) for each in spoiled(proof, root, leaf) if holds(merkle.check_inclusion, leaf, *of, each, root)
    ]
    believed += [
        ("size", n) for n in (size * 2, size // 2) if holds(merkle.check_inclusion, leaf, index, n, proof, root)
    ]
    believed += [("index", n) for n in wrong(index) if holds(merkle.check_inclusion, leaf, n, size, proof, root)]
    for other in (ROOTS[0], leaf if size > 1 else ROOTS[2], bytes(32), root[:-1]):
        believed += [("root", other)] if holds(merkle.check_inclusion, leaf, *of, proof, other) else []
    for other in (ROOTS[0], root if size > 1 else ROOTS[2], bytes(32), b""):
        believed += [("leaf", other)] if holds(merkle.check_inclusion, other, *of, proof, root) else []
    assert believed == []


@pytest.mark.parametrize(("of", "places"), CONSISTENCY.items())
def test_no_probe_gets_past_the_consistency_check(of: tuple[int, int], places: list[tuple[int, int]]) -> None:
    (old, new), proof = of, nodes(places)
    roots = ROOTS[old], ROOTS[new]
    check = merkle.check_consistency
    believed: list[Any] = [
        ("proof", each) for each in spoiled(proof, ROOTS[new], ROOTS[old]) if holds(check, *of, each, *roots)
    ]
    believed += [("old", n) for n in wrong(old) if holds(check, n, new, proof, *roots)]
    # No proof tells 7 from 8 here: the size of the new tree is not in its hashes, the signature vouches for it.
    believed += [("new", n) for n in (new * 2, new // 2) if holds(check, old, n, proof, *roots)]
    if old != new:
        believed += [("swapped", "") for _ in range(holds(check, *of, proof, *roots[::-1]))]
    for other in (ROOTS[0], bytes(32), b""):
        believed += [("old root", other)] if holds(check, *of, proof, other, roots[1]) else []
        believed += [("new root", other)] if holds(check, *of, proof, roots[0], other) else []
    assert believed == []


def test_one_size_has_one_root() -> None:
    with pytest.raises(BadProof, match="Two different trees of 5 leaves"):
        merkle.check_consistency(5, 5, [], ROOTS[5], ROOTS[6])


@given(st.integers(1, 300), st.data())
def test_a_proof_says_where_a_leaf_is_and_nowhere_else(size: int, data: st.DataObject) -> None:
    leaves = hashes(size)
    index = data.draw(st.integers(0, size - 1))
    proof = merkle.inclusion(index, size, merkle.reading(leaves))
    found = [
        n for n in range(size) if holds(merkle.check_inclusion, leaves[index], n, size, proof, merkle.root(leaves))
    ]
    assert found == [index]
