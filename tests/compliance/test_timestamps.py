"""An authority stamps the checkpoint, and anybody's OpenSSL says when."""

import subprocess
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from hashlib import sha256
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import httpx
import pytest
from django.core.management import CommandError, call_command
from pytest_django.fixtures import Settings

from audit import log_queries
from audit.models import Anchor, Checkpoint
from audit.verdicts import Code
from compliance import timestamps
from compliance.anchor_folder import Undelivered
from compliance.services import anchoring
from compliance.timestamps import Authority, BadDer
from outbox.types import TransientFailure
from tests.audit.logging_events import keep, keeper, write
from tests.compliance.test_anchoring import deliver, judged

PAGE = (Path(__file__).resolve().parents[2] / "docs" / "auditing.md").read_text()
CONFIG = """\
[tsa]
serial = {folder}/serial
signer_cert = {folder}/tsa.pem
signer_key = {folder}/tsa.key
certs = {folder}/tsa.pem
signer_digest = sha256
default_policy = 1.2.3.4.1
digests = sha256
accuracy = secs:1
ess_cert_id_alg = sha256
"""


@dataclass(slots=True)
class Tsa:
    """`openssl ts` behind HTTP. `answer` replaces what it says."""

    folder: Path
    url: str = ""
    status: int = 200
    answer: bytes | None = None
    asked: list[bytes] = field(default_factory=list)

    @property
    def ca_file(self) -> Path:
        return self.folder / "tsa.pem"

    def reply(self, query: bytes) -> bytes:
        self.asked.append(query)
        (self.folder / "query").write_bytes(query)
        openssl("ts", "-reply", "-config", f"{self.folder}/config", "-section", "tsa", folder=self.folder, name="query")
        return (self.folder / "reply").read_bytes()


def openssl(*words: str, folder: Path, name: str) -> str:
    inputs = ["-queryfile", f"{folder}/{name}", "-out", f"{folder}/reply"]
    done = subprocess.run(["openssl", *words, *inputs], capture_output=True, text=True, check=True)
    return done.stdout


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("tsa")
    made_of = ["-subj", "/CN=A time-stamp authority", "-addext", "extendedKeyUsage=critical,timeStamping"]
    key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", f"{folder}/tsa.key"]
    subprocess.run(
        ["openssl", "req", "-x509", *key, "-out", f"{folder}/tsa.pem", "-days", "2", *made_of],
        capture_output=True,
        check=True,
    )
    (folder / "serial").write_text("01\n")
    (folder / "config").write_text(CONFIG.format(folder=folder))
    return folder


@pytest.fixture
def tsa(made: Path) -> Iterator[Tsa]:
    found = Tsa(made)

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            query = self.rfile.read(int(self.headers["Content-Length"]))
            body = found.reply(query) if found.answer is None else found.answer
            self.send_response(found.status)
            self.send_header("Content-Type", timestamps.REPLY)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    found.url = f"http://127.0.0.1:{server.server_address[1]}/"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    yield found
    server.shutdown()
    server.server_close()
    thread.join()


def stamp(tsa: Tsa, note: bytes = b"a checkpoint\n", *, ca_file: str | None = None) -> bytes:
    with httpx.Client(timeout=10) as client:
        return Authority(tsa.url, str(tsa.ca_file) if ca_file is None else ca_file).stamp(note, client)


def test_openssl_reads_the_request(tmp_path: Path) -> None:
    query = tmp_path / "query"
    for nonce in (bytes(8), b"\xff" * 8, bytes(range(8))):
        query.write_bytes(timestamps.request(sha256(b"a checkpoint\n").digest(), nonce))
        words = ["openssl", "ts", "-query", "-in", str(query), "-text"]
        told = subprocess.run(words, capture_output=True, text=True, check=True).stdout
        assert "Hash Algorithm: sha256" in told
        assert "Certificate required: yes" in told


def test_a_stamp_is_checked_to_its_root(tsa: Tsa) -> None:
    assert stamp(tsa).startswith(b"\x30")


def test_a_stamp_of_something_else_is_refused(tsa: Tsa) -> None:
    tsa.answer = tsa.reply(timestamps.request(sha256(b"another").digest(), b"12345678"))
    with pytest.raises(Undelivered, match="the stamp is of something else"):
        stamp(tsa)


def test_a_stamp_of_an_earlier_request_is_refused(tsa: Tsa) -> None:
    tsa.answer = tsa.reply(timestamps.request(sha256(b"a checkpoint\n").digest(), b"12345678"))
    with pytest.raises(Undelivered, match="the stamp is of another request"):
        stamp(tsa)


def test_an_authority_that_nobody_trusts_is_refused(tsa: Tsa, tmp_path: Path) -> None:
    other = tmp_path / "other.pem"
    words = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", f"{tmp_path}/key"]
    subprocess.run(
        ["openssl", "req", "-x509", *words, "-out", str(other), "-subj", "/CN=other"], capture_output=True, check=True
    )
    with pytest.raises(Undelivered, match="leads to no root that is trusted"):
        stamp(tsa, ca_file=str(other))
    assert stamp(tsa, ca_file="").startswith(b"\x30")


