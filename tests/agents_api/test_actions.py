"""Submitting, reading, listing: the answers have the documented shape, and grants go to their agent alone."""

import msgspec
import orjson
import pytest

from accounts import services as accounts
from agents_api.documents import BatchOut, JwksOut, PageOut, ValidationOut, WhoAmIOut
from agents_api.output import etag
from approvals import strict_json
from audit.actor import OPERATOR
from tests.agents_api.calling import REFUND, Api, approved, otto, person
from tests.cast import Stage
from tests.questions import questions

SMALL = {"tool_call": {"name": "billing.refund", "args": {"customer_id": "cus_1", "amount_usd": 5}}}
DELETE = {"tool_call": {"name": "crm.delete", "args": {"id": "c1"}}}


def test_a_refund_over_50_waits_for_a_reviewer(stage: Stage) -> None:
    answer = otto(stage).submit({**REFUND, "trace_id": "tr_1"})
    action = answer.action
    assert (answer.status, action.state, action.revision, action.decision) == (201, "pending", 1, None)
    assert [(need.group, need.approvals, need.quorum) for need in action.needs] == [("reviewers", 0, 1)]
    assert (action.trace_id, action.policy.rule) == ("tr_1", "refunds-over-50")
    assert action.links.self.endswith(f"/api/v1/actions/{action.id}")
    assert action.links.console.endswith(f"/w/demo/actions/{action.id}")


def test_a_small_refund_is_allowed_at_once_with_a_grant(stage: Stage) -> None:
    decision = otto(stage).submit(SMALL).action.decision
    assert decision is not None
    assert (decision.outcome, decision.source, decision.edited) == ("approved", "policy", False)
    assert decision.grant is not None


def test_a_delete_is_denied_at_once(stage: Stage) -> None:
    answer = otto(stage).submit(DELETE)
    decision = answer.action.decision
    assert decision is not None
    assert (answer.status, answer.action.state, decision.source, decision.grant) == (201, "rejected", "policy", None)


def test_arguments_come_back_as_the_bytes_that_were_signed(stage: Stage) -> None:
    args = {"text": "é\u2028 \U0001f600", "z": 1e21, "a": 1e-7, "n": 42.0, "deep": {"b": [1, 2.5], "a": None}}
    answer = otto(stage).submit({"tool_call": {"name": "crm.note", "args": args}})
    assert b'"args":' + strict_json.canonical(args) in answer.body


def test_the_grant_is_drawn_for_the_owning_agent_alone(stage: Stage) -> None:
    agent, action, grant = approved(stage)
    assert agent.get(f"/actions/{action.id}").action == action
    seen = person(stage, "ada").get(f"/actions/{action.id}").action.decision
    assert seen is not None
    assert (seen.grant, grant.count(".")) == (None, 2)


def test_an_etag_stands_for_exactly_one_answer(stage: Stage) -> None:
    agent = otto(stage)
    first = agent.submit()
    again = agent.get(f"/actions/{first.action.id}")
    assert again.headers["ETag"] == first.headers["ETag"] == etag(first.body)
    same = agent.get(f"/actions/{first.action.id}", **{"If-None-Match": f'"x", W/{again.headers["ETag"]}'})
    assert (same.status, same.body, same.headers["ETag"]) == (304, b"", again.headers["ETag"])
    person(stage, "ada").review(first.action)
    changed = agent.get(f"/actions/{first.action.id}", **{"If-None-Match": again.headers["ETag"]})
    assert (changed.status, changed.headers["ETag"] != again.headers["ETag"]) == (200, True)


def test_the_list_is_paged_newest_first(stage: Stage) -> None:
    agent = otto(stage)
    ids = [agent.submit().action.id for _ in range(5)]
    seen: list[str] = []
    after = ""
    while True:
        page = msgspec.json.decode(agent.get(f"/actions?limit=2{after}").body, type=PageOut)
        seen += [item.id for item in page.items]
        if page.next is None:
            break
        after = f"&after={page.next}"
    assert sorted(seen, reverse=True) == sorted(ids, reverse=True)
    assert seen == sorted(seen, reverse=True)


