"""What an agent does next: spend, report, withdraw, answer."""

import msgspec
import pytest

from accounts import services as accounts
from agents_api.documents import SpentOut
from approvals import services
from audit.actor import OPERATOR, Door
from tests.agents_api.calling import approved, otto, person
from tests.cast import Stage

ARGS = {"customer_id": "cus_1", "amount_usd": 80}


def test_a_grant_is_spent_once(stage: Stage) -> None:
    agent, action, grant = approved(stage)
    answer = agent.post(f"/actions/{action.id}/spend", {"grant": grant})
    spent = msgspec.json.decode(answer.body, type=SpentOut)
    assert (answer.status, spent.tool_call.args) == (200, ARGS)
    again = agent.post(f"/actions/{action.id}/spend", {"grant": grant})
    assert (again.status, again.problem.code) == (409, "grant_spent")
    seen = agent.get(f"/actions/{action.id}").action
    assert seen.execution is not None
    assert seen.decision is not None
    assert (seen.execution.status, seen.decision.grant) == ("running", None)


@pytest.mark.parametrize("grant", ["x", "a.b.c"])
def test_what_is_no_grant_is_not_spent(stage: Stage, grant: str) -> None:
    agent, action, _ = approved(stage)
    answer = agent.post(f"/actions/{action.id}/spend", {"grant": grant})
    assert (answer.status, answer.problem.code) == (409, "grant_invalid")


def test_the_grant_of_another_action_is_not_spent(stage: Stage) -> None:
    agent, _, grant = approved(stage)
    _, other, _ = approved(stage)
    answer = agent.post(f"/actions/{other.id}/spend", {"grant": grant})
    assert (answer.status, answer.problem.code) == (409, "grant_invalid")


def test_a_pending_action_has_nothing_to_spend_or_report(stage: Stage) -> None:
    agent = otto(stage)
    action = agent.submit().action
    assert agent.post(f"/actions/{action.id}/spend", {"grant": "x"}).problem.code == "not_decided"
    assert agent.post(f"/actions/{action.id}/result", {"status": "failed"}).problem.code == "not_spent"


def test_a_rejected_action_has_nothing_to_spend(stage: Stage) -> None:
    agent = otto(stage)
    action = agent.submit().action
    person(stage, "ada").review(action, "reject")
    answer = agent.post(f"/actions/{action.id}/spend", {"grant": "x"})
    assert (answer.status, answer.problem.code) == (409, "no_grant")


def test_a_grant_whose_person_left_is_revoked_for_good(stage: Stage) -> None:
    agent, action, grant = approved(stage)
    ada = stage.people["ada"]
    accounts.end_membership(actor=OPERATOR, at=stage.at, workspace_id=stage.id, user_id=ada)
    answers = [agent.post(f"/actions/{action.id}/spend", {"grant": grant}, key) for key in ("k", "k", "")]
    assert [answer.problem.code for answer in answers] == ["grant_revoked"] * 3
    assert [answer.replayed for answer in answers] == [False, True, False]


def test_a_result_closes_the_record(stage: Stage) -> None:
    agent, action, grant = approved(stage)
    agent.post(f"/actions/{action.id}/spend", {"grant": grant})
    report = {"status": "succeeded", "output": {"id": "re_1"}, "executed_args": ARGS, "duration_ms": 12.5}
    answer = agent.post(f"/actions/{action.id}/result", report)
    execution = answer.action.execution
    assert execution is not None
    assert (answer.status, execution.status, execution.drifted) == (200, "succeeded", False)
    assert execution.report == {name: report[name] for name in ("output", "executed_args", "duration_ms")}
    again = agent.post(f"/actions/{action.id}/result", {"status": "failed"})
    assert (again.status, again.problem.code) == (409, "already_reported")


def test_other_arguments_than_the_signed_ones_are_drift(stage: Stage) -> None:
    agent, action, grant = approved(stage)
    agent.post(f"/actions/{action.id}/spend", {"grant": grant})
    report = {"status": "succeeded", "executed_args": {**ARGS, "amount_usd": 81}}
    execution = agent.post(f"/actions/{action.id}/result", report).action.execution
    assert execution is not None
    assert execution.drifted


def test_the_agent_takes_it_back_only_while_it_waits(stage: Stage) -> None:
    agent = otto(stage)
    action = agent.submit().action
    taken = agent.post(f"/actions/{action.id}/withdraw", {"reason": "Done by hand."}).action
    assert taken.decision is not None
    assert (taken.state, taken.decision.source, taken.decision.comment) == ("withdrawn", "agent", "Done by hand.")
    again = agent.post(f"/actions/{action.id}/withdraw", {})
    assert (again.status, again.problem.code) == (409, "already_decided")


def test_the_agent_answers_a_question(stage: Stage) -> None:
    agent = otto(stage)
    action = agent.submit().action
    ada = stage.member("ada")
    services.ask(
        actor=ada.actor(Door.WEB, "password"), at=stage.at, member=ada, action_id=action.id, text="Which charge?"
    )
    assert agent.get(f"/actions/{action.id}").action.question == "Which charge?"
    answer = agent.post(f"/actions/{action.id}/messages", {"text": "Charge ch_1."})
    assert (answer.status, answer.action.question) == (200, None)


@pytest.mark.parametrize(
    ("verb", "body", "pointer", "code"),
    [
        ("spend", {}, "/grant", "missing_field"),
        ("spend", {"grant": ""}, "/grant", "bad_length"),
        ("spend", {"grant": None}, "/grant", "wrong_type"),
        ("result", {}, "/status", "missing_field"),
        ("result", {"status": "ok"}, "/status", "bad_format"),
        ("result", {"status": "failed", "executed_args": []}, "/executed_args", "wrong_type"),
        ("result", {"status": "failed", "duration_ms": -1}, "/duration_ms", "out_of_range"),
        ("result", {"status": "failed", "started_at": "noon"}, "/started_at", "bad_format"),
        ("withdraw", {"why": "x"}, "/why", "unknown_field"),
        ("messages", {}, "/text", "missing_field"),
        ("messages", {"text": ""}, "/text", "bad_length"),
        ("messages", {"text": " \n"}, "/text", "bad_length"),
    ],
)
def test_each_body_is_read_strictly(stage: Stage, verb: str, body: dict[str, object], pointer: str, code: str) -> None:
    agent, action, _ = approved(stage) if verb != "messages" else (otto(stage), otto(stage).submit().action, "")
    answer = agent.post(f"/actions/{action.id}/{verb}", body)
    assert (answer.status, answer.faults) == (422, [(pointer, code)])
