"""The script's own arithmetic against the standards' vectors and against libraries that it does not use."""

import json
from contextlib import suppress
from hashlib import sha256
from typing import Any

import pytest
import rfc8785
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import example, given, settings
from hypothesis import strategies as st
from pymerkle import InmemoryTree

from audit import merkle
from compliance import verify_bundle
from tests.audit.appendix_b import NUMBERS
from tests.json_trees import trees

# RFC 8032, 7.1: public key, message, signature.
VECTORS = (
    (
        "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a",
        "",
        "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b",
    ),
    (
        "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c",
        "72",
        "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00",
    ),
    (
        "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025",
        "af82",
        "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a",
    ),
)


@pytest.mark.parametrize(("key", "message", "signature"), VECTORS)
def test_ed25519_as_in_rfc_8032(key: str, message: str, signature: str) -> None:
    public, text, signed = map(bytes.fromhex, (key, message, signature))
    assert verify_bundle.is_signed(public, text, signed)
    assert not verify_bundle.is_signed(public, text + b"\0", signed)


@given(seed=st.binary(min_size=32, max_size=32), message=st.binary(max_size=200), bit=st.integers(0, 511))
@settings(max_examples=25)
def test_ed25519_judges_as_the_library_does(seed: bytes, message: bytes, bit: int) -> None:
    private = Ed25519PrivateKey.from_private_bytes(seed)
    public, signature = private.public_key(), private.sign(message)
    assert verify_bundle.is_signed(public.public_bytes_raw(), message, signature)
    flipped = bytearray(signature)
    flipped[bit // 8] ^= 1 << bit % 8
    with pytest.raises(InvalidSignature):
        public.verify(bytes(flipped), message)
    assert not judged(public.public_bytes_raw(), message, bytes(flipped))


def judged(public: bytes, message: bytes, signature: bytes) -> bool:
    """What is no point of the curve is no signature either."""
    with suppress(ValueError):
        return verify_bundle.is_signed(public, message, signature)
    return False


def test_a_signature_with_a_second_form_of_its_number_is_refused() -> None:
    """RFC 8032, 5.1.7: s + L would fit the equation as well, so it is refused."""
    public, text, signed = map(bytes.fromhex, VECTORS[1])
    s = int.from_bytes(signed[32:], "little") + verify_bundle.ORDER
    assert not verify_bundle.is_signed(public, text, signed[:32] + s.to_bytes(32, "little"))


@given(value=st.floats(allow_nan=False, allow_infinity=False))
@example(value=1e21)
@example(value=9.999e20)
@example(value=1e-6)
@example(value=9.99e-7)
@example(value=-0.0)
@example(value=5e-324)
@example(value=1.7976931348623157e308)
def test_numbers_are_written_as_ecmascript_writes_them(value: float) -> None:
    assert verify_bundle.canonical(value).encode() == rfc8785.dumps(value)


@pytest.mark.parametrize(("number", "written"), NUMBERS)
def test_numbers_are_written_as_the_rfcs_table_has_them(number: float, written: str) -> None:
    assert verify_bundle.canonical(number) == written


@given(tree=trees)
@settings(max_examples=200)
def test_trees_are_written_as_rfc_8785_writes_them(tree: Any) -> None:
    assert verify_bundle.canonical(json.loads(json.dumps(tree))).encode() == rfc8785.dumps(tree)


@pytest.mark.parametrize("size", [1, 2, 3, 7, 8, 255, 256, 257])
def test_the_tree_and_its_proofs_are_those_of_another_library(size: int) -> None:
    other, tree, leaves = InmemoryTree(algorithm="sha256"), verify_bundle.Tree(), []
    for index in range(size):
        other.append_entry(b"%d" % index)
        leaves.append(sha256(b"\0%d" % index).digest())
        tree.add(leaves[-1])
    assert tree.root() == other.get_root()
    hash_at = merkle.reading(leaves)
    for index in {0, size // 2, size - 1}:
        proof = merkle.inclusion(index, size, hash_at)
        assert verify_bundle.climbed(leaves[index], index + 1, size, proof, True)[1] == other.get_root()
        for wrong in [[*proof, leaves[0]], *([proof[1:]] if proof else [])]:
            with pytest.raises((ValueError, IndexError)):
                verify_bundle.climbed(leaves[index], index + 1, size, wrong, True)


@pytest.mark.parametrize("size", [1, 2, 3, 7, 8, 100, 255, 256, 257])
def test_its_consistency_proofs_lead_to_both_roots_and_no_others(size: int) -> None:
    leaves = [sha256(b"\0%d" % index).digest() for index in range(size)]
    hash_at = merkle.reading(leaves)
    for old in {1, (size + 1) // 2, max(1, size - 1), size}:
        before, after = merkle.root(leaves[:old]), merkle.root(leaves)
        proof = merkle.consistency(old, size, hash_at)
        assert verify_bundle.climbed(before, old, size, proof, False) == (before, after)
        for wrong in [[*proof, leaves[0]], *([proof[1:]] if proof else [])]:
            assert _roots(before, old, size, wrong) != (before, after)
        for n in range(len(proof)):
            bent = [*proof[:n], sha256(proof[n]).digest(), *proof[n + 1 :]]
            assert _roots(before, old, size, bent) != (before, after)
    assert _roots(leaves[0], size + 1, size, []) is None


def _roots(node: bytes, old: int, size: int, proof: list[bytes]) -> tuple[bytes, bytes] | None:
    try:
        return verify_bundle.climbed(node, old, size, proof, False)
    except (ValueError, IndexError):
        return None
