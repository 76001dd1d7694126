"""The stop switch, blocked versions and incidents over REST, and the stories of what is stopped, capped and refused."""

from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import pytest

from accounts import services as accounts
from agents_api.documents import IncidentOut, IncidentsOut, StopOut, StopsOut, WhoAmIOut
from approvals import queries, services
from approvals.services import suspicions
from audit.actor import OPERATOR
from outbox.models import Message
from outbox.types import Delivery
from tests.agents_api.calling import Api, Reply, approved, otto, person
from tests.cast import POLICY, Stage, use_policy


def refund(amount: float, **claims: Any) -> dict[str, Any]:
    return {"tool_call": {"name": "billing.refund", "args": {"customer_id": "cus_1", "amount_usd": amount}}, **claims}


def stop_in(answer: Reply) -> StopOut:
    return msgspec.json.decode(answer.body, type=StopOut)


def incident_in(answer: Reply) -> IncidentOut:
    return msgspec.json.decode(answer.body, type=IncidentOut)


def whoami(api: Api) -> WhoAmIOut:
    return msgspec.json.decode(api.get("/whoami").body, type=WhoAmIOut)


def test_pulled_after_the_approval_it_refuses_the_spend(stage: Stage) -> None:
    agent, action, grant = approved(stage)
    pulled = person(stage, "ben").post("/stops", {"mode": "pause", "agent": "otto", "reason": "Odd refunds"}, "k1")
    stop = stop_in(pulled)
    assert (pulled.status, stop.mode, stop.reach, stop.target, stop.pulled_by) == (201, "pause", "agent", "otto", "Ben")
    refused = agent.post(f"/actions/{action.id}/spend", {"grant": grant}, "s1")
    assert (refused.status, refused.problem.code) == (409, "stopped")
    released = person(stage, "ada").post(f"/stops/{stop.id}/release", {"reason": "It was a test"})
    assert (released.status, stop_in(released).released_by) == (200, "Ada")
    again = agent.post(f"/actions/{action.id}/spend", {"grant": grant}, "s1")
    assert (again.problem.code, again.replayed) == ("stopped", True)
    assert agent.post(f"/actions/{action.id}/spend", {"grant": grant}, "s2").status == 200


def test_denied_writes_answer_with_the_switch_as_the_source(stage: Stage) -> None:
    person(stage, "ben").post("/stops", {"mode": "deny_writes"})
    made = otto(stage).submit(refund(40)).action.decision
    assert made is not None
    assert (made.outcome, made.source, made.reason_code) == ("rejected", "stop_switch", "stopped")
    assert made.comment == "Denied because the stop switch is on: writes of everything in this workspace are denied."


def test_the_same_key_pulls_once(stage: Stage) -> None:
    ben, body = person(stage, "ben"), {"mode": "pause", "tool": "crm.*"}
    first, second = ben.post("/stops", body, "k1"), ben.post("/stops", body, "k1")
    assert (second.replayed, second.body) == (True, first.body)
    listed = msgspec.json.decode(ben.get("/stops").body, type=StopsOut)
    assert listed.items == [stop_in(first)]


def test_an_agent_reads_the_switch_that_holds_it(stage: Stage) -> None:
    agent = otto(stage)
    assert whoami(agent).stop_switch is None
    stop = stop_in(person(stage, "ben").post("/stops", {"mode": "force_approvals", "agent": "otto"}))
    assert (whoami(agent).stop_switch, whoami(person(stage, "vera")).stop_switch) == (stop, stop)


@pytest.mark.parametrize(
    ("name", "pull", "release"),
    [("eve", 201, 200), ("ada", 201, 200), ("ben", 201, 403), ("vera", 403, 403), ("dana", 403, 403)],
)
def test_who_may_pull_and_who_may_release(stage: Stage, name: str, pull: int, release: int) -> None:
    on = stop_in(person(stage, "eve").post("/stops", {"mode": "pause", "tool": "a.b"}))
    asked = person(stage, name)
    assert asked.post("/stops", {"mode": "pause"}).status == pull
    assert asked.post(f"/stops/{on.id}/release", {"reason": "x"}).status == release


