"""The same request gets the first answer again; the verb runs once."""

import threading
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connections

from accounts import services as accounts
from approvals.models import Action, IdempotencyKey
from audit.actor import OPERATOR
from tests.agents_api.calling import REFUND, Api, Reply, approved, otto, person
from tests.cast import Stage

SMALL = {"tool_call": {"name": "billing.refund", "args": {"customer_id": "cus_1", "amount_usd": 5}}}
BAD = {"tool_call": {"name": "billing.refund", "args": {}}}


def test_the_first_answer_comes_again(stage: Stage) -> None:
    agent = otto(stage)
    first, again = agent.submit(key="k"), agent.submit(key="k")
    assert (first.replayed, again.replayed) == (False, True)
    assert (again.status, again.body, again.headers["ETag"]) == (201, first.body, first.headers["ETag"])
    assert Action.everywhere.count() == 1


def test_without_a_key_each_request_is_its_own(stage: Stage) -> None:
    agent = otto(stage)
    assert agent.submit().action.id != agent.submit().action.id


def test_the_same_key_with_another_body_is_refused(stage: Stage) -> None:
    agent = otto(stage)
    agent.submit(key="k")
    answer = agent.submit(SMALL, key="k")
    assert (answer.status, answer.problem.code) == (422, "idempotency_mismatch")


def test_a_key_belongs_to_one_credential(stage: Stage) -> None:
    agent = otto(stage)
    first = agent.submit(key="k").action.id
    issued = accounts.issue_key(
        actor=OPERATOR, at=stage.at, workspace_id=stage.id, name="second", agent_id=stage.otto.agent_id
    )
    assert Api(issued.token).submit(key="k").action.id != first


def test_a_grant_is_not_stored_and_drawn_afresh(stage: Stage) -> None:
    agent = otto(stage)
    first = agent.submit(SMALL, key="k")
    decision = first.action.decision
    assert decision is not None
    assert decision.grant is not None
    assert decision.grant.encode() not in bytes(IdempotencyKey.objects.get().answer)
    assert agent.submit(SMALL, key="k").body == first.body
    agent.post(f"/actions/{first.action.id}/spend", {"grant": decision.grant})
    replay = agent.submit(SMALL, key="k")
    assert replay.action.decision is not None
    assert (replay.replayed, replay.action.decision.grant) == (True, None)


def test_the_verbs_refusal_is_kept_and_the_doors_is_not(stage: Stage) -> None:
    agent = otto(stage)
    first, again = agent.submit(BAD, key="k"), agent.submit(BAD, key="k")
    assert (first.status, again.status, again.replayed, again.body) == (422, 422, True, first.body)
    assert agent.submit({**REFUND, "typo": 1}, key="free").status == 422
    assert agent.submit(REFUND, key="free").status == 201


def test_a_review_is_counted_once(stage: Stage) -> None:
    action = otto(stage).submit().action
    ada = person(stage, "ada")
    first, again = ada.review(action, key="k"), ada.review(action, key="k")
    assert (first.status, again.status, again.replayed, again.body) == (200, 200, True, first.body)
    assert ada.review(action, "reject", key="k").problem.code == "idempotency_mismatch"


def test_a_lost_answer_to_spend_is_given_again(stage: Stage) -> None:
    agent, action, grant = approved(stage)
    path = f"/actions/{action.id}/spend"
    first, again = (agent.post(path, {"grant": grant}, "k") for _ in range(2))
    assert (first.status, again.status, again.replayed, again.body) == (200, 200, True, first.body)
    assert agent.post(path, {"grant": grant}, "other").problem.code == "grant_spent"


@pytest.mark.parametrize(("verb", "body"), [("withdraw", {}), ("messages", {"text": "Yes."})])
def test_the_other_verbs_run_once_too(stage: Stage, verb: str, body: dict[str, str]) -> None:
    agent = otto(stage)
    action = agent.submit().action
    first, again = (agent.post(f"/actions/{action.id}/{verb}", body, "k") for _ in range(2))
    assert (first.status, again.status, again.replayed, again.body) == (200, 200, True, first.body)


