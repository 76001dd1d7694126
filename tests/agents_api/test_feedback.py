"""Readiness, confidence, drift, scheduled gates, judges and outcomes over REST."""

from datetime import timedelta
from typing import Any

import pytest

from accounts import services as accounts
from audit.actor import OPERATOR
from feedback.services import watching
from tests.agents_api.calling import Api, otto, person
from tests.cast import Stage
from tests.feedback.deciding import label
from tests.feedback.evaluating import answered, gold
from tests.feedback.learning import decided, learn


@pytest.fixture
def ci(stage: Stage) -> Api:
    issued = accounts.issue_key(actor=OPERATOR, at=stage.at, workspace_id=stage.id, name="CI", scopes=["evals:write"])
    return Api(issued.token)


def test_ada_sets_a_control_and_a_key_may_not(stage: Stage, ci: Api) -> None:
    body = {"name": "tool_success", "owner": stage.people["ada"], "threshold": 0.9}
    answer = person(stage, "ada").post("/evals/readiness/controls", body)
    assert (answer.status, answer.json["controls"][1]) == (
        200,
        {"name": "tool_success", "threshold": 0.9, "currency": None, "waived": False,
         "owner": stage.member("ada").name},
    )  # fmt: skip
    refused = ci.post("/evals/readiness/controls", body)
    assert (refused.status, refused.problem.code) == (403, "people_only")
    assert ci.get("/evals/readiness").json == answer.json
    wrong = person(stage, "ada").post("/evals/readiness/controls", {**body, "owner": "usr_x"})
    assert (wrong.status, wrong.faults) == (422, [("/owner", "unknown_person")])


def test_confidence_drift_and_alerts_are_read(stage: Stage, ci: Api) -> None:
    for n in range(30):
        label(stage, n, at=stage.at - timedelta(days=20), claims={"confidence": 0.9})
    label(stage, 99, at=stage.at - timedelta(hours=1), args={"text": "a", "cc": "b"})
    watching.count(at=stage.at, workspace_id=stage.id)
    watching.watch_streams(at=stage.at, workspace_id=stage.id)
    (spoken,) = ci.get("/evals/confidence").json["items"]
    assert (spoken["name"], spoken["tool"], spoken["n"], spoken["calibrated"]) == ("otto", "crm.note", 30, False)
    assert [(part["n"], part["right"]) for part in spoken["bins"]] == [(30, 1.0)]
    (stream,) = ci.get("/evals/drift").json["items"]
    assert (stream["then"], stream["now"], stream["new"]) == (30, 1, [{"feature": "argument:cc", "value": "text"}])
    (alert,) = ci.get("/evals/alerts").json["items"]
    assert (alert["metric"], alert["detail"], alert["owner"]) == ("schema", "New: argument cc (text).", None)


def test_a_gate_is_scheduled_listed_and_ended(stage: Stage, ci: Api) -> None:
    gold(stage, 1)
    body = {"dataset": "gold", "agent": "otto", "spec": {"name": "nightly"}, "every": "day",
            "owner": stage.people["ada"]}  # fmt: skip
    made = ci.post("/evals/plans", body, key="plan-1")
    assert (made.status, made.json["gate_name"], made.json["gate"]) == (201, "nightly", None)
    assert ci.post("/evals/plans", body, key="plan-1").json == made.json
    assert ci.get("/evals/plans").json == {"items": [made.json]}
    assert ci.post(f"/evals/plans/{made.json['id']}/end", {}).json == {"id": made.json["id"]}
    assert ci.get("/evals/plans").json == {"items": []}
    absent = ci.post("/evals/plans", {**body, "dataset": "none"})
    assert (absent.status, absent.problem.code) == (404, "not_found")


def test_a_judge_is_held_against_people(stage: Stage, ci: Api) -> None:
    def scores(n: int) -> dict[str, Any]:
        return {"tone": {"passed": n % 5 > 0, "value": None}, "people": {"passed": n % 5 > 0, "value": None}}

    run = answered(stage, gold(stage, 40), scores=scores, scorers={
        "tone": {"kind": "judge", "version": "j-1"}, "people": {"kind": "human", "version": "1"}})  # fmt: skip
    made = ci.post("/evals/judges", {"run": run.id, "judge": "tone", "human": "people"})
    assert (made.status, made.json["judge"], made.json["items"], made.json["raw"], made.json["calibrated"]) == (
        201, "tone", 40, 1.0, True,
    )  # fmt: skip
    assert ci.get("/evals/judges").json == {"items": [made.json]}
    wrong = ci.post("/evals/judges", {"run": run.id, "judge": "people", "human": "tone"})
    assert (wrong.status, wrong.problem.code) == (422, "unknown_scorer")


def test_a_chargeback_is_told_beside_the_decision(stage: Stage, ci: Api) -> None:
    view = decided(stage)
    learn(stage)
    told = ci.post("/evals/outcomes", {"action": view.id, "right": False, "kind": "chargeback", "severe": True})
    assert (told.status, told.json["decision"], told.json["execution"], told.json["kind"]) == (
        201, "approved", None, "chargeback",
    )  # fmt: skip
    second = ci.post("/evals/outcomes", {"action": view.id, "right": True, "kind": "confirmed"})
    assert ci.get("/evals/outcomes").json == {"items": [second.json, told.json], "next": None}
    assert ci.get(f"/evals/outcomes?after={second.json['id']}").json["items"] == [told.json]
    unknown = ci.post("/evals/outcomes", {"action": stage.submit().id, "right": True})
    assert (unknown.status, unknown.problem.code) == (404, "not_found")


@pytest.mark.parametrize("path", ["readiness", "confidence", "drift", "alerts", "plans", "judges", "outcomes"])
def test_who_may_read_evaluation_reads(stage: Stage, path: str) -> None:
    at = f"/evals/{path}"
    statuses = [person(stage, name).get(at).status for name in ("dana", "vera")]
    assert (statuses, otto(stage).get(at).status) == ([200, 403], 403)
