"""Notes: examples that others published, and every way to write one wrong."""

import base64
from hashlib import sha256

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from audit.merkle import EMPTY_ROOT
from audit.note import COSIGNATURE, BadNote, Checkpoint, Key, Note, Signature, Signer, cosigned_at, opened, signed

# The example of Go's package golang.org/x/mod/sumdb/note, where the format comes from.
PETER = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
PETER_PRIVATE = base64.b64decode("AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz")[1:]
PETER_TEXT = "If you think cryptography is the answer to your problem,\nthen you don't know what your problem is.\n"
PETER_LINE = (
    "— PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n"
)
PETER_NOTE = f"{PETER_TEXT}\n{PETER_LINE}".encode()
# Two checkpoints of Go's checksum database, years apart.
SUMDB = "sum.golang.org+033de0ae+Ac4zctda0e5eza+HJyk9SxEdh+s3Ux18htTTAD8OuAn8"
SUMDB_NOTES = [
    "go.sum database tree\n6476701\nmb8QLQIs0Z0yP5Cstq6guj87oXWeC9gEM8oVikmm9Wk=\n\n— sum.golang.org"
    " Az3grsLX85Gz+s1SiTbgkuqxgItqFq7gsMUEyVnrsa9LM7Us9S+1xbFIGu95949rj4nPRYfvimWEPWL+o3GeoWwOoAw=\n",
    "go.sum database tree\n65209736\n5+uGFjx6xBZG8ip1+wi77v+grwbhhukIrxEUS8PXvRo=\n\n— sum.golang.org"
    " Az3grnbssgK7ubgFX36gVETtNv0U23qxyAhAMai2QUfeGa3nB/akvkMdlUErfcZz7l/R3cVtYspg3dxXABkGZZKdsQ8=\n",
]
# Examples in the texts of c2sp.org/signed-note and c2sp.org/tlog-cosignature, whose keys they do not give.
C2SP_NOTE = (
    "Ognuno sta solo sul cuor della terra\ntrafitto da un raggio di sole:\n\ned è subito sera.\n\n"
    "— quasimodo.example/salvatore NnugSzTjtVAewIS+Z/iJhUPeFDkO/5QQ2i5ddnGITLlC+EhfLW9oJKONrMouFSQU0xMcXxj99ihAQwaqP3Z"
    "ekRwNtIc=\n"
)
C2SP_COSIGNED = (
    "example.com/behind-the-sofa\n20852163\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n\n"
    "— example.com/behind-the-sofa Az3grlgtzPICa5OS8npVmf1Myq/5IZniMp+ZJurmRDeOoRDe4URYN7u5/Zhcyv2q1gGzGku9nTo+zyWE+xeM"
    "cTOAYQ8=\n"
    "— witness.example.com/w1 jWbPPwAAAABkGFDLEZMHwSRaJNiIDoe9DYn/zXcrtPHeolMI5OWXEhZCB9dlrDJsX3b2oyin1nPZqhf5nNo0xUe+m"
    "bIUBkBIfZ+qnA==\n"
)
OTTO = Signer("example.com/otto", Ed25519PrivateKey.from_private_bytes(bytes(range(32))))
ADA = Signer("example.com/ada", Ed25519PrivateKey.from_private_bytes(bytes(32)))


def test_the_example_of_gos_package_is_read_and_written_byte_for_byte() -> None:
    note, by = opened(PETER_NOTE, [Key.parse(PETER)])
    assert (note.text, by, bytes(note)) == (PETER_TEXT, (Key.parse(PETER),), PETER_NOTE)
    peter = Signer("PeterNeumann", Ed25519PrivateKey.from_private_bytes(PETER_PRIVATE))
    assert (bytes(signed(PETER_TEXT, [peter])), peter.key().vkey) == (PETER_NOTE, PETER)


@pytest.mark.parametrize("text", SUMDB_NOTES)
def test_checkpoints_of_a_running_log_are_read(text: str) -> None:
    note, by = opened(text.encode(), [Key.parse(SUMDB)])
    head = Checkpoint.parse(note.text)
    assert (head.origin, head.text, by) == ("go.sum database tree", note.text, (Key.parse(SUMDB),))


@pytest.mark.parametrize("text", [C2SP_NOTE, C2SP_COSIGNED])
def test_the_examples_of_the_specification_are_read_and_written_byte_for_byte(text: str) -> None:
    assert bytes(Note.parse(text.encode())).decode() == text


