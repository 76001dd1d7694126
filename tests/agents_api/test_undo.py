"""The undo window, the dwell and the checks as they are seen over the API."""

from datetime import datetime, timedelta

import pytest

from approvals import services
from approvals.models import Look
from tests.agents_api.calling import Api, otto, person
from tests.cast import POLICY, Stage, use_policy

WAITS = POLICY.replace("undo: {medium: 0s", "undo: {medium: 5s").replace("dwell: {medium: 0s", "dwell: {medium: 2s")
CHECKED = POLICY.replace(
    '"args.amount_usd > 50"], effect: require_approval',
    '"args.amount_usd > 50"], effect: require_approval, checks: [Seen]',
)
WINDOW = POLICY.replace("undo: {medium: 0s", "undo: {medium: 5s")


def approved(stage: Stage) -> tuple[Api, str]:
    """otto's action that Ada has just approved, in its undo window."""
    use_policy(stage, WINDOW)
    agent = otto(stage)
    action = agent.submit().action
    assert person(stage, "ada").review(action).status == 200
    return agent, action.id


def test_a_window_is_pending_with_the_moment_at_which_it_ends(stage: Stage) -> None:
    use_policy(stage, WINDOW)
    agent = otto(stage)
    action = agent.submit().action
    assert action.closing_at is None
    answer = person(stage, "ada").review(action)
    seen = answer.action
    assert (answer.status, seen.state, seen.decision) == (200, "pending", None)
    assert [(need.approvals, need.quorum) for need in seen.needs] == [(1, 1)]
    closing = datetime.fromisoformat(answer.json["closing_at"])
    assert timedelta(0) < closing - stage.at < timedelta(seconds=60)
    read = agent.get(f"/actions/{action.id}")
    assert (read.json["closing_at"], read.headers["ETag"]) == (answer.json["closing_at"], answer.headers["ETag"])


def test_a_waiting_agent_is_not_answered_before_it_is_decided(stage: Stage, own_listener: None) -> None:
    agent, action_id = approved(stage)
    first = agent.get(f"/actions/{action_id}")
    answer = agent.get(f"/actions/{action_id}?wait=1")
    assert (answer.status, answer.body) == (200, first.body)
    assert agent.get(f"/actions/{action_id}", **{"If-None-Match": first.headers["ETag"]}).status == 304


def test_ada_takes_her_vote_back(stage: Stage) -> None:
    agent, action_id = approved(stage)
    before = agent.get(f"/actions/{action_id}").headers["ETag"]
    answer = person(stage, "ada").post(f"/actions/{action_id}/undo", {}, key="u")
    assert (answer.status, answer.action.closing_at, answer.action.needs[0].approvals) == (200, None, 0)
    again = person(stage, "ada").post(f"/actions/{action_id}/undo", {}, key="u")
    assert (again.replayed, again.body) == (True, answer.body)
    read = agent.get(f"/actions/{action_id}")
    assert (read.body == answer.body, read.headers["ETag"] == before) == (True, False)


def test_what_is_not_ones_own_cannot_be_taken_back(stage: Stage) -> None:
    _, action_id = approved(stage)
    answer = person(stage, "ben").post(f"/actions/{action_id}/undo", {})
    assert (answer.status, answer.problem.code) == (409, "nothing_to_undo")
    refused = otto(stage).post(f"/actions/{action_id}/undo", {})
    assert (refused.status, refused.problem.code) == (403, "keys_never_decide")
    assert person(stage, "ada").post(f"/actions/{action_id}/undo", {"why": "x"}).status == 422


def test_a_second_approval_reads_that_nothing_is_missing(stage: Stage) -> None:
    agent, action_id = approved(stage)
    answer = person(stage, "ben").review(agent.get(f"/actions/{action_id}").action)
    assert (answer.status, answer.problem.code) == (409, "closing")


def test_an_approval_waits_for_the_reading_and_says_how_long(stage: Stage) -> None:
    use_policy(stage, WAITS)
    action = otto(stage).submit().action
    ada = person(stage, "ada")
    blind = ada.review(action, key="k")
    assert (blind.status, blind.problem.code, blind.headers["Retry-After"]) == (403, "too_soon", "2")
    assert Look.everywhere.count() == 0
    shown = ada.get(f"/actions/{action.id}").action
    assert Look.everywhere.values_list("door", "revision").get() == ("api", 1)
    hasty = ada.review(shown, key="k")
    assert (hasty.status, hasty.problem.code) == (403, "too_soon")
    assert hasty.headers["Retry-After"] in {"1", "2"}
    assert ada.review(shown, "reject").action.state == "rejected"


@pytest.mark.parametrize("who", ["vera", "otto"])
def test_the_reading_of_who_may_not_decide_starts_no_clock(stage: Stage, who: str) -> None:
    action = otto(stage).submit().action
    reader = otto(stage) if who == "otto" else person(stage, who)
    assert reader.get(f"/actions/{action.id}").status == 200
    assert Look.everywhere.count() == 0


def test_a_list_starts_no_clock(stage: Stage) -> None:
    otto(stage).submit()
    assert person(stage, "ada").get("/actions").status == 200
    assert Look.everywhere.count() == 0


def test_checks_are_ticked_in_the_body(stage: Stage) -> None:
    use_policy(stage, CHECKED)
    action = otto(stage).submit().action
    ada = person(stage, "ada")
    answer = ada.review(action)
    assert (answer.status, answer.problem.code) == (403, "checks_required")
    assert [(fault.pointer, fault.detail) for fault in answer.problem.errors] == [("/checks", "Tick: Seen")]
    assert ada.review(action, checks=["Seen"]).action.state == "approved"


def test_when_the_window_ends_the_agent_finds_its_grant(stage: Stage) -> None:
    use_policy(stage, WINDOW)
    past = stage.at - timedelta(minutes=1)
    view = stage.submit(at=past)
    stage.review("ada", view, at=past)
    services.fire_due(at=stage.at)
    seen = otto(stage).get(f"/actions/{view.id}").action
    assert seen.decision is not None
    assert (seen.state, seen.closing_at, seen.decision.grant is None) == ("approved", None, False)
