"""Every agent is a witness: it pins what the log signed, and another past is refused with the evidence at hand."""

from base64 import b64decode
from collections.abc import Callable
from pathlib import Path
from urllib.parse import urlencode

import msgspec
import pytest
from pytest_django.fixtures import Settings

from agents_api.documents import CheckpointOut, ConsistencyOut
from audit import merkle
from audit.models import Checkpoint as Row
from audit.note import Checkpoint as Head
from audit.note import Note
from audit.services import Keeper
from countersign.checkpoint import Checkpoint, Pin, check, grew
from countersign.errors import ApiProblem, JournalError, LogForked
from countersign.verbs import Verbs
from countersign.wire import Answer, Do, Retry, Send
from tests.agents_api.calling import Api, otto, person
from tests.audit.logging_events import keep, keeper, write
from tests.audit.trees import REWRITTEN, TRUE
from tests.cast import Stage
from tests.tampering import tampering


@pytest.fixture
def pulse(stage: Stage, tmp_path: Path, settings: Settings) -> Keeper:
    """The log of demo, signed up to here."""
    settings.LOG_HEADS_DIR = tmp_path / "heads"
    made = keeper(settings.LOG_HEADS_DIR)
    keep(made, stage.at)
    return made


def grow(stage: Stage, pulse: Keeper, count: int = 3) -> None:
    write(stage.at, count, stage.id)
    keep(pulse, stage.at)


def newest(stage: Stage) -> Head:
    row = Row.objects.filter(log_id=stage.id).order_by("-size").first()
    assert row is not None
    return Head.parse(Note.parse(bytes(row.note)).text)


def pinned(api: Api, pin: Pin) -> Checkpoint:
    """The SDK's own steps, driven over the test client."""
    steps = check(Verbs(Retry()), pin)
    given: Answer | Checkpoint | None = None
    failed: Exception | None = None
    while True:
        try:
            step = steps.throw(failed) if failed else steps.send(given)
        except StopIteration as end:
            found: Checkpoint = end.value
            return found
        given, failed = None, None
        if isinstance(step, Do):
            try:
                given = step.work()
            except JournalError as error:
                failed = error
        else:
            assert isinstance(step, Send)
            reply = api.get(f"{step.path}?{urlencode(step.params)}" if step.params else step.path)
            headers = {name.lower(): value for name, value in reply.headers.items()}
            given = Answer(reply.status, headers, reply.body)


@pytest.mark.parametrize("who", [otto, lambda stage: person(stage, "vera")], ids=["otto", "vera"])
def test_everybody_of_the_workspace_may_pin(stage: Stage, pulse: Keeper, who: Callable[[Stage], Api]) -> None:
    told = msgspec.json.decode(who(stage).get("/audit/checkpoint").body, type=CheckpointOut)
    assert Head.parse(Note.parse(told.checkpoint.encode()).text) == newest(stage)
    assert (told.log, told.size) == (stage.id, newest(stage).size)


def test_the_proof_leads_from_the_old_tree_to_the_new_one(stage: Stage, pulse: Keeper) -> None:
    old = newest(stage)
    grow(stage, pulse, 300)
    told = msgspec.json.decode(otto(stage).get(f"/audit/consistency?from={old.size}").body, type=ConsistencyOut)
    new = newest(stage)
    proof = [b64decode(each) for each in told.proof]
    merkle.check_consistency(old.size, new.size, proof, old.root, new.root)
    assert (told.from_, told.size) == (old.size, new.size)


@pytest.mark.parametrize(
    ("path", "status", "code"),
    [
        ("/audit/consistency", 422, "missing"),
        ("/audit/consistency?from=-1", 422, "out_of_range"),
        ("/audit/consistency?from=1&to=2", 422, "unknown_parameter"),
        ("/audit/consistency?from=1000000", 409, "log_shorter"),
        ("/audit/checkpoint?x=1", 422, "unknown_parameter"),
    ],
)
def test_what_cannot_be_answered_is_refused(stage: Stage, pulse: Keeper, path: str, status: int, code: str) -> None:
    reply = otto(stage).get(path)
    assert (reply.status, reply.problem.code) == (status, code)