def test_the_checkpoint_of_the_specification() -> None:
    note = Note.parse(C2SP_COSIGNED.encode())
    root = base64.b64decode("CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=")
    assert Checkpoint.parse(note.text) == Checkpoint("example.com/behind-the-sofa", 20_852_163, root)
    log, witness = note.signatures
    assert (log.name, log.key_id.hex(), len(log.value)) == ("example.com/behind-the-sofa", "033de0ae", 64)
    # The moment is the one of the specification's signed message.
    assert (witness.name, cosigned_at(witness.value)) == ("witness.example.com/w1", 1_679_315_147)


def test_a_key_has_the_id_of_the_specification() -> None:
    key = OTTO.key()
    assert key.id == sha256(b"example.com/otto\n\x01" + key.public).digest()[:4]
    assert OTTO.key(COSIGNATURE).id == sha256(b"example.com/otto\n\x04" + key.public).digest()[:4]
    assert Key.parse(OTTO.key(COSIGNATURE).vkey) == OTTO.key(COSIGNATURE)


def test_no_part_and_no_change_of_a_verifier_key_is_one() -> None:
    parts = [PETER[i:j] for i in range(len(PETER)) for j in range(i + 1, len(PETER) + 1)]
    changed = [PETER[:n] + chr(ord(PETER[n]) + 1) + PETER[n + 1 :] for n in range(len(PETER))]
    believed = []
    for text in [*parts, *changed]:
        try:
            believed.append(Key.parse(text).vkey)
        except BadNote:
            continue
    assert believed == [PETER]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda note: note.replace(b"\n", b"\r\n"), "control characters"),
        (lambda note: note[:-1], "each line ends in a newline"),
        (lambda note: note + b"\n", "each line ends in a newline"),
        (lambda note: PETER_TEXT.encode(), "an empty line, signature lines"),
        (lambda note: note.replace(b"\n\n", b"\n"), "an empty line, signature lines"),
        (lambda note: note.replace("— ".encode(), b"- "), "dash, key name, signature"),
        (lambda note: note.replace(b"PeterNeumann", b"Peter+Neumann"), "dash, key name, signature"),
        (lambda note: note.replace(b"PeterNeumann", "Peter\u00a0Neumann".encode()), "dash, key name, signature"),
        (lambda note: note.replace(b"PeterNeumann", b"Peter Neumann"), "dash, key name, signature"),
        (lambda note: note.replace(b"PeterNeumann ", b" "), "dash, key name, signature"),
        (lambda note: note.replace(b"AM=\n", b"AN=\n"), "one base64 form"),
        (lambda note: note.replace(b"AM=\n", b"AM\n"), "not base64"),
        (lambda note: note.replace(b"x08go/Z", b"x08go_Z"), "not base64"),
        (lambda note: note.replace(b"\tyou", b"you").replace(b"you", b"\tyou"), "control characters"),
        (lambda note: b"\xff" + note, "not UTF-8"),
        (lambda note: note.replace(PETER_LINE[15:].encode(), b"x08gow==\n"), "too short"),
        (lambda note: b"x" * 70_000 + note, "takes more than 65536 bytes"),
        (lambda note: note + PETER_LINE.encode() * 64, "more than 64 signatures"),
    ],
)
def test_a_note_that_is_written_wrong_is_refused(change: object, message: str) -> None:
    with pytest.raises(BadNote, match=message):
        Note.parse(change(PETER_NOTE))  # type: ignore[operator]


@pytest.mark.parametrize("at", range(len(PETER_TEXT)))
def test_a_changed_letter_is_noticed(at: int) -> None:
    changed = bytearray(PETER_NOTE)
    changed[at] ^= 1
    with pytest.raises(BadNote):
        opened(bytes(changed), [Key.parse(PETER)])


def test_the_last_empty_line_parts_text_and_signatures() -> None:
    text = "one\n\n\ntwo\n\n"
    note = signed(text, [OTTO])
    assert Note.parse(bytes(note)) == note
    assert opened(bytes(note), [OTTO.key()])[0].text == text


def test_signatures_of_strangers_are_passed_over() -> None:
    note = signed("text\n", [ADA, OTTO])
    assert note.by([OTTO.key()]) == (OTTO.key(),)
    with pytest.raises(BadNote, match="No known key signed the note"):
        opened(bytes(note), [Signer("example.com/eve", OTTO.private).key()])
    # The same name with another key, and the same key under another name, are strangers too.
    assert note.by([Key("example.com/otto", ADA.key().public), Key("example.com/x", OTTO.key().public)]) == ()