def test_a_key_of_an_agent_pulls_nothing(stage: Stage) -> None:
    answer = otto(stage).post("/stops", {"mode": "pause"})
    assert (answer.status, answer.problem.code) == (403, "keys_never_decide")


@pytest.mark.parametrize(
    ("body", "pointer", "code"),
    [
        ({"mode": "halt"}, "/mode", "bad_format"),
        ({"mode": "pause", "agent": "nobody"}, "/agent", "not_found"),
        ({"mode": "pause", "tool": "a b"}, "/tool", "bad_format"),
        ({"mode": "pause", "agent": "otto", "tool": "a"}, "/tool", "two_targets"),
        ({"mode": "pause", "agents": "otto"}, "/agents", "unknown_field"),
    ],
)
def test_what_cannot_be_stopped_is_said(stage: Stage, body: dict[str, str], pointer: str, code: str) -> None:
    answer = person(stage, "ben").post("/stops", body)
    assert (answer.status, answer.faults) == (422, [(pointer, code)])


def test_a_version_is_blocked_by_its_hash(stage: Stage) -> None:
    agent, version = otto(stage), {"model": "m-1", "label": "v1"}
    for model, label in (("m-1", "v1"), ("m-2", "v2")):
        made = accounts.register_version(
            actor=OPERATOR,
            at=stage.at,
            workspace_id=stage.id,
            agent_id=stage.otto.agent_id,
            manifest={"model": model},
        )
        accounts.bind_label(actor=OPERATOR, at=stage.at, workspace_id=stage.id, version_id=made.id, label=label)
    use_policy(stage, POLICY.replace('tools: {"*": {}}}', 'tools: {"*": {}}, versions: {v1: live, v2: live}}'))
    first = agent.submit(refund(40, agent_version=version)).action
    assert first.state == "approved"
    blocked = person(stage, "ben").post(f"/versions/{first.agent.version}/block", {"back_to": made.id})
    assert (blocked.status, stop_in(blocked).explanation) == (
        201,
        "The stop switch is on: version v1 of otto is blocked.",
    )
    for claimed in ({"model": "m-1"}, {"model": "m-1", "label": "v2"}):
        ended = agent.submit(refund(40, agent_version=claimed)).action.decision
        assert ended is not None
        assert ended.reason_code == "version_blocked"
    assert agent.submit(refund(40, agent_version={"model": "m-2"})).action.state == "approved"


def test_an_incident_from_the_first_note_to_the_close(stage: Stage) -> None:
    agent, ben = otto(stage), person(stage, "ben")
    action = agent.submit().action
    opened = ben.post("/incidents", {"title": "Two refunds", "severity": "high", "actions": [action.id]}, "k1")
    found = incident_in(opened)
    assert (opened.status, found.state, found.agent and found.agent.name) == (201, "open", "otto")
    assert ben.post(f"/incidents/{found.id}/notes", {"text": "The gateway retried."}).status == 200
    assert ben.post(f"/incidents/{found.id}/steps", {"step": "deny_writes"}).status == 200
    assert agent.submit(refund(40)).action.state == "rejected"
    assert ben.post(f"/incidents/{found.id}/close", {"text": "x"}).status == 403
    closed = person(stage, "ada").post(f"/incidents/{found.id}/close", {"text": "A retry without a key"})
    assert (closed.status, incident_in(closed).state) == (200, "closed")
    whole = incident_in(ben.get(f"/incidents/{found.id}"))
    assert isinstance(whole.story, list)
    assert (whole.actions, {line.kind for line in whole.story}) == (
        [action.id],
        {"opened", "joined", "noted", "stepped", "closed"},
    )
    late = ben.post(f"/incidents/{found.id}/notes", {"text": "x"})
    assert (late.status, late.problem.code) == (409, "incident_closed")


def test_incidents_are_listed_a_page_at_a_time(stage: Stage) -> None:
    ben = person(stage, "ben")
    ids = {incident_in(ben.post("/incidents", {"title": f"{n}", "severity": "low"})).id for n in range(3)}
    first = msgspec.json.decode(ben.get("/incidents?state=open&limit=2").body, type=IncidentsOut)
    rest = msgspec.json.decode(ben.get(f"/incidents?limit=2&after={first.next}").body, type=IncidentsOut)
    assert {one.id for one in (*first.items, *rest.items)} == ids
    assert (len(first.items), rest.next) == (2, None)
    assert ben.get("/incidents?state=all").faults == [("/state", "bad_format")]


