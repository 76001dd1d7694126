"""Servers that fail for a while, and servers that stay away."""

import socket

import pytest

from countersign import ApiProblem, BadAnswer, Countersign, Unreachable
from testkit.api import QUICK, FakeApi
from testkit.door import Fault

SUBMIT = "POST /actions"


@pytest.mark.parametrize(
    "fault",
    [
        Fault(SUBMIT, 502),
        Fault(SUBMIT, 503),
        Fault(SUBMIT, 504, raw=b"<html>upstream</html>"),
        Fault(SUBMIT, 429, "rate_limited", {"Retry-After": "0"}),
        Fault(SUBMIT, 409, "idempotency_in_progress"),
        Fault(SUBMIT, drop=True),
        Fault(SUBMIT, 503, after=True),
        Fault(SUBMIT, drop=True, after=True),
    ],
    ids=lambda fault: f"{'drop' if fault.drop else fault.status}{' after the verb' if fault.after else ''}",
)
def test_a_submit_that_fails_once_is_one_action(api: FakeApi, otto: Countersign, fault: Fault) -> None:
    api.faults += [fault, fault]
    action = otto.submit("billing.refund", {"amount_usd": 80})
    assert (list(api.actions), action.id, api.faults) == (["act_1"], "act_1", [])


def test_every_try_carries_the_same_key(api: FakeApi, otto: Countersign) -> None:
    api.faults += [Fault(SUBMIT, 503, after=True), Fault(SUBMIT, drop=True, after=True)]
    otto.submit("billing.refund", {})
    keys = [request.headers["idempotency-key"] for request in api.sent(SUBMIT)]
    assert (len(keys), len(set(keys))) == (3, 1)


def test_retry_after_is_waited_for(api: FakeApi, otto: Countersign) -> None:
    api.faults += [Fault(SUBMIT, 429, "rate_limited", {"Retry-After": "30"})]
    with pytest.raises(ApiProblem) as refused:
        otto.submit("billing.refund", {})
    assert (refused.value.code, refused.value.retry_after, api.actions) == ("rate_limited", 30.0, {})


@pytest.mark.parametrize("status", [400, 401, 403, 404, 413, 422, 500, 302])
def test_other_refusals_are_raised_at_once(api: FakeApi, otto: Countersign, status: int) -> None:
    api.faults += [Fault(SUBMIT, status, "no")]
    with pytest.raises(ApiProblem) as refused:
        otto.submit("billing.refund", {})
    assert (refused.value.status, refused.value.code, api.sent(SUBMIT)) == (status, "no", [])


def test_a_server_that_stays_away_is_unreachable(otto_nowhere: Countersign) -> None:
    with pytest.raises(Unreachable, match="no answer to POST /actions"):
        otto_nowhere.submit("billing.refund", {})


def test_a_server_that_stays_down_is_unreachable(api: FakeApi, otto: Countersign) -> None:
    api.faults += [Fault(SUBMIT, 503)] * 200
    with pytest.raises(Unreachable, match="503 unavailable: Not now"):
        otto.submit("billing.refund", {})


@pytest.mark.parametrize("raw", [b"<html>Log in to the wifi</html>", b"[]", b"{}", b'{"id": "act_1", "state": 1}'])
def test_an_answer_that_is_not_the_api_s_is_named(api: FakeApi, otto: Countersign, raw: bytes) -> None:
    api.faults += [Fault(SUBMIT, 200, raw=raw)]
    with pytest.raises(BadAnswer):
        otto.submit("billing.refund", {})


def test_connections_are_kept(api: FakeApi, otto: Countersign) -> None:
    for _ in range(5):
        otto.submit("billing.refund", {}).refresh()
    assert len({request.connection for request in api.requests}) == 1


@pytest.fixture
def otto_nowhere() -> Countersign:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    return Countersign(f"http://127.0.0.1:{port}", "csk_otto", retry=QUICK)