def test_one_wrong_signature_of_a_known_key_spoils_the_note() -> None:
    good, other = signed("text\n", [ADA]), signed("else\n", [OTTO])
    note = Note("text\n", (*good.signatures, *other.signatures))
    with pytest.raises(BadNote, match=r"The signature of example.com/otto is wrong"):
        note.by([ADA.key(), OTTO.key()])
    assert note.by([ADA.key()]) == (ADA.key(),)


def test_a_line_that_comes_twice_counts_once() -> None:
    note = signed("text\n", [OTTO])
    twice = Note(note.text, note.signatures * 2)
    assert Note.parse(bytes(twice)).by([OTTO.key()]) == (OTTO.key(),)


def test_sixteen_signatures_and_more_are_taken() -> None:
    signers = [Signer(f"example.com/{n}", OTTO.private) for n in range(64)]
    note = signed("text\n", signers)
    assert len(Note.parse(bytes(note)).by([signer.key() for signer in signers])) == 64


def test_a_witness_signs_the_moment_and_the_whole_text() -> None:
    text = Checkpoint("example.com/log", 3, bytes(32)).text
    line = ADA.cosign(text, 1_679_315_147)
    note = Note(text, (*signed(text, [OTTO]).signatures, line))
    witness = ADA.key(COSIGNATURE)
    assert (note.by([witness]), cosigned_at(line.value)) == ((witness,), 1_679_315_147)
    message = b"cosignature/v1\ntime 1679315147\n" + text.encode()
    ADA.private.public_key().verify(line.value[8:], message)
    later = Signature(line.name, line.key_id, (1_679_315_148).to_bytes(8, "big") + line.value[8:])
    for value in (later, Signature(line.name, line.key_id, b"x" * 8), Signature(line.name, line.key_id, b"x")):
        with pytest.raises(BadNote, match="is wrong"):
            Note(text, (value,)).by([witness])


def test_the_signature_of_a_log_is_not_one_of_a_witness() -> None:
    text = "text\n"
    as_witness = Signature(OTTO.name, OTTO.key(COSIGNATURE).id, OTTO.sign(text).value)
    with pytest.raises(BadNote, match="is wrong"):
        Note(text, (as_witness,)).by([OTTO.key(COSIGNATURE)])


@pytest.mark.parametrize("text", ["", "text", "a\rb\n", "a\x00\n"])
def test_a_text_that_is_no_text_of_a_note_is_not_signed(text: str) -> None:
    with pytest.raises(BadNote):
        signed(text, [OTTO])
    with pytest.raises(BadNote):
        signed("text\n", [])


@pytest.mark.parametrize("name", ["", "a b", "a+b", "a\u2003b", "a\tb"])
def test_a_name_is_one_word_without_plus(name: str) -> None:
    with pytest.raises(BadNote, match="is no key name"):
        Key(name, bytes(32))


def test_a_checkpoint_of_an_empty_tree() -> None:
    head = Checkpoint("example.com/log", 0, EMPTY_ROOT)
    assert head.text == "example.com/log\n0\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\n"
    assert Checkpoint.parse(head.text) == head


@given(st.integers(0, 2**64 - 1), st.binary(min_size=32, max_size=32), st.lists(st.sampled_from(["x", "y z"])))
def test_every_checkpoint_is_read_back(size: int, root: bytes, more: list[str]) -> None:
    head = Checkpoint("example.com/log", size, root, tuple(more))
    assert Checkpoint.parse(head.text) == head


ROOT = "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU="


@pytest.mark.parametrize(
    "text",
    ["", "\n", f"o\n0\n{ROOT}", f"o\n00\n{ROOT}\n", f"o\n01\n{ROOT}\n", f"o\n+1\n{ROOT}\n", f"o\n-1\n{ROOT}\n",
     f"o\n1_0\n{ROOT}\n", f"o\n١\n{ROOT}\n", f"o\n1e3\n{ROOT}\n", f"o\n{2**64}\n{ROOT}\n", f"\n1\n{ROOT}\n", "o\n1\n",
     "o\n1\nabc\n", "o\n1\nYWJj\n", f"o\n1\n {ROOT}\n", f"o\n1\n{ROOT[:-1]}\n", f"o\n1\n{ROOT}\n\n",
     f"o\n1\n{ROOT}\n\nx\n"],
)  # fmt: skip
def test_what_is_no_checkpoint_is_refused(text: str) -> None:
    with pytest.raises(BadNote):
        Checkpoint.parse(text)


@given(st.binary(max_size=300))
def test_no_bytes_break_the_reader(data: bytes) -> None:
    for message in (data, PETER_NOTE + data, PETER_TEXT.encode() + b"\n" + data):
        try:
            note = Note.parse(message)
        except BadNote:
            continue
        assert bytes(note) == message
