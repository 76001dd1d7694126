"""Checkpoints leave the house, and whoever holds one unmasks another history."""

import subprocess
import threading
from collections.abc import Iterator
from datetime import datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from django.core import mail
from django.utils import timezone
from pytest_django.fixtures import Settings

from audit import log_queries, note, queries, services, trees, witnesses
from audit.actor import OPERATOR
from audit.anchors import witness_server
from audit.anchors.witnessing import Witness
from audit.models import Anchor, Checkpoint, Event, UnsignedLog
from audit.note import COSIGNATURE, Key, Note
from audit.services import Keeper
from audit.trust import Policy
from audit.verdicts import Code, Report
from compliance import anchor_folder
from compliance.elsewhere import Elsewhere
from compliance.services import anchoring, verifying
from outbox.models import Message
from outbox.types import Delivery, PermanentFailure, TransientFailure
from tests.audit.logging_events import KEY, keep, keeper, the_log, write
from tests.audit.test_verify import change_entry, forge
from tests.audit.trees import WITNESS
from tests.tampering import tampering


@pytest.fixture
def pulse(db: None, tmp_path: Path, settings: Settings, at: datetime) -> Keeper:
    """A log of 300 entries."""
    settings.LOG_HEADS_DIR = tmp_path / "heads"
    settings.WITNESS_POLICY, settings.ANCHOR_DIR, settings.ANCHOR_WEBHOOK, settings.ANCHOR_MAIL = "", "", "", []
    made = keeper(settings.LOG_HEADS_DIR)
    for count in (256, 24, 20):
        write(at, count)
        keep(made, at)
    return made


def deliver(*, at: datetime) -> list[str]:
    """Promises what is due and delivers it; names whom it was given to."""
    anchoring.promise_due(at=at)
    given = []
    for row in list(Message.objects.filter(sink="anchors").order_by("id")):
        anchoring.deliver(Delivery(row.pk, row.workspace_id, row.kind, row.subject, row.payload, 0, row.created_at))
        row.delete()
        given.append(row.payload["anchor"])
    return given


def judged() -> Report:
    return verifying.verify_log(actor=OPERATOR, at=timezone.now(), log=the_log())


def rewrite(settings: Settings) -> None:
    """The operator rewrites the log with the key at hand, and takes away what the machine knew."""
    with tampering() as cursor:
        change_entry(140, leaf=True, tile=True)(cursor)
        for size in (256, 280, 300):
            forge(cursor, size)
    for path in Path(settings.LOG_HEADS_DIR).glob("*"):
        path.unlink()


def test_without_anchors_nothing_is_promised(pulse: Keeper, at: datetime) -> None:
    assert (anchoring.promise_due(at=at), Message.objects.count()) == (0, 0)


def test_a_folder_keeps_each_checkpoint_it_was_given(
    pulse: Keeper, at: datetime, tmp_path: Path, settings: Settings
) -> None:
    settings.ANCHOR_DIR = str(tmp_path / "given")
    assert deliver(at=at) == ["folder"]
    assert deliver(at=at) == []
    write(at, 1)
    keep(pulse, at)
    assert deliver(at=at) == ["folder"]
    found = sorted((tmp_path / "given" / "wsp_1").iterdir())
    assert [path.name for path in found] == ["000000000300.checkpoint", "000000000301.checkpoint"]
    assert found[1].read_bytes() == bytes(Checkpoint.objects.get(log_id="wsp_1", size=301).note)
    assert (judged().code, Anchor.objects.get().size) == (Code.UNWITNESSED, 301)


def test_a_git_repository_gets_a_commit_each(pulse: Keeper, at: datetime, tmp_path: Path, settings: Settings) -> None:
    folder = tmp_path / "repository"
    subprocess.run(["git", "init", "--quiet", str(folder)], check=True)
    settings.ANCHOR_DIR = str(folder)
    deliver(at=at)
    write(at, 1)
    keep(pulse, at)
    deliver(at=at)
    anchor_folder.put(folder, "wsp_1", 301, bytes(Checkpoint.objects.get(log_id="wsp_1", size=301).note))
    told = subprocess.run(["git", "-C", str(folder), "log", "--format=%s"], capture_output=True, text=True, check=True)
    assert told.stdout.splitlines() == ["wsp_1: 301 entries", "wsp_1: 300 entries"]


