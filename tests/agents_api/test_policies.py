"""Policies over the API: machines and people propose, nobody activates."""

from typing import Any

import msgspec
import pytest

from accounts import services as accounts
from agents_api.policy_documents import BacktestOut, PolicyCheckOut, PolicyPageOut, PolicyVersionOut, ProposalOut
from approvals import policies
from audit.actor import OPERATOR
from tests.agents_api.calling import Api, otto, person
from tests.cast import POLICY, Stage

LOOSER = POLICY.replace("args.amount_usd <= 50", "args.amount_usd <= 60")


def ci(stage: Stage, *scopes: str) -> Api:
    issued = accounts.issue_key(
        actor=OPERATOR,
        at=stage.at,
        workspace_id=stage.id,
        name="CI",
        scopes=scopes or ("policies:read", "policies:propose"),
    )
    return Api(issued.token)


def active(stage: Stage) -> str:
    found = policies.active(stage.id, fresh=True)
    assert found is not None
    return found.version_id


def test_ci_checks_proposes_and_follows_its_proposal(stage: Stage) -> None:
    api = ci(stage)
    checked = msgspec.json.decode(api.post("/policies/check", {"text": LOOSER}).body, type=PolicyCheckOut)
    assert (checked.problems, checked.direction, checked.signers) == ([], "loosens", 2)
    assert [(c.part, c.name, c.direction) for c in checked.changes] == [("rule", "small-refunds", "loosens")]
    made = api.post("/policies/proposals", {"text": LOOSER, "note": "Build 7"}, key="one")
    again = api.post("/policies/proposals", {"text": LOOSER, "note": "Build 7"}, key="one")
    assert (made.status, again.status, again.replayed, made.body) == (201, 201, True, again.body)
    proposal = msgspec.json.decode(made.body, type=ProposalOut)
    assert (proposal.state, proposal.signed, proposal.signers, proposal.direction) == ("open", 0, 2, "loosens")
    assert proposal.console.endswith(f"/w/demo/policies/proposals/{proposal.id}")
    read = msgspec.json.decode(api.get(f"/policies/proposals/{proposal.id}").body, type=ProposalOut)
    assert (read, active(stage)) == (proposal, active(stage))
    assert proposal.version != active(stage)


def test_a_persons_token_proposes_as_that_person(stage: Stage) -> None:
    made = person(stage, "ada").post("/policies/proposals", {"text": LOOSER})
    proposal = msgspec.json.decode(made.body, type=ProposalOut)
    assert (proposal.proposed_by.id, proposal.signed) == (stage.people["ada"], 1)


def test_versions_are_listed_and_read(stage: Stage) -> None:
    api = ci(stage, "policies:read")
    page = msgspec.json.decode(api.get("/policies").body, type=PolicyPageOut)
    assert ([item.id for item in page.items], page.next) == ([active(stage)], None)
    one = msgspec.json.decode(api.get(f"/policies/{active(stage)}").body, type=PolicyVersionOut)
    assert (one.text, one.active, one.activated_by) == (POLICY, True, "the operator")


def test_a_backtest_is_ordered_and_asked_for(stage: Stage) -> None:
    api = ci(stage)
    made = api.post("/policies/backtests", {"text": LOOSER, "days": 7})
    job = msgspec.json.decode(made.body, type=BacktestOut)
    assert (made.status, job.state, job.against, job.report) == (202, "running", active(stage), None)
    assert msgspec.json.decode(api.get(f"/policies/backtests/{job.id}").body, type=BacktestOut) == job


@pytest.mark.parametrize(
    ("path", "body", "faults"),
    [
        ("/policies/proposals", {"text": "name: x\nrules: [{id: a}]"}, [("/rules/0/effect", "missing")]),
        ("/policies/proposals", {"text": 5}, [("/text", "wrong_type")]),
        ("/policies/backtests", {"text": LOOSER, "days": 0}, [("/days", "out_of_range")]),
    ],
)
def test_bad_input_is_pointed_at(stage: Stage, path: str, body: dict[str, Any], faults: list[tuple[str, str]]) -> None:
    answer = ci(stage).post(path, body)
    assert (answer.status, answer.faults) == (422, faults)


def test_what_decides_already_is_a_conflict(stage: Stage) -> None:
    assert ci(stage).post("/policies/proposals", {"text": POLICY}).status == 409


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/policies/proposals", {"text": LOOSER}),
        ("/policies/backtests", {"text": LOOSER}),
        ("/policies/check", {"text": "x"}),
    ],
)
def test_keys_need_the_scope_and_people_the_role(stage: Stage, path: str, body: dict[str, Any]) -> None:
    reading = path == "/policies/check"
    answers = {
        "agent": otto(stage).post(path, body).status,
        "reader": ci(stage, "policies:read").post(path, body).status,
        "metrics": ci(stage, "metrics:read").post(path, body).status,
        "vera": person(stage, "vera").post(path, body).status,
        "nobody": Api("").post(path, body).status,
    }
    seen = 200 if reading else 403
    assert answers == {"agent": 403, "reader": seen, "metrics": 403, "vera": seen, "nobody": 401}
