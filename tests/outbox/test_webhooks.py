"""A signed message reaches one machine, once looked up, and its answer says whether another try can help."""

import hmac
import socket
from base64 import b64decode, b64encode
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any

import httpcore
import pytest

from outbox import webhooks
from outbox.outward import ANSWER_MAX, Outward, Unreachable
from outbox.types import PermanentFailure, TransientFailure
from outbox.webhooks import Webhook
from tests.receiving import HOST, Receiver, Request, receiver

AT = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
SECRET, NEXT = "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD", "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"


class Elsewhere(httpcore.NetworkBackend):
    """Notes which address was to be connected to, and connects to this machine."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, int]] = []

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.NetworkStream:
        self.asked.append((host, port))
        return httpcore.SyncBackend().connect_tcp("127.0.0.1", port, timeout, local_address, socket_options)


@pytest.fixture
def found(tmp_path: Path) -> Iterator[Receiver]:
    with receiver(tmp_path) as made:
        yield made


@pytest.fixture
def outward(found: Receiver) -> Outward:
    """The receiver's name belongs to a public machine, as far as anybody can tell."""
    return Outward((), found.ca_file, lambda host, port: ["8.8.8.8"], Elsewhere(), longest=5.0)


def send(found: Receiver, outward: Outward, keys: tuple[str, ...] = (SECRET,)) -> Request:
    message = Webhook(found.url, "msg_1", b'{"a":1}\n', "application/jsonl", {"Authorization": "Splunk t"})
    webhooks.send(message, keys, outward, at=AT)
    return found.got[-1]


def test_a_message_is_signed_as_standard_webhooks_says(found: Receiver, outward: Outward) -> None:
    got = send(found, outward)
    made = hmac.new(b64decode(SECRET[6:]), b'msg_1.1795176000.{"a":1}\n', sha256).digest()
    kept = {name: got.headers[name] for name in ("host", "content-type", "authorization", "content-length")}
    assert kept == {
        "host": f"{HOST}:{found.port}",
        "content-type": "application/jsonl",
        "authorization": "Splunk t",
        "content-length": "8",
    }
    assert {name: value for name, value in got.headers.items() if name.startswith("webhook-")} == {
        "webhook-id": "msg_1",
        "webhook-timestamp": "1795176000",
        "webhook-signature": f"v1,{b64encode(made).decode()}",
    }
    assert (got.method, got.path, got.body) == ("POST", "/in", b'{"a":1}\n')


def test_while_a_secret_changes_both_sign(found: Receiver, outward: Outward) -> None:
    told = send(found, outward, (NEXT, SECRET)).headers["webhook-signature"].split(" ")
    assert told == [webhooks.signature(key, "msg_1", 1795176000, b'{"a":1}\n') for key in (NEXT, SECRET)]


def test_a_new_secret_is_32_bytes_and_nobody_elses() -> None:
    made = {webhooks.new_secret() for _ in range(3)}
    assert (len(made), {len(b64decode(each.removeprefix("whsec_"))) for each in made}) == (3, {32})