@pytest.mark.parametrize(
    ("answer", "told"),
    [
        (b"", "a member is missing"),
        (bytes.fromhex("3000"), "it refused, with status 0"),
        (b"<html>", "nonsense"),
        (bytes.fromhex("3003020100"), "nonsense"),
        (bytes.fromhex("30053003020102"), "it refused, with status 2"),
        (bytes.fromhex("30053003020100"), "it granted a stamp and sent none"),
        (bytes.fromhex("300730030201003000"), "a member is missing"),
        (bytes.fromhex("30840000"), "a length is none"),
        (b"\x30" * 5000, "nonsense"),
        (b"\0" * 70_000, "answered 200"),
    ],
)
def test_what_is_no_stamp_is_asked_for_again(tsa: Tsa, answer: bytes, told: str) -> None:
    tsa.answer = answer
    with pytest.raises(Undelivered, match=told):
        stamp(tsa)


def test_a_token_that_was_cut_anywhere_is_none(tsa: Tsa) -> None:
    digest, nonce = sha256(b"a checkpoint\n").digest(), b"12345678"
    whole = tsa.reply(timestamps.request(digest, nonce))
    assert timestamps.token(whole, digest, nonce) in whole
    for length in range(0, len(whole), 7):
        with pytest.raises(BadDer):
            timestamps.token(whole[:length], digest, nonce)


def test_the_log_is_stamped_each_hour_and_the_token_verifies_elsewhere(
    tsa: Tsa, db: None, tmp_path: Path, settings: Settings, at: datetime
) -> None:
    settings.LOG_HEADS_DIR = tmp_path / "heads"
    settings.ANCHOR_TSA_URL, settings.ANCHOR_TSA_CA_FILE = tsa.url, str(tsa.ca_file)
    pulse = keeper(settings.LOG_HEADS_DIR)
    write(at, 3)
    keep(pulse, at)
    assert deliver(at=at) == ["time-stamp"]
    row = Anchor.objects.get()
    note, token = bytes(Checkpoint.objects.get(log_id="wsp_1").note), bytes(row.proof)
    assert (bytes(row.note), row.size, judged().code) == (note, 3, Code.UNWITNESSED)
    folder = tmp_path / "given"
    found = log_queries.stamped("wsp_1", "time-stamp")
    assert found is not None
    assert (found.note, found.proof) == (note, token)
    folder.mkdir()
    (folder / "checkpoint").write_bytes(found.note)
    (folder / "checkpoint.tst").write_bytes(found.proof)
    (folder / "authority.pem").write_bytes(tsa.ca_file.read_bytes())
    (told,) = [line for line in PAGE.splitlines() if line.startswith("openssl ts -verify")]
    done = subprocess.run(told.split(), capture_output=True, text=True, check=True, cwd=folder)
    assert "Verification: OK" in done.stdout
    write(at, 1)
    keep(pulse, at)
    assert row.at is not None
    assert [anchoring.promise_due(at=row.at + timedelta(minutes=n)) for n in (59, 60)] == [0, 1]


def test_the_operator_takes_a_time_stamp_away(
    tsa: Tsa, db: None, tmp_path: Path, settings: Settings, at: datetime
) -> None:
    settings.LOG_HEADS_DIR, settings.ANCHOR_TSA_URL = tmp_path / "heads", tsa.url
    folder = tmp_path / "given"
    with pytest.raises(CommandError, match="No time-stamp of this log has arrived yet"):
        call_command("audit", "time-stamp", "--workspace", "system", "--to", str(folder))
    write(at, 1, "system")
    keep(keeper(settings.LOG_HEADS_DIR), at)
    deliver(at=at)
    call_command("audit", "time-stamp", "--workspace", "system", "--to", str(folder))
    row = Anchor.objects.get()
    kept = ((folder / "checkpoint").read_bytes(), (folder / "checkpoint.tst").read_bytes())
    assert kept == (bytes(row.note), bytes(row.proof))


def test_an_authority_that_is_away_is_asked_again(
    tsa: Tsa, db: None, tmp_path: Path, settings: Settings, at: datetime
) -> None:
    settings.LOG_HEADS_DIR, settings.ANCHOR_TSA_URL = tmp_path / "heads", tsa.url
    write(at, 1)
    keep(keeper(settings.LOG_HEADS_DIR), at)
    tsa.status, tsa.answer = 503, b""
    with pytest.raises(TransientFailure, match="authority answered 503"):
        deliver(at=at)
    settings.ANCHOR_TSA_URL = "http://127.0.0.1:1/"
    with pytest.raises(TransientFailure, match="authority cannot be reached"):
        deliver(at=at + timedelta(hours=2))
