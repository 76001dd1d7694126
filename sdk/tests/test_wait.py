"""Waiting for a decision: parked on one connection, through failures, to each possible end."""

import threading
import time
from typing import Any

import pytest

from countersign import (
    ActionRecord,
    BadAnswer,
    Countersign,
    DeniedByPolicy,
    DraftOnly,
    Expired,
    NotApproved,
    Rejected,
    Stopped,
    Unreachable,
    WaitTimeout,
    Withdrawn,
)
from testkit.api import FakeApi
from testkit.door import Fault

LOOK = "GET /actions/act_1"


def later(work: Any, seconds: float = 0.15) -> threading.Timer:
    timer = threading.Timer(seconds, work)
    timer.start()
    return timer


def test_a_parked_wait_is_woken_by_the_decision(api: FakeApi, otto: Countersign) -> None:
    action = otto.submit("billing.refund", {"amount_usd": 80})
    later(lambda: api.decide(action.id))
    began = time.monotonic()
    decision = action.wait(timeout=20)
    assert (decision.approved, decision.edited, decision.tool_call.args) == (True, False, {"amount_usd": 80})
    assert time.monotonic() - began < 10
    assert len(api.sent(LOOK)) == 1


def test_the_decision_holds_what_ada_edited(api: FakeApi, otto: Countersign) -> None:
    action = otto.submit("billing.refund", {"amount_usd": 80})
    api.decide(action.id, args={"amount_usd": 40}, reason="amount_too_high", comment="Cap is 40.")
    decision = action.wait()
    assert (decision.edited, decision.tool_call.args, decision.revision) == (True, {"amount_usd": 40}, 2)
    assert (decision.reason_code, decision.comment, decision.decided_by[0]["name"]) == (
        "amount_too_high",
        "Cap is 40.",
        "Ada",
    )
    assert action.state == "approved"


def test_what_policy_allows_needs_no_second_request(api: FakeApi, otto: Countersign) -> None:
    assert otto.submit("crm.note", {"text": "Called."}).wait().source == "policy"
    assert len(api.requests) == 1


def test_a_replayed_answer_has_no_grant_so_it_is_fetched(api: FakeApi, otto: Countersign) -> None:
    api.faults += [Fault("POST /actions", drop=True, after=True)]
    assert otto.submit("crm.note", {"text": "Called."}).wait().grant == "grant.act_1.1"
    assert len(api.sent(LOOK)) == 1


@pytest.mark.parametrize(
    ("outcome", "source", "reason", "error", "sentence"),
    [
        ("rejected", "people", "wrong_customer", Rejected, "was rejected by Ada (wrong_customer): No."),
        ("rejected", "policy", "denied", DeniedByPolicy, "is denied by policy (denied): No."),
        ("expired", "timeout", "expired", Expired, "expired before it was approved (expired): No."),
        ("withdrawn", "agent", "superseded", Withdrawn, "was withdrawn (superseded): No."),
        ("rejected", "stop_switch", "stopped", Stopped, "was stopped (stopped): No."),
        ("approved", "people", "draft", DraftOnly, "was approved as a draft that people finish by Ada (draft): No."),
    ],
)
def test_each_end_has_its_exception(
    api: FakeApi, otto: Countersign, outcome: str, source: str, reason: str, error: type[NotApproved], sentence: str
) -> None:
    action = otto.submit("billing.refund", {})
    api.decide(action.id, outcome, source=source, reason=reason, comment="No.")
    with pytest.raises(NotApproved) as refused:
        action.wait()
    assert type(refused.value) is error
    assert str(refused.value) == f"billing.refund {sentence} Action act_1 did not run."
    assert action.wait(check=False).reason_code == reason


def test_after_the_timeout_the_action_is_still_pending(otto: Countersign) -> None:
    action = otto.submit("billing.refund", {})
    with pytest.raises(WaitTimeout) as timeout:
        action.wait(timeout=0.2)
    assert (timeout.value.action.id, action.state) == ("act_1", "pending")
    with pytest.raises(TimeoutError):
        action.wait(timeout=0)


def test_a_wait_survives_failures_on_the_way(api: FakeApi, otto: Countersign) -> None:
    action = otto.submit("billing.refund", {})
    api.faults += [Fault(LOOK, 503), Fault(LOOK, drop=True), Fault(LOOK, 502, raw=b"bad gateway")]
    later(lambda: api.decide(action.id))
    assert action.wait(timeout=20).approved is True


def test_a_poll_that_was_parked_longer_than_the_patience_is_sent_again(api: FakeApi, otto: Countersign) -> None:
    action = otto.submit("billing.refund", {})
    api.faults += [Fault(LOOK, drop=True, delay=1.3)]
    later(lambda: api.decide(action.id))
    assert action.wait(timeout=20).approved is True


def test_a_wait_that_loses_its_server_says_so(api: FakeApi, otto: Countersign) -> None:
    action = otto.submit("billing.refund", {})
    api.faults += [Fault(LOOK, drop=True)] * 500
    with pytest.raises(Unreachable):
        action.wait(timeout=20)


def test_later_polls_name_what_they_know(api: FakeApi, otto: Countersign) -> None:
    action = otto.submit("billing.refund", {}).refresh()
    with pytest.raises(WaitTimeout):
        action.wait(timeout=0.1)
    etags = [request.headers.get("if-none-match") for request in api.sent(LOOK)]
    assert (etags[0], etags[1]) == (None, action.seen.etag)


def test_an_open_question_makes_no_hot_loop(api: FakeApi, otto: Countersign) -> None:
    action = otto.submit("billing.refund", {})
    api.ask(action.id, "Which charge?")
    with pytest.raises(WaitTimeout):
        action.wait(timeout=1)
    assert len(api.sent(LOOK)) == 2
    assert action.question["text"] == "Which charge?"


def test_a_server_that_never_parks_is_not_hammered(api: FakeApi, otto: Countersign) -> None:
    action = otto.submit("billing.refund", {}).refresh()
    api.faults += [Fault(LOOK, 304, raw=b"")] * 500
    with pytest.raises(WaitTimeout):
        action.wait(timeout=1)
    assert 500 - len(api.faults) < 60


def test_a_question_is_answered_once_and_the_wait_goes_on(api: FakeApi, otto: Countersign) -> None:
    action = otto.submit("billing.refund", {})
    later(lambda: api.ask(action.id, "Which charge?"))

    def reply(record: ActionRecord) -> str:
        later(lambda: api.decide(record.id), 0.3)
        return f"About {record.question['text']} ch_1"

    decision = action.wait(timeout=20, on_question=reply)
    assert (decision.approved, api.only().notes) == (True, ["About Which charge? ch_1"])


def test_a_final_state_without_a_decision_is_not_an_approval(api: FakeApi, otto: Countersign) -> None:
    action = otto.submit("billing.refund", {})
    api.only().state = "approved"
    with pytest.raises(BadAnswer, match="approved without a decision"):
        action.wait()
