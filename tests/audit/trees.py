"""A log of a few leaves in memory, and another past of it."""

from dataclasses import dataclass

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from audit import merkle, note

ORIGIN = "sign.example/log/demo"


def signer(name: str, seed: int) -> note.Signer:
    return note.Signer(name, Ed25519PrivateKey.from_private_bytes(bytes([seed]) * 32))


LOG, STRANGER = signer(ORIGIN, 1), signer(ORIGIN, 3)
WITNESS = signer("witness.example/w1", 2)


@dataclass(frozen=True)
class Tree:
    """Leaf number n is made of `word` from `since` on, so that two trees may share a beginning and no more."""

    word: str = "true"
    since: int = 0

    def leaves(self, size: int) -> list[bytes]:
        return [merkle.leaf_hash(f"{self.word if n >= self.since else 'true'} {n}".encode()) for n in range(size)]

    def note(self, size: int, by: note.Signer = LOG) -> bytes:
        head = note.Checkpoint(by.name, size, merkle.root(self.leaves(size)))
        return bytes(note.signed(head.text, [by]))

    def proof(self, old: int, size: int) -> list[bytes]:
        return merkle.consistency(old, size, merkle.reading(self.leaves(size)))


TRUE, REWRITTEN = Tree(), Tree("false", since=3)
