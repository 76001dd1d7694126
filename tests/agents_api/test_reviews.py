"""People decide by their own token, on exactly what they saw."""

from typing import Any

import pytest

from approvals import queries
from tests.agents_api.calling import otto, person
from tests.approvals.presses import leave
from tests.cast import Stage

BIG = {"tool_call": {"name": "billing.refund", "args": {"customer_id": "cus_1", "amount_usd": 900}}}


def call(amount: float, name: str = "billing.refund") -> dict[str, object]:
    return {"name": name, "args": {"customer_id": "cus_1", "amount_usd": amount}}


def test_ada_approves_and_otto_may_run(stage: Stage) -> None:
    action = otto(stage).submit().action
    answer = person(stage, "ada").review(action, comment="Fine.")
    decision = answer.action.decision
    assert decision is not None
    assert (answer.status, decision.outcome, decision.source, decision.comment) == (200, "approved", "people", "Fine.")
    assert [who.name for who in decision.decided_by] == ["Ada"]


def test_ben_rejects_with_a_reason(stage: Stage) -> None:
    action = otto(stage).submit().action
    decision = person(stage, "ben").review(action, "reject", reason_code="wrong_target").action.decision
    assert decision is not None
    assert (decision.outcome, decision.reason_code, decision.grant) == ("rejected", "wrong_target", None)


def test_an_edit_decides_on_other_arguments(stage: Stage) -> None:
    action = otto(stage).submit().action
    answer = person(stage, "ada").review(action, tool_call=call(60), reason_code="amount_too_high")
    decision = answer.action.decision
    assert decision is not None
    assert (answer.action.revision, decision.revision, decision.edited) == (2, 2, True)
    assert decision.tool_call.args == {"customer_id": "cus_1", "amount_usd": 60}
    assert decision.changes == [{"op": "replace", "path": "/amount_usd", "value": 60}]
    assert decision.digest != action.digest


def test_an_edit_keeps_the_tool(stage: Stage) -> None:
    action = otto(stage).submit().action
    answer = person(stage, "ada").review(action, tool_call=call(60, "crm.note"))
    assert (answer.status, answer.faults) == (422, [("/tool_call/name", "wrong_tool")])


def test_a_rejection_carries_no_edit(stage: Stage) -> None:
    action = otto(stage).submit().action
    answer = person(stage, "ada").review(action, "reject", tool_call=call(60))
    assert (answer.status, answer.faults) == (422, [("/tool_call", "edit_without_approval")])


def test_an_edit_that_breaks_the_schema_is_refused(stage: Stage) -> None:
    action = otto(stage).submit().action
    answer = person(stage, "ada").review(action, tool_call=call(-1))
    assert (answer.status, person(stage, "ada").get(f"/actions/{action.id}").action.revision) == (422, 1)


def test_a_vote_on_what_is_not_the_newest_is_refused(stage: Stage) -> None:
    action = otto(stage).submit(BIG).action
    ada, ben = person(stage, "ada"), person(stage, "ben")
    assert ada.review(action, tool_call=call(800)).action.revision == 2
    answer = ben.review(action)
    assert (answer.status, answer.problem.code) == (409, "stale_revision")


@pytest.mark.parametrize("change", [{"revision": 2}, {"digest": "sha256:" + "0" * 64}])
def test_revision_and_digest_both_have_to_be_right(stage: Stage, change: dict[str, Any]) -> None:
    action = otto(stage).submit().action
    answer = person(stage, "ada").review(action, **change)
    assert (answer.status, answer.problem.code) == (409, "stale_revision")


def test_who_comes_second_reads_who_was_first(stage: Stage) -> None:
    action = otto(stage).submit().action
    person(stage, "ada").review(action)
    answer = person(stage, "ben").review(action)
    assert (answer.status, answer.problem.code) == (409, "already_decided")
    assert answer.problem.detail.startswith("Ada approved this at ")
    assert answer.problem.detail.endswith("over the API. Nothing was changed.")


@pytest.mark.parametrize(
    ("name", "code"), [("vera", "not_a_reviewer"), ("dana", "not_a_reviewer"), ("eve", "own_action")]
)
def test_who_may_not_decide_is_told_why(stage: Stage, name: str, code: str) -> None:
    action = otto(stage).submit().action
    answer = person(stage, name).review(action)
    assert (answer.status, answer.problem.code) == (403, code)


def test_one_person_counts_once(stage: Stage) -> None:
    action = otto(stage).submit(BIG).action
    ada = person(stage, "ada")
    seen = ada.review(action).action
    assert (seen.state, [(need.group, need.approvals, need.quorum) for need in seen.needs]) == (
        "pending",
        [("finance", 1, 2)],
    )
    answer = ada.review(action)
    assert (answer.status, answer.problem.code) == (403, "already_reviewed")


@pytest.mark.parametrize(
    ("change", "pointer", "code"),
    [
        ({"verdict": "maybe"}, "/verdict", "bad_format"),
        ({"verdict": None}, "/verdict", "wrong_type"),
        ({"revision": 0}, "/revision", "out_of_range"),
        ({"revision": "1"}, "/revision", "wrong_type"),
        ({"digest": "abc"}, "/digest", "bad_format"),
        ({"note": "x"}, "/note", "unknown_field"),
        ({"comment": "x" * 4001}, "/comment", "bad_length"),
        ({"tool_call": {"name": "billing.refund"}}, "/tool_call/args", "missing_field"),
    ],
)
def test_a_review_is_read_strictly(stage: Stage, change: dict[str, object], pointer: str, code: str) -> None:
    action = otto(stage).submit().action
    body = {"verdict": "approve", "revision": 1, "digest": action.digest, **change}
    answer = person(stage, "ada").post(f"/actions/{action.id}/reviews", body)
    assert (answer.status, answer.faults) == (422, [(pointer, code)])


def test_the_vote_of_somebody_who_left_is_counted_in_no_answer(stage: Stage) -> None:
    agent = otto(stage)
    action = agent.submit(BIG).action
    person(stage, "ben").review(action)
    leave(stage, "ben")
    listed = [item["needs"][0]["approvals"] for item in agent.get("/actions").json["items"]]
    assert (listed, agent.get(f"/actions/{action.id}").action.needs[0].approvals) == ([0], 0)
    answer = person(stage, "ada").review(action).action
    assert (answer.state, answer.needs[0].approvals) == ("pending", 1)


def test_a_rejection_may_name_the_call_that_would_have_been_right_and_otto_is_not_told_it(stage: Stage) -> None:
    action = otto(stage).submit().action
    answer = person(stage, "ben").review(action, "reject", reason_code="amount_too_high", alternative=call(45))
    assert (answer.status, answer.action.state) == (200, "rejected")
    named = queries.alternative_of(queries.find(stage.id, action.id))
    assert named == {"tool": "billing.refund", "args": call(45)["args"]}
    assert b'"amount_usd":45' not in otto(stage).get(f"/actions/{action.id}").body


def test_an_approval_names_no_other_call(stage: Stage) -> None:
    action = otto(stage).submit().action
    answer = person(stage, "ben").review(action, alternative=call(45))
    assert (answer.status, answer.faults) == (422, [("/alternative", "alternative_without_rejection")])