def test_a_folder_unmasks_a_rewritten_history(pulse: Keeper, at: datetime, tmp_path: Path, settings: Settings) -> None:
    settings.ANCHOR_DIR = str(tmp_path / "given")
    deliver(at=at)
    rewrite(settings)
    Anchor.objects.all().delete()
    report = judged()
    assert (report.code, [fault.says for fault in report.faults]) == (
        Code.DIVERGED,
        ["The file 000000000300.checkpoint in the anchor folder holds another tree of 300 entries."],
    )
    with pytest.raises(PermanentFailure):
        deliver(at=at)
    assert Event.objects.filter(kind="log:diverged").count() == 1


def test_a_letter_is_the_checkpoint(pulse: Keeper, at: datetime, settings: Settings) -> None:
    settings.ANCHOR_MAIL = ["auditor@example.com"]
    assert deliver(at=at) == ["mail"]
    (letter,) = mail.outbox
    assert (letter.to, letter.subject) == (
        ["auditor@example.com"],
        "Checkpoint of 127.0.0.1:8000/log/wsp_1: 300 entries",
    )
    assert letter.body.encode() == bytes(Checkpoint.objects.get(log_id="wsp_1", size=300).note)


class Receiver(BaseHTTPRequestHandler):
    status = 200
    got: list[bytes] = []

    def do_POST(self) -> None:
        self.got.append(self.rfile.read(int(self.headers["Content-Length"])))
        self.send_response(self.status)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:
        pass


@pytest.fixture
def receiver() -> Iterator[str]:
    Receiver.status, Receiver.got = 200, []
    server = ThreadingHTTPServer(("127.0.0.1", 0), Receiver)
    yield from _serving(server)


def _serving(server: ThreadingHTTPServer) -> Iterator[str]:
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    yield f"http://127.0.0.1:{server.server_address[1]}/"
    server.shutdown()
    server.server_close()
    thread.join()


def test_a_webhook_that_is_away_is_asked_again(pulse: Keeper, at: datetime, settings: Settings, receiver: str) -> None:
    settings.ANCHOR_WEBHOOK = receiver
    Receiver.status = 503
    with pytest.raises(TransientFailure, match="answered 503"):
        deliver(at=at)
    assert Anchor.objects.get().size == 0
    Receiver.status = 200
    assert deliver(at=at) == ["webhook"]
    assert Receiver.got[-1] == bytes(Checkpoint.objects.get(log_id="wsp_1", size=300).note)


def test_a_promise_that_came_to_nothing_is_made_again(pulse: Keeper, at: datetime, settings: Settings) -> None:
    settings.ANCHOR_MAIL = ["auditor@example.com"]
    promised = [anchoring.promise_due(at=at + timedelta(minutes=n)) for n in (0, 1, 29)]
    Message.objects.update(dead_at=at)
    promised.append(anchoring.promise_due(at=at + timedelta(minutes=31)))
    assert promised == [1, 0, 0, 1]


def test_a_day_of_outage_leaves_one_promise_and_the_newest_checkpoint(
    pulse: Keeper, at: datetime, settings: Settings, receiver: str
) -> None:
    settings.ANCHOR_WEBHOOK, Receiver.status = receiver, 503
    for n in range(0, 24 * 60, 10):
        if n % 120 == 0:
            write(at, 1)
            keep(pulse, at)
        anchoring.promise_due(at=at + timedelta(minutes=n))
    (row,) = Message.objects.filter(sink="anchors")
    Receiver.status = 200
    anchoring.deliver(Delivery(row.pk, row.workspace_id, row.kind, row.subject, row.payload, 9, row.created_at))
    newest = Checkpoint.objects.filter(log_id="wsp_1").latest("size")
    assert (newest.size, Anchor.objects.get().size) == (312, 312)
    assert Receiver.got[-1] == bytes(newest.note)


def test_an_anchor_that_is_away_keeps_no_other_waiting(
    pulse: Keeper, at: datetime, tmp_path: Path, settings: Settings, receiver: str
) -> None:
    settings.ANCHOR_WEBHOOK, settings.ANCHOR_DIR, Receiver.status = receiver, str(tmp_path / "given"), 503
    anchoring.promise_due(at=at)
    Message.objects.filter(payload__anchor="folder").delete()
    promised = anchoring.promise_due(at=at + timedelta(hours=1))
    owed = sorted(Message.objects.filter(sink="anchors").values_list("payload__anchor", flat=True))
    assert (promised, owed) == (1, ["folder", "webhook"])


