"""A witness cosigns what grew, refuses what did not, and keeps what was signed and did not."""

import threading
from collections.abc import Iterator
from contextlib import suppress
from hashlib import sha256
from pathlib import Path

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from audit.anchors import wire, witness_server
from audit.anchors.wire import AddCheckpoint
from audit.anchors.witness import Diverged, Unanswered, Witness, cosign
from audit.anchors.witnessing import Evidence
from audit.anchors.witnessing import Witness as Watcher
from audit.note import COSIGNATURE, Key, Note, cosigned_at
from tests.audit.trees import LOG, ORIGIN, REWRITTEN, STRANGER, TRUE, WITNESS, Tree

AT = 1_790_000_000
KEY = WITNESS.key(COSIGNATURE)


@pytest.fixture
def watcher(tmp_path: Path) -> Watcher:
    return Watcher(tmp_path / "witness.sqlite3", WITNESS, [LOG.key()])


def offer(watcher: Watcher, old: int, size: int, tree: Tree = TRUE, *, note: bytes = b"") -> tuple[int, bytes]:
    proof = tuple(tree.proof(old, size)) if 0 < old <= size else ()
    reply = watcher.add_checkpoint(bytes(AddCheckpoint(old, proof, note or tree.note(size))), at=AT)
    return reply.status, reply.body


def test_it_cosigns_what_grew(watcher: Watcher) -> None:
    for old, size in ((0, 1), (1, 5), (5, 5), (5, 12)):
        status, lines = offer(watcher, old, size)
        (line,) = wire.cosignatures(lines)
        assert (status, line.is_of(KEY), cosigned_at(line.value)) == (200, True, AT)
        assert KEY.check(Note.parse(TRUE.note(size)).text, line.value)
    assert watcher.evidence() == []


def test_a_log_may_begin_anywhere_with_a_witness_that_never_saw_it(watcher: Watcher) -> None:
    assert offer(watcher, 0, 12)[0] == 200


def test_it_says_which_size_it_holds(watcher: Watcher) -> None:
    offer(watcher, 0, 5)
    assert offer(watcher, 0, 8) == (409, b"5\n")
    assert offer(watcher, 4, 8) == (409, b"5\n")
    assert offer(watcher, 3, 4) == (409, b"5\n")


def test_it_refuses_a_rewritten_history_and_keeps_the_evidence(watcher: Watcher) -> None:
    offer(watcher, 0, 5)
    held = watcher.held(sha256(ORIGIN.encode()).hexdigest())
    request = bytes(AddCheckpoint(5, tuple(REWRITTEN.proof(5, 8)), REWRITTEN.note(8)))
    assert watcher.add_checkpoint(request, at=AT).status == 422
    (kept,) = watcher.evidence()
    assert kept == Evidence(AT, ORIGIN, kept.why, held or b"", request)
    assert "older" in kept.why or "lead" in kept.why
    assert offer(watcher, 5, 8)[0] == 200


def test_another_tree_of_the_same_size_is_evidence_too(watcher: Watcher) -> None:
    offer(watcher, 0, 5)
    assert offer(watcher, 5, 5, REWRITTEN) == (409, b"5\n")
    assert [(kept.at, kept.why) for kept in watcher.evidence()] == [(AT, "another tree of 5 entries")]


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"", 400),
        (b"old 0\n", 400),
        (b"old 00\n\n" + TRUE.note(3), 400),
        (b"old -1\n\n" + TRUE.note(3), 400),
        (b"new 0\n\n" + TRUE.note(3), 400),
        (b"old 0\nnot base64\n\n" + TRUE.note(3), 400),
        (bytes(AddCheckpoint(0, (b"\0" * 32,) * 64, TRUE.note(3))), 400),
        (bytes(AddCheckpoint(0, (b"short",), TRUE.note(3))), 400),
        (b"old 9\n\n" + TRUE.note(3), 400),
        (b"old 0\n\nno note\n", 400),
        (b"old 0\n\n" + TRUE.note(3, STRANGER), 403),
        (b"old 0\n\n" + TRUE.note(3).replace(b"\n3\n", b"\n4\n"), 403),
        (b"old 0\n\n" + TRUE.note(3, WITNESS), 404),
        (bytes(AddCheckpoint(0, (b"\0" * 32,), TRUE.note(3))), 422),
    ],
)
def test_what_it_refuses_leaves_nothing_behind(watcher: Watcher, body: bytes, status: int) -> None:
    assert watcher.add_checkpoint(body, at=AT).status == status
    assert (watcher.evidence(), watcher.held(sha256(ORIGIN.encode()).hexdigest())) == ([], None)


