"""CI uploads runs and asks the gate over REST."""

from typing import Any

import pytest

from accounts import services as accounts
from audit.actor import OPERATOR
from feedback.queries import VersionView
from tests.agents_api.calling import Api, otto, person
from tests.cast import Stage
from tests.feedback.evaluating import expected, gold
from tests.feedback.learning import dataset
from tests.feedback.test_near_duplicates import NOTES, add


@pytest.fixture
def ci(stage: Stage) -> Api:
    issued = accounts.issue_key(actor=OPERATOR, at=stage.at, workspace_id=stage.id, name="CI", scopes=["evals:write"])
    return Api(issued.token)


def uploaded(api: Api, version: VersionView, failing: range = range(0)) -> str:
    """The id of a closed run, sent in two chunks."""
    opened = api.post("/evals/runs", {"version": version.id, "agent": "otto", "agent_version": "2026-11"})
    assert (opened.status, opened.json["size"], opened.json["closed_at"]) == (201, 0, None)
    run_id: str = opened.json["id"]
    items = [
        {"example": f"case-{n:04}", "output": None if n in failing else expected(n), "latency_ms": 12.5}
        for n in range(version.size)
    ]
    half = len(items) // 2
    sent = [api.post(f"/evals/runs/{run_id}/items", {"items": part}).json for part in (items[:half], items)]
    assert sent == [{"received": half, "new": half}, {"received": len(items), "new": len(items) - half}]
    closed = api.post(f"/evals/runs/{run_id}/finish", {})
    assert (closed.status, closed.json["size"]) == (200, version.size)
    return run_id


def test_ci_uploads_two_runs_and_gets_the_verdict(stage: Stage, ci: Api) -> None:
    version = gold(stage, 40)
    old, new = uploaded(ci, version), uploaded(ci, version, range(12))
    moved = ci.post("/evals/baselines", {"run": old})
    assert (moved.status, moved.json["run"], moved.json["dataset"]) == (200, old, "gold")
    asked = {"candidate": new, "spec": {"name": "release", "slices": ["tool=crm.note"]}}
    judged = ci.post("/evals/gates", asked, key="release-7")
    again = ci.post("/evals/gates", asked, key="release-7")
    assert (judged.status, judged.json["verdict"], judged.json["exit_code"]) == (201, "fail", 1)
    assert (again.replayed, again.json) == (True, judged.json)
    assert [(row["name"], row["verdict"], len(row["lost"])) for row in judged.json["rows"]] == [
        ("all examples", "fail", 12),
        ("tool=crm.note", "fail", 6),
    ]
    assert ci.get(f"/evals/gates/{judged.json['id']}").json == judged.json
    listed = ci.get("/evals/runs").json
    assert ({run["id"] for run in listed["items"]}, listed["next"]) == ({old, new}, None)
    assert ci.get(f"/evals/runs/{new}").json["diagnoses"] == {"fine": 28, "missing call": 12}


@pytest.mark.parametrize(
    ("path", "body", "fault"),
    [
        ("/evals/runs", {"version": "dsv_1", "agent": "otto"}, ("/version", "bad_format")),
        ("/evals/runs", {"agent": "otto"}, ("/version", "missing_field")),
        ("/evals/gates", {"candidate": "run_1", "spec": {}}, ("/candidate", "bad_format")),
        ("/evals/baselines", {"run": "run_1", "name": ""}, ("/run", "bad_format")),
    ],
)
def test_a_wrong_body_says_where(stage: Stage, ci: Api, path: str, body: Any, fault: tuple[str, str]) -> None:
    answer = ci.post(path, body)
    assert (answer.status, answer.faults) == (422, [fault])


def test_a_wrong_item_says_where(stage: Stage, ci: Api) -> None:
    run_id = ci.post("/evals/runs", {"version": gold(stage, 1).id, "agent": "otto"}).json["id"]
    items = [{"example": "case-0000"}, {"example": "case-1111"}]
    answer = ci.post(f"/evals/runs/{run_id}/items", {"items": items})
    assert (answer.status, answer.faults) == (422, [("/items/1/example", "not_found")])


def test_a_gate_with_a_wrong_spec_says_where(stage: Stage, ci: Api) -> None:
    run_id = uploaded(ci, gold(stage, 2))
    answer = ci.post("/evals/gates", {"candidate": run_id, "baseline": run_id, "spec": {"name": "x", "margin": 2}})
    assert (answer.status, answer.faults) == (422, [("/spec/margin", "bad_gate")])


def test_an_open_run_is_not_judged(stage: Stage, ci: Api) -> None:
    run_id = ci.post("/evals/runs", {"version": gold(stage, 1).id, "agent": "otto"}).json["id"]
    answer = ci.post("/evals/gates", {"candidate": run_id, "baseline": run_id, "spec": {"name": "x"}})
    assert (answer.status, answer.problem.code) == (409, "run_open")


@pytest.mark.parametrize(("name", "status"), [("eve", 201), ("ada", 201), ("ben", 403), ("dana", 403), ("vera", 403)])
def test_people_whose_role_may_make_gates_upload(stage: Stage, name: str, status: int) -> None:
    body = {"version": gold(stage, 1).id, "agent": "otto"}
    assert person(stage, name).post("/evals/runs", body).status == status


@pytest.mark.parametrize(("name", "status"), [("dana", 200), ("ben", 200), ("vera", 403)])
def test_people_whose_role_may_read_them_read(stage: Stage, name: str, status: int) -> None:
    assert person(stage, name).get("/evals/runs").status == status


def test_an_agent_s_own_key_does_not_upload(stage: Stage) -> None:
    answer = otto(stage).post("/evals/runs", {"version": gold(stage, 1).id, "agent": "otto"})
    assert (answer.status, answer.problem.code) == (403, "missing_scope")


def test_a_prompt_that_holds_what_measures_is_found_over_rest_and_makes_the_gate_invalid(stage: Stage, ci: Api) -> None:
    version = add(stage, dataset(stage, "gold", recipe=None, shares={"eval": 100}), "case", NOTES)
    issued = accounts.issue_key(actor=OPERATOR, at=stage.at, workspace_id=stage.id, name="R", scopes=["datasets:read"])
    reader, place = Api(issued.token), f"/datasets/versions/{version.id}/leaks"
    leaky = f"For example: {' '.join(NOTES[7])}"
    found = reader.post(place, {"prompts": ["You write notes.", leaky]})
    assert (found.status, found.json) == (200, {"leaks": ["case-0007"]})
    assert reader.post(place, {"prompts": ["You write notes."]}).json == {"leaks": []}
    assert reader.post(place, {"prompts": []}).faults == [("/prompts", "bad_length")]
    old, new = uploaded(ci, version), uploaded(ci, version)
    judged = ci.post("/evals/gates", {"candidate": new, "baseline": old, "spec": {"name": "g"}, "prompts": [leaky]})
    assert (judged.status, judged.json["verdict"], judged.json["exit_code"]) == (201, "invalid", 3)
    assert judged.json["problems"] == ["The prompt holds 1 of the examples that it is measured with: case-0007."]