@pytest.fixture
def watched(pulse: Keeper, tmp_path: Path, settings: Settings) -> Iterator[Witness]:
    """One witness of our log, and the policy that asks for it."""
    key = Key(the_log().origin, KEY.public_key().public_bytes_raw())
    witness = Witness(tmp_path / "witness.sqlite3", WITNESS, [key])
    server = witness_server.Server(("127.0.0.1", 0), witness, WITNESS)
    settings.WITNESS_POLICY = str(tmp_path / "policy")
    for url in _serving(server):
        vkey = WITNESS.key(COSIGNATURE).vkey
        Path(settings.WITNESS_POLICY).write_text(f"witness w1 {vkey} {url}\nquorum w1\n")
        yield witness


def test_a_witnessed_log_is_verified_with_the_best_code(watched: Witness, pulse: Keeper, at: datetime) -> None:
    assert judged().code is Code.UNWITNESSED
    keep(pulse, at)
    assert deliver(at=at) == ["witness w1"]
    assert judged().code is Code.WITNESSED
    kept = witnesses.witnessed("wsp_1")
    assert witnesses.cosigned("wsp_1") == {Anchor.objects.get().size: kept}
    policy = Policy.parse(log_queries.policy("wsp_1"))
    assert policy.accepts(Note.parse(kept))[1] is True


def test_a_cosignature_grows_old(watched: Witness, pulse: Keeper, at: datetime) -> None:
    deliver(at=at)
    write(at, 1)
    keep(pulse, at)
    Anchor.objects.update(at=at - timedelta(hours=1))
    assert judged().code is Code.UNWITNESSED


def test_a_witness_refuses_a_rewritten_history_and_keeps_the_evidence(
    watched: Witness, pulse: Keeper, at: datetime, settings: Settings
) -> None:
    deliver(at=at)
    rewrite(settings)
    # The operator even forgets that the witness was ever asked.
    Anchor.objects.all().delete()
    write(at, 5)
    keep(keeper(settings.LOG_HEADS_DIR), at)
    with pytest.raises(PermanentFailure, match="holds another tree of 300 entries"):
        deliver(at=at)
    (kept,) = watched.evidence()
    assert (kept.origin, kept.held.count(b"\n300\n"), kept.offered.count(b"\n305\n")) == (the_log().origin, 1, 1)
    report = judged()
    assert (report.code, report.faults[0].says[:11]) == (Code.DIVERGED, "witness w1:")
    assert Event.objects.filter(kind="log:diverged").count() == 1


def test_the_tile_tells_how_far_the_log_is_to_be_trusted(
    watched: Witness, pulse: Keeper, at: datetime, settings: Settings, django_assert_num_queries: Any
) -> None:
    assert (queries.trust("wsp_1").code, queries.trust("wsp_1").is_good) == (None, False)
    deliver(at=at)
    report = judged()
    with django_assert_num_queries(4):
        told = queries.trust("wsp_1")
    assert (told.code, told.verdict, told.size, told.is_good) == (0, "verified and witnessed", report.size, True)
    assert [(held.name, held.size, held.refused) for held in told.anchors] == [("witness w1", 300, "")]
    rewrite(settings)
    write(at, 5)
    keep(keeper(settings.LOG_HEADS_DIR), at)
    Anchor.objects.update(asked_size=0)
    with pytest.raises(PermanentFailure):
        deliver(at=at)
    told = queries.trust("wsp_1")
    assert (told.is_good, told.anchors[0].refused[:27]) == (False, "witness w1 holds another tr")


def test_a_name_that_is_a_path_is_refused(tmp_path: Path) -> None:
    for name in ("../elsewhere", "", ".hidden", "a/b"):
        with pytest.raises(ValueError, match="is no id of a log"):
            anchor_folder.put(tmp_path, name, 1, b"")


def test_the_forged_log_is_one_that_fits_itself(pulse: Keeper, settings: Settings) -> None:
    """Otherwise the tests above would prove nothing."""
    rewrite(settings)
    assert (judged().code, trees.size("wsp_1")) == (Code.UNWITNESSED, 300)


def restored(settings: Settings, size: int) -> Keeper:
    """The database of a machine that has never signed, as a backup of `size` entries left it."""
    with tampering() as cursor:
        cursor.execute("delete from audit_checkpoint where size > %s", [size])
        cursor.execute("delete from audit_leaf where seq >= %s", [size])
    Anchor.objects.all().delete()
    settings.LOG_HEADS_DIR = Path(settings.LOG_HEADS_DIR).with_name("another-machine")
    mine = keeper(settings.LOG_HEADS_DIR)
    mine.elsewhere = Elsewhere(mine.heads)
    return mine


