"""Erasures and holds over the API: asked for by one token, agreed to by another."""

from datetime import timedelta

import pytest

from compliance import erasures
from tests.agents_api.calling import Api
from tests.cast import Stage
from tests.compliance.conftest import work


def over(stage: Stage) -> str:
    return stage.review("ben", stage.submit(), "reject", reason_code="not_needed").id


def of(stage: Stage, name: str) -> Api:
    return Api(stage.tokens[name])


def test_one_asks_another_agrees_and_the_action_is_blank(stage: Stage) -> None:
    action_id = over(stage)
    said = {"kind": "action", "subject": action_id, "basis": "objection", "note": "By letter"}
    asked = of(stage, "dana").post("/erasures", said, key="k1")
    again = of(stage, "dana").post("/erasures", said, key="k1")
    assert (asked.status, asked.json["state"], again.json) == (201, "requested", asked.json)
    path = f"/erasures/{asked.json['id']}"
    assert of(stage, "dana").post(f"{path}/agree", {}).problem.code == "second_person_needed"
    agreed = of(stage, "eve").post(f"{path}/agree", {})
    assert (agreed.status, agreed.json["state"], agreed.json["agreed_by"]) == (200, "agreed", stage.people["eve"])
    work(stage, erasures.find(stage.id, asked.json["id"]), stage.at + timedelta(hours=1))
    done = of(stage, "eve").get(path).json
    assert (done["state"], done["subject"], done["note"], done["actions"]) == ("executed", None, None, 1)
    action = Api(stage.keys["otto"]).get(f"/actions/{action_id}").action
    assert (action.digest, action.tool_call.args, action.state) == (None, {}, "rejected")
    listed = of(stage, "dana").get("/erasures").json
    assert (listed["items"], listed["next"]) == ([done], None)


def test_a_hold_is_placed_asked_about_and_lifted(stage: Stage) -> None:
    held = of(stage, "eve").post("/holds", {"reason": "Case 12"})
    assert (held.status, held.json["kind"], held.json["lifted_at"]) == (201, None, None)
    refused = of(stage, "dana").post("/erasures", {"kind": "action", "subject": over(stage), "basis": "objection"})
    assert (refused.status, refused.problem.code) == (409, "on_hold")
    path = f"/holds/{held.json['id']}"
    assert of(stage, "eve").post(f"{path}/lift", {}).problem.code == "not_asked"
    assert of(stage, "eve").post(f"{path}/ask", {}).json["lifting_asked_by"] == stage.people["eve"]
    assert of(stage, "eve").post(f"{path}/lift", {}).problem.code == "second_person_needed"
    assert of(stage, "dana").post(f"{path}/lift", {}).json["lifted_at"] is not None
    assert of(stage, "dana").get("/holds").json["items"][0]["id"] == held.json["id"]


@pytest.mark.parametrize("name", ["ada", "ben", "vera"])
def test_other_roles_may_not(stage: Stage, name: str) -> None:
    api = of(stage, name)
    answers = [api.get("/erasures"), api.post("/erasures", {"kind": "action", "subject": "x", "basis": "objection"})]
    answers += [api.get("/holds"), api.post("/holds", {"reason": "x"})]
    assert [(answer.status, answer.problem.code) for answer in answers] == [(403, "role")] * 4


def test_a_machine_may_not(stage: Stage) -> None:
    assert Api(stage.keys["otto"]).get("/erasures").status == 403


@pytest.mark.parametrize(
    ("said", "faults"),
    [
        ({"kind": "counterpart", "subject": "cus_none", "basis": "objection"}, [("/subject", "not_found")]),
        ({"kind": "person", "subject": "usr_none", "basis": "objection"}, [("/subject", "not_found")]),
    ],
)
def test_a_fault_is_pointed_at(stage: Stage, said: dict[str, str], faults: list[tuple[str, str]]) -> None:
    answer = of(stage, "dana").post("/erasures", said)
    assert (answer.status, answer.faults) == (422, faults)