def test_before_the_first_checkpoint_there_is_nothing(stage: Stage) -> None:
    for path in ("/audit/checkpoint", "/audit/consistency?from=0"):
        assert (otto(stage).get(path).status, Api("").get(path).status) == (404, 401)


def test_cleo_gets_the_log_of_her_own_workspace(stage: Stage, other: Stage, pulse: Keeper) -> None:
    keep(pulse, stage.at)
    assert person(other, "cleo").get("/audit/checkpoint").json["log"] == other.id


def test_an_agent_pins_what_it_saw_and_follows_the_log(stage: Stage, pulse: Keeper, tmp_path: Path) -> None:
    pin = Pin(tmp_path / "state" / "pin")
    sizes = []
    for count in (0, 1, 7, 0):
        grow(stage, pulse, count)
        sizes.append(pinned(otto(stage), pin).size)
        assert pin.read() == pinned(otto(stage), pin)
    assert [size - sizes[0] for size in sizes] == [0, 1, 8, 8]


def test_a_rewritten_log_is_refused_and_the_pin_is_kept(stage: Stage, pulse: Keeper, tmp_path: Path) -> None:
    pin = Pin(tmp_path / "pin")
    grow(stage, pulse)
    held = pinned(otto(stage), pin)
    with tampering() as cursor:
        cursor.execute("update audit_leaf set leaf_hash = %s where log_id = %s and seq = 0", [b"\7" * 32, stage.id])
        cursor.execute("delete from audit_checkpoint where log_id = %s", [stage.id])
    for path in (tmp_path / "heads").iterdir():
        path.unlink()
    # Another process, which remembers nothing.
    grow(stage, keeper(tmp_path / "heads"))
    with pytest.raises(LogForked, match=f"do not begin with the {held.size} known here") as fork:
        pinned(otto(stage), pin)
    assert fork.value.held == held.note
    assert Checkpoint.parse(fork.value.offered).size == held.size + 3
    assert pin.read() == held


def test_a_log_that_went_back_is_refused(stage: Stage, pulse: Keeper, tmp_path: Path) -> None:
    pin = Pin(tmp_path / "pin")
    before = pinned(otto(stage), Pin(tmp_path / "before"))
    grow(stage, pulse)
    held = pinned(otto(stage), pin)
    with tampering() as cursor:
        cursor.execute("delete from audit_checkpoint where log_id = %s and size > %s", [stage.id, before.size])
    with pytest.raises(LogForked, match=f"The log has only {before.size} entries"):
        pinned(otto(stage), pin)
    assert pin.read() == held


def test_what_is_no_answer_about_the_log_is_no_fork(stage: Stage, pulse: Keeper, tmp_path: Path) -> None:
    pin = Pin(tmp_path / "pin")
    pinned(otto(stage), pin)
    with pytest.raises(ApiProblem):
        pinned(Api("csk_nobody"), pin)


def test_a_pin_that_cannot_be_read_is_not_forgotten(stage: Stage, pulse: Keeper, tmp_path: Path) -> None:
    (tmp_path / "pin").write_text("something else")
    with pytest.raises(JournalError, match="holds no checkpoint"):
        pinned(otto(stage), Pin(tmp_path / "pin"))


@pytest.mark.parametrize("old", range(1, 20))
def test_the_sdk_judges_proofs_as_the_server_makes_them(old: int) -> None:
    for new in range(old, 20):
        one, two = (Checkpoint.parse(TRUE.note(size).decode()) for size in (old, new))
        proof = TRUE.proof(old, new)
        assert grew(one, two, proof)
        assert not grew(one, two, [*proof, b"\0" * 32])
        assert not proof or not grew(one, two, proof[:-1])
        false = Checkpoint.parse(REWRITTEN.note(new).decode())
        assert (new <= 3) is grew(one, false, REWRITTEN.proof(old, new)) or old <= 3