# The stories of the seed: the caller's own limits, the workspace's caps, and what is never allowed.


@pytest.mark.parametrize(
    ("amount", "constraints", "state"),
    [
        (42, {"max_amount_usd": 50, "requires_human_approval_over_usd": 50}, "approved"),
        (80, {"max_amount_usd": 100, "requires_human_approval_over_usd": 50}, "pending"),
        (80, {"max_amount_usd": 50, "requires_human_approval_over_usd": 50}, "rejected"),
    ],
)
def test_the_callers_own_limits(stage: Stage, amount: int, constraints: dict[str, int], state: str) -> None:
    assert otto(stage).submit(refund(amount, constraints=constraints)).action.state == state


def test_personal_data_is_not_written_where_the_caller_forbids_it(stage: Stage) -> None:
    use_policy(stage, POLICY.replace("writes_pii: false", "writes_pii: true", 1))
    made = otto(stage).submit(refund(42, constraints={"pii_write_allowed": False})).action.decision
    assert made is not None
    assert (made.outcome, made.reason_code) == ("rejected", "constraint_violated")
    assert otto(stage).submit(refund(42, constraints={"pii_write_allowed": True})).action.state == "approved"


def test_under_a_day_cap_of_500_the_eleventh_refund_of_50_becomes_a_question(stage: Stage) -> None:
    cap = "limits: [{id: day-cap, tools: [billing.refund], sum: args.amount_usd, per: agent, window: 24h, max: 500}]\n"
    use_policy(stage, POLICY + cap)
    agent = otto(stage)
    assert [agent.submit(refund(50)).action.state for _ in range(11)] == ["approved"] * 10 + ["pending"]


def test_low_confidence_asks(stage: Stage) -> None:
    sure = 'when: ["args.amount_usd <= 50", "confidence >= 0.8"]'
    use_policy(stage, POLICY.replace('when: ["args.amount_usd <= 50"]', sure))
    agent = otto(stage)
    states = [agent.submit(refund(42, **said)).action.state for said in ({"confidence": 0.9}, {"confidence": 0.6}, {})]
    assert states == ["approved", "pending", "pending"]


def test_a_delete_is_refused_and_counted_as_a_violation(stage: Stage) -> None:
    agent = otto(stage)
    asked = [agent.submit({"tool_call": {"name": "crm.delete", "args": {"id": f"{n}"}}}).action for n in range(2)]
    assert [(one.state, one.decision and one.decision.reason_code) for one in asked] == [
        ("rejected", "denied_by_rule")
    ] * 2
    _deliver(stage)
    ben = person(stage, "ben")
    (found,) = msgspec.json.decode(ben.get("/incidents").body, type=IncidentsOut).items
    whole = incident_in(ben.get(f"/incidents/{found.id}"))
    assert isinstance(whole.actions, list)
    assert (found.kind, set(whole.actions)) == ("violation", {one.id for one in asked})


def test_a_spent_grant_without_a_result_is_unknown_and_an_alert(stage: Stage) -> None:
    agent, action, grant = approved(stage)
    agent.post(f"/actions/{action.id}/spend", {"grant": grant})
    services.fire_due(at=datetime.now(UTC) + timedelta(hours=2))
    execution = agent.get(f"/actions/{action.id}").action.execution
    assert execution is not None
    assert execution.status == "unknown"
    letter = Message.objects.get(sink="mail")
    assert (letter.kind, letter.payload) == ("execution.unreported", {"user": stage.people["eve"], "action": action.id})


def _deliver(stage: Stage) -> None:
    for owed in Message.objects.filter(sink="incidents", workspace_id=stage.id).order_by("id"):
        made = Delivery(owed.pk, stage.id, owed.kind, owed.subject, owed.payload, 0, owed.created_at)
        suspicions.capture(made)
    assert queries.incidents(stage.id) != []
