"""The verbs of the client, each as one request and one answer."""

import pytest

from countersign import ApiProblem, AsyncAction, AsyncCountersign, Countersign, NotConfigured, ToolCall
from countersign.action import Action
from testkit.api import FakeApi


def test_submit_sends_the_call_and_what_is_said_about_it(api: FakeApi, otto: Countersign) -> None:
    action = otto.submit(
        "billing.refund",
        {"customer_id": "cus_123", "amount_usd": 42.0},
        summary="Refund the duplicate charge.",
        trace_id="tr_9c12",
        traceparent="00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
        reasoning=None,
    )
    (sent,) = api.sent("POST /actions")
    assert sent.body == {
        "tool_call": {"name": "billing.refund", "args": {"customer_id": "cus_123", "amount_usd": 42.0}},
        "summary": "Refund the duplicate charge.",
        "trace_id": "tr_9c12",
    }
    assert sent.headers["traceparent"] == "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
    assert sent.headers["authorization"] == "Bearer csk_otto"
    assert (action.id, action.state, action.revision, action.decision) == ("act_1", "pending", 1, None)
    assert (action.trace_id, action.tool_call.name) == ("tr_9c12", "billing.refund")


def test_the_traceparent_goes_with_every_request_about_the_action(api: FakeApi, otto: Countersign) -> None:
    action = otto.submit("billing.refund", {"amount_usd": 80}, traceparent="00-aa-bb-01")
    action.refresh().answer("Yes.")
    api.decide(action.id)
    action.execute(lambda amount_usd: None)
    assert {request.headers.get("traceparent") for request in api.requests} == {"00-aa-bb-01"}


def test_each_submit_has_a_key_of_its_own_or_the_one_given(api: FakeApi, otto: Countersign) -> None:
    otto.submit("billing.refund", {})
    otto.submit("billing.refund", {})
    first = otto.submit("billing.refund", {}, idempotency_key="order-7")
    again = otto.submit("billing.refund", {}, idempotency_key="order-7")
    keys = [request.headers["idempotency-key"] for request in api.sent("POST /actions")]
    assert (len(set(keys)), keys[2:], again.id) == (3, ["order-7", "order-7"], first.id)


def test_a_refusal_says_where_and_what_to_do(otto: Countersign) -> None:
    with pytest.raises(ApiProblem) as refused:
        otto.submit("nonsense", {})
    problem = refused.value
    assert (problem.status, problem.code, problem.detail, problem.request_id) == (
        422,
        "unknown_tool",
        "Name a tool.",
        "req_1",
    )
    assert problem.errors == ({"pointer": "/tool_call/name", "detail": "Not known."},)
    assert str(problem) == "422 unknown_tool: Name a tool. [/tool_call/name: Not known.]"


def test_get_of_another_workspace_s_action_is_not_found(otto: Countersign) -> None:
    with pytest.raises(ApiProblem) as refused:
        otto.get("act_cleo/../secret")
    assert (refused.value.status, refused.value.code) == (404, "not_found")


def test_a_list_is_newest_first_with_a_cursor(otto: Countersign) -> None:
    for amount in (1, 2, 3):
        otto.submit("billing.refund", {"amount_usd": amount})
    page = otto.list(state="pending", limit=2)
    assert ([a.tool_call.args["amount_usd"] for a in page.items], page.next) == ([3, 2], "cur_2")


def test_validate_stores_nothing(api: FakeApi, otto: Countersign) -> None:
    validation = otto.validate("billing.refund", {"amount_usd": 80})
    assert (validation.compatible, validation.effect, validation.problems) == (True, "require_approval", ())
    assert api.actions == {}


def test_a_batch_gives_each_item_its_own_answer_in_order(otto: Countersign) -> None:
    first, second, third = otto.batch(
        [
            {"tool": "billing.refund", "args": {"amount_usd": 80}, "summary": "One."},
            {"tool": "nonsense", "args": {}},
            {"tool": "crm.note", "args": {"text": "Called."}},
        ]
    )
    assert isinstance(first, Action)
    assert isinstance(second, ApiProblem)
    assert isinstance(third, Action)
    assert (first.state, second.code, third.state) == ("pending", "unknown_tool", "approved")


def test_whoami_names_the_agent(otto: Countersign) -> None:
    assert otto.whoami() == {"agent": {"id": "agt_otto", "name": "otto"}, "scopes": ["actions"]}