def test_a_result_is_reported_once(stage: Stage) -> None:
    agent, action, grant = approved(stage)
    agent.post(f"/actions/{action.id}/spend", {"grant": grant})
    first, again = (agent.post(f"/actions/{action.id}/result", {"status": "failed"}, "k") for _ in range(2))
    assert (first.status, again.replayed, again.body) == (200, True, first.body)


def test_a_batch_is_replayed_item_by_item(stage: Stage) -> None:
    agent = otto(stage)
    body = {"actions": [REFUND, BAD, SMALL]}
    first, again = (agent.post("/actions/batch", body, "k") for _ in range(2))
    assert [item["status"] for item in first.json["items"]] == [201, 422, 201]
    assert (again.status, again.replayed, again.json) == (207, True, first.json)
    assert Action.everywhere.count() == 2
    other = agent.post("/actions/batch", {"actions": [SMALL]}, "k")
    assert (other.status, other.problem.code) == (422, "idempotency_mismatch")


def test_after_a_day_the_key_is_free(stage: Stage) -> None:
    agent = otto(stage)
    first = agent.submit(key="k").action.id
    IdempotencyKey.objects.update(created_at=datetime.now(UTC) - timedelta(hours=24, seconds=1))
    second = agent.submit(SMALL, key="k")
    assert (second.status, second.replayed, second.action.id != first) == (201, False, True)


@pytest.mark.parametrize("key", ["x" * 256, "two words", "é", " "])
def test_a_key_that_cannot_be_kept_is_refused(stage: Stage, key: str) -> None:
    answer = otto(stage).submit(key=key)
    assert (answer.status, answer.problem.code) == (422, "bad_idempotency_key")


@pytest.mark.race
def test_twelve_at_once_are_one_action(open_stage: Stage) -> None:
    answers: list[Reply] = []
    together = threading.Barrier(12)

    def send() -> None:
        api = otto(open_stage)
        together.wait()
        answers.append(api.submit(SMALL, key="k"))
        connections.close_all()

    threads = [threading.Thread(target=send) for _ in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert {(answer.status, answer.body) for answer in answers} == {(201, answers[0].body)}
    assert sorted(answer.replayed for answer in answers) == [False] + [True] * 11
    assert Action.everywhere.count() == 1


@pytest.mark.race
def test_one_grant_spent_twelve_times_with_one_key_is_one_answer(open_stage: Stage) -> None:
    _, action, grant = approved(open_stage)
    answers: list[Reply] = []
    together = threading.Barrier(12)

    def send() -> None:
        api = otto(open_stage)
        together.wait()
        answers.append(api.post(f"/actions/{action.id}/spend", {"grant": grant}, "k"))
        connections.close_all()

    threads = [threading.Thread(target=send) for _ in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert {(answer.status, answer.body) for answer in answers} == {(200, answers[0].body)}
    assert sorted(answer.replayed for answer in answers) == [False] + [True] * 11


@pytest.mark.race
@pytest.mark.postgres
def test_a_duplicate_that_waits_too_long_is_told_so(open_stage: Stage) -> None:
    """Another connection holds the key's row open for longer than the lock timeout."""
    agent = otto(open_stage)
    agent.submit()
    holder = connections.create_connection("default")
    with holder.cursor() as cursor:
        cursor.execute("begin")
        cursor.execute(
            "insert into approvals_idempotencykey(caller_id, key, body_sha256, status, answer, created_at)"
            " values (%s, 'k', '', 201, '', now())",
            [open_stage.otto.key_id],
        )
        answer = agent.submit(key="k")
        cursor.execute("rollback")
    holder.close()
    assert (answer.status, answer.problem.code) == (409, "idempotency_in_progress")
    assert agent.submit(key="k").status == 201
