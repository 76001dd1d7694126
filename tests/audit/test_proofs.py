"""The receipt of one event, and the policy that says whose signatures count."""

import base64

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from audit import merkle
from audit.merkle import BadProof, leaf_hash
from audit.note import COSIGNATURE, BadNote, Checkpoint, Note, Signer, signed
from audit.proofs import Receipt
from audit.trust import BadPolicy, Group, Policy, Witness
from tests.audit.test_note import ADA, OTTO

ENTRIES = [b"entry %d" % n for n in range(300)]
LEAVES = [leaf_hash(entry) for entry in ENTRIES]


def receipt(index: int, size: int = 300, origin: str = OTTO.name, extra: bytes | None = None) -> Receipt:
    text = Checkpoint(origin, size, merkle.root(LEAVES[:size])).text
    proof = merkle.inclusion(index, size, merkle.reading(LEAVES[:size]))
    return Receipt(index, tuple(proof), bytes(signed(text, [OTTO])), extra)


def test_a_receipt_is_written_as_the_specification_says() -> None:
    made = receipt(1, 3, extra=b"x")
    lines = bytes(made).decode().split("\n")
    assert lines[:5] == [
        "c2sp.org/tlog-proof@v1", "extra eA==", "index 1",
        base64.b64encode(LEAVES[0]).decode(), base64.b64encode(LEAVES[2]).decode(),
    ]  # fmt: skip
    assert (lines[5], "\n".join(lines[6:]).encode()) == ("", made.checkpoint)


@given(st.integers(1, 300), st.data(), st.none() | st.binary(max_size=20))
def test_a_receipt_is_read_back_and_holds(size: int, data: st.DataObject, extra: bytes | None) -> None:
    index = data.draw(st.integers(0, size - 1))
    made = Receipt.parse(bytes(receipt(index, size, extra=extra)))
    head, by = made.check(ENTRIES[index], [OTTO.key()])
    assert (made, head.size, by) == (receipt(index, size, extra=extra), size, (OTTO.key(),))


def test_a_receipt_holds_for_its_own_entry_alone() -> None:
    made = receipt(7)
    for entry in (ENTRIES[6], ENTRIES[8], b"", ENTRIES[7] + b" "):
        with pytest.raises(BadProof):
            made.check(entry, [OTTO.key()])
    with pytest.raises(BadNote, match="No known key signed"):
        made.check(ENTRIES[7], [ADA.key()])
    # A key that is known, but not as the log that the checkpoint is of.
    with pytest.raises(BadNote, match=r"No known key of the log example.com/other"):
        receipt(7, origin="example.com/other").check(ENTRIES[7], [OTTO.key()])


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("tlog-proof@v1", "tlog-proof@v2"),
        ("index 7\n", "index 07\n"),
        ("index 7\n", "index -7\n"),
        ("index 7\n", "index ٧\n"),
        ("index 7\n", ""),
        ("index 7\n", "index 7\nextra eA==\n"),
        ("index 7\n", "extra e\nindex 7\n"),
        ("index 7\n", "index 7\nYWJj\n"),
        ("index 7\n", "index 7\nnothing\n"),
        ("\n\n", "\n"),
        ("\n", "\r\n"),
        ("— ", "- "),
    ],
)
def test_what_is_no_receipt_is_refused(old: str, new: str) -> None:
    text = bytes(receipt(7)).decode()
    assert old in text
    with pytest.raises(BadNote):
        Receipt.parse(text.replace(old, new).encode())


def test_a_receipt_has_no_more_hashes_than_a_tree_has_levels() -> None:
    made = receipt(7)
    with pytest.raises(BadNote, match="at most 64 hashes"):
        Receipt.parse(bytes(Receipt(7, (bytes(32),) * 65, made.checkpoint)))


NAMES = ("X1", "X2", "X3", "Y1", "Y2", "Y3")
WITNESSES = {
    name: Witness(Signer(f"example.com/{name}", Ed25519PrivateKey.generate()).key(COSIGNATURE)) for name in NAMES
}


def example_policy() -> str:
    """The example in the text of c2sp.org/tlog-policy."""
    keys = {name: witness.key.vkey for name, witness in WITNESSES.items()}
    return (
        f"log {OTTO.key().vkey}\n\n"
        f"witness X1 {keys['X1']}\nwitness X2 {keys['X2']}\nwitness X3 {keys['X3']}\ngroup X-witnesses 2 X1 X2 X3\n\n"
        f"witness Y1 {keys['Y1']}\nwitness Y2 {keys['Y2']}\nwitness Y3 {keys['Y3']}\ngroup Y-witnesses any Y1 Y2 Y3\n\n"
        "group X-and-Y all X-witnesses Y-witnesses\nquorum X-and-Y\n"
    )