def test_withdraw_and_answer_bring_the_action_up_to_date(api: FakeApi, otto: Countersign) -> None:
    action = otto.submit("billing.refund", {})
    api.ask(action.id, "Which charge?")
    assert action.refresh().question["text"] == "Which charge?"
    assert action.answer("ch_1").question is None
    assert action.withdraw("Not needed.").state == "withdrawn"
    with pytest.raises(ApiProblem) as refused:
        action.withdraw("Again.")
    assert (refused.value.status, api.only().notes) == (409, ["ch_1"])


def test_ada_edits_what_she_saw(api: FakeApi, otto: Countersign) -> None:
    action = otto.submit("billing.refund", {"amount_usd": 80})
    with Countersign(api.base_url, "csp_ada") as ada:
        seen = ada.get(action.id)
        done = ada.review(seen, "approve", args={"amount_usd": 40}, reason_code="amount_too_high", comment="Cap is 40.")
        with pytest.raises(ApiProblem) as stale:
            ada.review(action, "approve")
    (sent, _) = api.sent("POST /actions/act_1/reviews")
    assert sent.body == {
        "verdict": "approve",
        "revision": 1,
        "digest": action.digest,
        "tool_call": {"name": "billing.refund", "args": {"amount_usd": 40}},
        "reason_code": "amount_too_high",
        "comment": "Cap is 40.",
    }
    assert (done.state, done.revision, stale.value.code) == ("approved", 2, "stale_revision")


def test_ada_ticks_what_the_rule_wants_checked(api: FakeApi, otto: Countersign) -> None:
    api.checks = ("I compared the amount.",)
    action = otto.submit("billing.refund", {"amount_usd": 80})
    with Countersign(api.base_url, "csp_ada") as ada:
        with pytest.raises(ApiProblem) as refused:
            ada.review(action, "approve")
        done = ada.review(action, "approve", checks=["I compared the amount."])
    (bare, ticked) = api.sent("POST /actions/act_1/reviews")
    assert ("checks" in bare.body, ticked.body["checks"]) == (False, ["I compared the amount."])
    assert (refused.value.code, done.state) == ("checks_required", "approved")


def test_ada_rejects_and_names_the_call_that_would_have_been_right(api: FakeApi, otto: Countersign) -> None:
    action = otto.submit("billing.refund", {"amount_usd": 80})
    better = ToolCall("billing.credit", {"amount_usd": 80})
    with Countersign(api.base_url, "csp_ada") as ada:
        done = ada.review(action, "reject", reason_code="not_needed", alternative=better)
    (sent,) = api.sent("POST /actions/act_1/reviews")
    assert sent.body["alternative"] == {"name": "billing.credit", "args": {"amount_usd": 80}}
    assert ("tool_call" in sent.body, done.state) == (False, "rejected")


def test_ada_takes_her_vote_back(api: FakeApi, otto: Countersign) -> None:
    api.quorum = 2
    action = otto.submit("billing.refund", {"amount_usd": 900})
    with Countersign(api.base_url, "csp_ada") as ada:
        voted = ada.review(action, "approve")
        undone = ada.undo(voted)
        with pytest.raises(ApiProblem) as refused:
            ada.undo(undone)
    (sent, _) = api.sent("POST /actions/act_1/undo")
    assert [seen.record.raw["needs"][0]["approvals"] for seen in (voted, undone)] == [1, 0]
    assert (sent.body, undone.state, refused.value.code) == ({}, "pending", "nothing_to_undo")


def test_address_and_key_come_from_the_environment(api: FakeApi, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COUNTERSIGN_URL", f"{api.base_url}/api/v1/")
    monkeypatch.setenv("COUNTERSIGN_API_KEY", " csk_otto\n")
    with Countersign() as client:
        assert client.whoami()["agent"]["name"] == "otto"


@pytest.mark.parametrize(
    ("url", "key"), [("", "csk_otto"), ("ftp://example.org", "csk_otto"), ("http://example.org", "")]
)
def test_without_address_or_key_there_is_no_client(url: str, key: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("COUNTERSIGN_URL", raising=False)
    monkeypatch.delenv("COUNTERSIGN_API_KEY", raising=False)
    with pytest.raises(NotConfigured):
        Countersign(url, key)


def test_the_key_and_the_grant_are_in_no_repr(api: FakeApi, otto: Countersign) -> None:
    action = otto.submit("crm.note", {"text": "Called."})
    assert repr(action) == "<Action act_1 crm.note approved>"
    assert "csk_" not in repr(otto)
    assert "grant.act_1" not in repr(action.decision)


def test_both_clients_have_the_same_names() -> None:
    def names(kind: type) -> set[str]:
        return {name for name in dir(kind) if not name.startswith("_")}

    assert names(Countersign) == names(AsyncCountersign)
    assert names(Action) == names(AsyncAction)