def test_a_stranger_leaves_no_evidence_against_the_log(watcher: Watcher) -> None:
    offer(watcher, 0, 5)
    assert offer(watcher, 5, 8, note=REWRITTEN.note(8, STRANGER))[0] == 403
    assert watcher.evidence() == []


@given(st.integers(0, 2**62), st.lists(st.binary(min_size=32, max_size=32), max_size=63))
def test_a_request_is_read_as_it_was_written(old: int, proof: list[bytes]) -> None:
    request = AddCheckpoint(old, tuple(proof), TRUE.note(3))
    assert AddCheckpoint.parse(bytes(request)) == request


@given(st.binary(max_size=300))
def test_whatever_comes_is_read_or_refused(body: bytes) -> None:
    with suppress(wire.BadRequest):
        assert bytes(AddCheckpoint.parse(body)) == body


@pytest.mark.race
def test_two_at_once_never_roll_it_back(watcher: Watcher) -> None:
    offer(watcher, 0, 3)
    barrier = threading.Barrier(8)
    statuses: list[int] = []

    def press(size: int) -> None:
        barrier.wait()
        statuses.append(offer(watcher, 3, size)[0])

    threads = [threading.Thread(target=press, args=(size,)) for size in range(4, 12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(statuses) == [200, *[409] * 7]


@pytest.fixture
def served(watcher: Watcher) -> Iterator[Witness]:
    server = witness_server.Server(("127.0.0.1", 0), watcher, WITNESS)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    yield Witness("w1", KEY, f"http://127.0.0.1:{server.server_address[1]}/")
    server.shutdown()
    server.server_close()
    thread.join()


def ask(witness: Witness, size: int, held: int, tree: Tree = TRUE) -> int:
    with httpx.Client() as client:
        line = cosign(witness, tree.note(size), held, lambda old: tree.proof(old, size), client)
    return cosigned_at(line.value)


def test_a_log_that_forgot_what_the_witness_holds_asks_again(served: Witness) -> None:
    assert ask(served, 5, 0) > AT
    assert ask(served, 9, 0) > AT
    assert ask(served, 9, 2) > AT


def test_a_rewritten_log_learns_that_it_diverged(served: Witness, watcher: Watcher) -> None:
    ask(served, 5, 0)
    for size, held in ((8, 5), (8, 0), (5, 5)):
        with pytest.raises(Diverged, match="holds another tree of 5 entries"):
            ask(served, size, held, REWRITTEN)
    assert len(watcher.evidence()) == 3


def test_a_log_that_went_back_learns_that_it_diverged(served: Witness) -> None:
    ask(served, 5, 0)
    with pytest.raises(Diverged, match="has cosigned 5 entries, and this log has only 4"):
        ask(served, 4, 4)


def test_a_witness_that_is_not_there_is_asked_later(watcher: Watcher) -> None:
    with pytest.raises(Unanswered, match="w1 cannot be reached"):
        ask(Witness("w1", KEY, "http://127.0.0.1:9"), 5, 0)


def test_a_cosignature_of_another_key_is_none(served: Witness) -> None:
    other = Witness("w1", Key("witness.example/w1", LOG.key().public, COSIGNATURE), served.url)
    with pytest.raises(Unanswered, match="no cosignature that its key fits"):
        ask(other, 5, 0)


def test_the_server_shows_its_key_and_what_it_holds(served: Witness) -> None:
    ask(served, 5, 0)
    name = sha256(ORIGIN.encode()).hexdigest()
    with httpx.Client(base_url=served.url) as client:
        assert client.get("/vkey").text == f"{KEY.vkey}\n"
        assert len(Note.parse(client.get(f"/{name}/checkpoint").content).by([LOG.key(), KEY])) == 2
        assert client.get("/other").status_code == 404
        assert client.post("/other", content=b"x").status_code == 404
        assert client.post("/add-checkpoint", content=b"x" * (wire.BODY_MAX + 1)).status_code == 400


def test_its_key_is_made_once_and_is_its_own(tmp_path: Path) -> None:
    made = witness_server.signer(tmp_path / "w", "witness.example/w1")
    assert witness_server.signer(tmp_path / "w", "witness.example/w1").key() == made.key()
    assert (tmp_path / "w" / "witness.key").stat().st_mode & 0o777 == 0o600