def test_the_list_is_filtered_by_state_and_tool(stage: Stage) -> None:
    agent = otto(stage)
    waiting, denied = agent.submit().action.id, agent.submit(DELETE).action.id
    assert [item["id"] for item in agent.get("/actions?state=pending").json["items"]] == [waiting]
    assert [item["id"] for item in agent.get("/actions?tool=crm.delete").json["items"]] == [denied]
    assert agent.get("/actions?state=expired").json == {"items": [], "next": None}


def test_a_list_of_one_and_of_three_half_approved_actions_asks_the_same(stage: Stage) -> None:
    agent, asked = otto(stage), []
    agent.get("/actions")
    for rows in (1, 2, 3):
        stage.review("ada", stage.submit(args={"customer_id": "cus_1", "amount_usd": 800}))
        with questions() as statements:
            items = agent.get("/actions").json["items"]
        assert [item["needs"] for item in items] == [[{"group": "finance", "approvals": 1, "quorum": 2}]] * rows
        asked.append(len(statements))
    # Which actions, what they say, and who of the voters still counts.
    assert asked == [3, 3, 3]


def test_an_agent_sees_its_own_actions_and_a_person_the_workspace(stage: Stage) -> None:
    action = otto(stage).submit().action
    agent = accounts.create_agent(
        actor=OPERATOR, at=stage.at, workspace_id=stage.id, name="ida", owner_id=stage.people["eve"]
    )
    key = accounts.issue_key(actor=OPERATOR, at=stage.at, workspace_id=stage.id, name="ida", agent_id=agent.id)
    ida = Api(key.token)
    assert ida.get(f"/actions/{action.id}").status == 404
    assert ida.get("/actions").json["items"] == []
    for name in ("ada", "vera", "dana"):
        assert [item["id"] for item in person(stage, name).get("/actions").json["items"]] == [action.id]


def test_a_batch_answers_for_each_item_in_order(stage: Stage) -> None:
    answer = otto(stage).post("/actions/batch", {"actions": [REFUND, {**REFUND, "typo": 1}, SMALL]})
    items = msgspec.json.decode(answer.body, type=BatchOut).items
    assert (answer.status, [item.status for item in items]) == (207, [201, 422, 201])
    assert items[1].problem is not None
    assert [fault.pointer for fault in items[1].problem.errors] == ["/actions/1/typo"]
    assert [item.action.state for item in items if item.action] == ["pending", "approved"]


@pytest.mark.parametrize("actions", [[], [REFUND] * 101])
def test_a_batch_holds_1_to_100(stage: Stage, actions: list[object]) -> None:
    answer = otto(stage).post("/actions/batch", {"actions": actions})
    assert (answer.status, answer.faults) == (422, [("/actions", "bad_length")])


def test_validate_tells_all_and_stores_nothing(stage: Stage) -> None:
    agent = otto(stage)
    told = msgspec.json.decode(agent.post("/actions/validate", REFUND).body, type=ValidationOut)
    assert (told.compatible, told.effect, told.rule, told.problems) == (
        True,
        "require_approval",
        "refunds-over-50",
        [],
    )
    bad = {"tool_call": {"name": "billing.refund", "args": {"customer_id": 7, "amount_usd": 1}}}
    told = msgspec.json.decode(agent.post("/actions/validate", bad).body, type=ValidationOut)
    assert (told.compatible, told.problems[0].pointer) == (False, "/tool_call/args/customer_id")
    assert agent.get("/actions").json["items"] == []


def test_whoami_and_the_keys_have_the_documented_shape(stage: Stage) -> None:
    for api in (otto(stage), person(stage, "ada")):
        assert msgspec.json.decode(api.get("/whoami").body, type=WhoAmIOut).workspace.slug == "demo"
    keys = Api("").client.get("/.well-known/jwks.json")
    assert [key.crv for key in msgspec.json.decode(keys.content, type=JwksOut).keys] == ["Ed25519"]


def test_times_are_utc_with_a_z(stage: Stage) -> None:
    tree = orjson.loads(otto(stage).submit(SMALL).body)
    moments = [
        tree["created_at"],
        tree["expires_at"],
        tree["decision"]["decided_at"],
        tree["decision"]["grant_expires_at"],
    ]
    assert [moment[-1] for moment in moments] == ["Z"] * 4