def test_the_signature_is_the_specifications_own_example() -> None:
    body = b'{"test": 2432232314}'
    told = webhooks.signature(NEXT, "msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, body)
    assert told == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


def test_a_name_that_answers_differently_the_next_moment_gains_nothing(found: Receiver, outward: Outward) -> None:
    answers = iter([["8.8.8.8"], ["127.0.0.1"], ["127.0.0.1"]])
    elsewhere = Elsewhere()
    rebound = Outward((), found.ca_file, lambda host, port: next(answers), elsewhere)
    send(found, rebound)
    assert (elsewhere.asked, next(answers)) == ([("8.8.8.8", found.port)], ["127.0.0.1"])
    with pytest.raises(PermanentFailure, match="inside a private network"):
        send(found, rebound)
    assert len(found.got) == 1


def test_a_redirect_is_not_followed(found: Receiver, outward: Outward) -> None:
    for status in (301, 302, 303, 307, 308):
        found.status, found.headers = status, {"Location": f"https://127.0.0.1:{found.port}/inside"}
        with pytest.raises(PermanentFailure, match=f"answered {status}; redirects are not followed"):
            send(found, outward)
    assert {got.path for got in found.got} == {"/in"}


def test_nothing_is_sent_inside_unless_the_operator_vouches(found: Receiver) -> None:
    inside = Outward((), found.ca_file, lambda host, port: ["127.0.0.1"])
    with pytest.raises(PermanentFailure, match=rf"{HOST} is inside a private network\. The operator can allow it\."):
        send(found, inside)
    send(found, Outward({HOST}, found.ca_file, lambda host, port: ["127.0.0.1"]))
    assert len(found.got) == 1


def test_a_certificate_counts_for_its_name_alone(found: Receiver) -> None:
    for trusting in (
        Outward((), "", lambda host, port: ["8.8.8.8"], Elsewhere()),
        Outward((), found.ca_file, lambda host, port: ["8.8.8.8"], Elsewhere()),
    ):
        message = Webhook(f"https://other.example:{found.port}/in", "msg_1", b"", "text/plain")
        with pytest.raises(TransientFailure, match=r"other\.example cannot be reached: ConnectError"):
            webhooks.send(message, [SECRET], trusting, at=AT)
    assert found.got == []


@pytest.mark.parametrize("status", [408, 425, 429, 500, 502, 503, 504])
def test_what_may_pass_is_tried_again(found: Receiver, outward: Outward, status: int) -> None:
    found.status, found.told = status, b"busy\0"
    with pytest.raises(TransientFailure, match=rf"^The receiver answered {status}: busy$"):
        send(found, outward)


@pytest.mark.parametrize("status", [400, 401, 403, 404, 405, 410, 413, 422])
def test_what_will_not_pass_is_not(found: Receiver, outward: Outward, status: int) -> None:
    found.status = status
    with pytest.raises(PermanentFailure, match=rf"^The receiver answered {status}\.$"):
        send(found, outward)


@pytest.mark.parametrize(
    ("told", "after"),
    [
        ("120", timedelta(seconds=120)),
        ("Fri, 20 Nov 2026 12:01:00 GMT", timedelta(minutes=1)),
        ("Fri, 20 Nov 2026 11:00:00 -0000", timedelta()),
        ("soon", None),
        ("9" * 30, None),
    ],
)
def test_how_long_the_receiver_asks_to_wait(
    found: Receiver, outward: Outward, told: str, after: timedelta | None
) -> None:
    found.status, found.headers = 503, {"Retry-After": told}
    with pytest.raises(TransientFailure) as failed:
        send(found, outward)
    assert failed.value.after == after


def test_of_an_endless_answer_the_beginning_is_read(found: Receiver, outward: Outward) -> None:
    def endless(handler: BaseHTTPRequestHandler) -> None:
        handler.wfile.write(b"HTTP/1.1 200 OK\r\n\r\n")
        while True:
            handler.wfile.write(b"a" * 65536)

    def quiet(handler: BaseHTTPRequestHandler) -> None:
        try:
            endless(handler)
        except OSError:
            handler.close_connection = True

    found.act = quiet
    assert len(outward.send("POST", found.url, {}).body) == ANSWER_MAX


@pytest.mark.parametrize("beginning", [b"HTTP/1.1 200 OK\r\n", b"HTTP/1.1 200 OK\r\n\r\nbody", b""])
def test_who_answers_a_byte_now_and_then_is_left(found: Receiver, beginning: bytes) -> None:
    def drip(handler: BaseHTTPRequestHandler) -> None:
        handler.wfile.write(beginning)
        try:
            while True:
                handler.wfile.write(b"a")
                handler.connection.settimeout(0.02)
                try:
                    handler.connection.recv(1)
                except TimeoutError:
                    continue
                return
        except OSError:
            handler.close_connection = True

    found.act = drip
    brief = Outward((), found.ca_file, lambda host, port: ["8.8.8.8"], Elsewhere(), longest=0.4)
    with pytest.raises(Unreachable, match="Timeout"):
        brief.send("POST", found.url, {})


def test_an_answer_that_is_no_http_may_be_one_later(found: Receiver, outward: Outward) -> None:
    def nonsense(handler: BaseHTTPRequestHandler) -> None:
        handler.wfile.write(b"SSH-2.0-OpenSSH_9.2\r\n\r\n")
        handler.close_connection = True

    found.act = nonsense
    with pytest.raises(TransientFailure, match="RemoteProtocolError"):
        send(found, outward)


def test_nobody_there_may_be_there_later() -> None:
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        url = f"https://127.0.0.1:{held.getsockname()[1]}/"
        with pytest.raises(TransientFailure, match="cannot be reached: ConnectError"):
            webhooks.send(Webhook(url, "msg_1", b"", "text/plain"), [SECRET], Outward({"127.0.0.1"}), at=AT)


def test_a_name_that_nobody_knows_may_be_known_later(found: Receiver) -> None:
    def unknown(host: str, port: int) -> list[str]:
        raise socket.gaierror(-2, "Name or service not known")

    with pytest.raises(TransientFailure, match="Name or service not known"):
        send(found, Outward((), found.ca_file, unknown))


def test_the_settings_say_whom_it_may_reach(settings: Any) -> None:
    settings.OUTWARD_HOSTS, settings.OUTWARD_CA_FILE = ["siem.internal:8088"], "/etc/ca.pem"
    made = Outward.configured()
    assert (made.allowed, made.ca_file) == (frozenset({"siem.internal:8088"}), "/etc/ca.pem")