def refused() -> list[str]:
    return list(UnsignedLog.objects.values_list("refused", flat=True))


def test_a_database_older_than_what_the_witness_holds_is_not_signed(
    watched: Witness, pulse: Keeper, at: datetime, settings: Settings
) -> None:
    deliver(at=at)
    mine = restored(settings, 280)
    write(at, 50)
    keep(mine, at)
    says = "The witness w1 holds a tree of 300 leaves, and the database 280. "
    does = "If the database was restored from a backup, run `manage.py audit restart-log`."
    assert (refused(), trees.size("wsp_1")) == ([says + does], 280)
    new = services.restart_log(
        actor=OPERATOR, at=at, workspace_id="wsp_1", because="A backup was restored.", heads=mine.heads
    )
    assert b"\n300\n" in bytes(new.continues)
    keep(mine, at)
    assert (refused(), Checkpoint.objects.filter(log_id="wsp_1.2").exists()) == ([], True)


def test_a_folder_knows_what_a_restored_database_forgot(
    pulse: Keeper, at: datetime, tmp_path: Path, settings: Settings
) -> None:
    settings.ANCHOR_DIR = str(tmp_path / "given")
    deliver(at=at)
    mine = restored(settings, 280)
    write(at, 1)
    keep(mine, at)
    says = "The file 000000000300.checkpoint in the anchor folder holds a tree of 300 leaves, and the database 280."
    assert [why.partition(" If")[0] for why in refused()] == [says]


def test_an_older_database_with_other_entries_is_found_by_its_root(
    pulse: Keeper, at: datetime, tmp_path: Path, settings: Settings
) -> None:
    settings.ANCHOR_DIR = str(tmp_path / "given")
    deliver(at=at)
    rewrite(settings)
    Anchor.objects.all().delete()
    mine = keeper(settings.LOG_HEADS_DIR)
    mine.elsewhere = Elsewhere(mine.heads)
    write(at, 5)
    keep(mine, at)
    assert [why.partition(" than")[0] for why in refused()] == [
        "The file 000000000300.checkpoint in the anchor folder holds another tree of 300 leaves"
    ]


def test_nobody_stops_a_log_by_inventing_or_by_being_away(
    watched: Witness, pulse: Keeper, at: datetime, tmp_path: Path, settings: Settings
) -> None:
    """A file that the log never signed is no evidence, and who does not answer is asked again later."""
    settings.ANCHOR_DIR = str(tmp_path / "given")
    forged = note.signed(note.Checkpoint(the_log().origin, 9000, bytes(32)).text, [WITNESS])
    (tmp_path / "given" / "wsp_1").mkdir(parents=True)
    (tmp_path / "given" / "wsp_1" / "000000009000.checkpoint").write_bytes(bytes(forged))
    Path(settings.WITNESS_POLICY).with_name("away").write_text(
        f"witness w1 {WITNESS.key(COSIGNATURE).vkey} http://127.0.0.1:9/\nquorum w1\n"
    )
    settings.WITNESS_POLICY = str(Path(settings.WITNESS_POLICY).with_name("away"))
    mine = keeper(settings.LOG_HEADS_DIR)
    mine.elsewhere = Elsewhere(mine.heads)
    write(at, 1)
    keep(mine, at)
    assert (refused(), Checkpoint.objects.filter(size=301).count()) == ([], 1)


def test_an_anchor_is_asked_again_once_somebody_has_looked(
    watched: Witness, pulse: Keeper, at: datetime, settings: Settings
) -> None:
    deliver(at=at)
    Anchor.objects.update(refused="It said no.", asked_size=300)
    assert judged().code is Code.DIVERGED
    with pytest.raises(anchoring.NothingRefused, match="witness w2 does not refuse the log wsp_1"):
        anchoring.clear(actor=OPERATOR, at=at, log=the_log(), name="witness w2", because="Its disk was full.")
    anchoring.clear(actor=OPERATOR, at=at, log=the_log(), name="witness w1", because="Its disk was full.")
    assert judged().code is Code.WITNESSED
    fact = Event.objects.get(kind="anchor:cleared")
    assert b"It said no." in bytes(fact.body)
    assert b"disk" not in bytes(fact.body)