def test_the_example_of_the_specification_is_read() -> None:
    policy = Policy.parse(example_policy())
    groups = {
        "X-witnesses": Group(2, ("X1", "X2", "X3")),
        "Y-witnesses": Group(1, ("Y1", "Y2", "Y3")),
        "X-and-Y": Group(2, ("X-witnesses", "Y-witnesses")),
    }
    assert policy == Policy({OTTO.key(): ""}, WITNESSES, groups, "X-and-Y")
    assert Policy.parse(policy.text) == policy


@pytest.mark.parametrize(
    ("names", "is_met"),
    [("X1 X2 Y1", True), ("X1 X3 Y3", True), ("X1 Y1 Y2 Y3", False), ("X1 X2 X3", False), ("", False)],
)
def test_a_quorum_counts_witnesses_of_each_group(names: str, is_met: bool) -> None:
    assert Policy.parse(example_policy()).is_met(names.split()) is is_met


def test_a_checkpoint_is_accepted_from_a_listed_log_with_its_witnesses() -> None:
    policy = Policy({OTTO.key(): ""}, {"ada": Witness(ADA.key(COSIGNATURE), "https://ada.example.com/")}, {}, "ada")
    head = Checkpoint(OTTO.name, 3, bytes(32))
    note = signed(head.text, [OTTO])
    assert policy.accepts(note) == (head, False)
    assert policy.accepts(Note(note.text, (*note.signatures, ADA.cosign(note.text, 1)))) == (head, True)
    with pytest.raises(BadNote, match="No listed key of the log"):
        policy.accepts(Note(note.text, (ADA.cosign(note.text, 1),)))
    assert Policy.parse(policy.text) == policy


def test_a_policy_may_ask_for_no_witness_and_hold_comments() -> None:
    text = f"# the bank\n\t log  {OTTO.key().vkey}\thttps://example.com/otto/ \n\n  # nobody\nquorum none\n"
    assert Policy.parse(text) == Policy({OTTO.key(): "https://example.com/otto/"})


LOG, WITNESS = OTTO.key().vkey, ADA.key(COSIGNATURE).vkey


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "exactly one quorum line"),
        ("quorum none\nquorum none\n", "exactly one quorum line"),
        ("quorum ada\n", "Line 1: No line above defines ada"),
        (f"quorum ada\nwitness ada {WITNESS}\n", "Line 1: No line above defines ada"),
        (f"log {LOG}\nlog {LOG}\nquorum none\n", "Line 2: This log key is listed twice"),
        (f"log {WITNESS}\nquorum none\n", "Line 1: This is no key of a log"),
        (f"witness ada {LOG}\nquorum none\n", "Line 1: This is no key of a witness"),
        (f"witness ada {WITNESS}\nwitness ben {WITNESS}\nquorum none\n", "Line 2: This witness key is listed twice"),
        (f"witness none {WITNESS}\nquorum none\n", "Line 1: The name none is taken"),
        (f"witness a {WITNESS}\ngroup a any a\nquorum a\n", "Line 2: The name a is taken"),
        (f"witness a {WITNESS}\ngroup g 2 a\nquorum g\n", "Line 2: A group needs any, all or 1 to 1"),
        (f"witness a {WITNESS}\ngroup g 0 a\nquorum g\n", "Line 2: A group needs any, all or 1 to 1"),
        (f"witness a {WITNESS}\ngroup g some a\nquorum g\n", "Line 2: A group needs any, all or 1 to 1"),
        (f"witness a {WITNESS}\ngroup g any a a\nquorum g\n", "Line 2: a is a member twice"),
        (f"witness a {WITNESS}\ngroup g any a\ngroup h any a\nquorum g\n", "Line 3: a is a member twice"),
        ("group g any none\nquorum g\n", "Line 1: No line above defines none"),
        ("group g any\nquorum g\n", "Line 1: A line reads"),
        ("log x+y+z\nquorum none\n", "Line 1: The key is not base64"),
        ("logs\nquorum none\n", "Line 1: A line reads"),
        ("quorum none\r\n", "no control characters"),
        ("#\n" * 500 + "quorum none\n", "at most 500 lines"),
    ],
)
def test_what_is_no_policy_is_refused_with_its_line(text: str, message: str) -> None:
    with pytest.raises(BadPolicy, match=message):
        Policy.parse(text)
