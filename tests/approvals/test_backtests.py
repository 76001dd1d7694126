"""What a backtest reads of the past: each action once, with what became of it, and nobody else's."""

import random
from datetime import datetime, timedelta
from typing import Any

import pytest

from approvals import past_calls, services
from approvals.policies import compiled
from approvals.policy.backtest import PastAction
from approvals.services.backtests import backtest_now, find_backtest
from audit.actor import OPERATOR, Door
from outbox import jobs
from outbox.jobs import Work
from tests.approvals.presses import edit, withdraw
from tests.cast import POLICY, Stage

STRICTER = POLICY.replace("args.amount_usd <= 50", "args.amount_usd <= 10")


def refund(stage: Stage, amount: int, **more: Any) -> Any:
    return stage.submit(args={"customer_id": "c", "amount_usd": amount}, **more)


def past(stage: Stage, until: datetime | None = None) -> list[PastAction]:
    since = stage.at - timedelta(days=1)
    found = past_calls.chunks(stage.id, since, until or stage.at + timedelta(seconds=1))
    return [one for chunk in found for one in chunk]


def saved(stage: Stage, text: str) -> str:
    return services.save_policy(actor=OPERATOR, at=stage.at, workspace_id=stage.id, text=text).id


def test_each_action_comes_with_what_became_of_it(stage: Stage) -> None:
    expected = {
        refund(stage, 20).id: ("policy", True),
        stage.submit("crm.delete", {"id": "1"}).id: ("policy", False),
        stage.review("ben", refund(stage, 80)).id: ("approved", True),
        edit(stage, "ben", refund(stage, 90), amount_usd=60).id: ("edited", True),
        stage.review("ben", refund(stage, 95), "reject", reason_code="other").id: ("rejected", False),
        withdraw(stage, refund(stage, 96)).id: ("withdrawn", False),
        refund(stage, 97, confidence=0.5, trace_id="tr_1").id: ("waiting", False),
    }
    found = past(stage)
    assert {one.id: (one.outcome, one.ran) for one in found} == expected
    assert [one.id for one in found] == sorted(expected)
    # What the agent asked for, not what people made of it.
    assert [one.call.args["amount_usd"] for one in found if one.outcome == "edited"] == [90]
    (waiting,) = [one.call for one in found if one.outcome == "waiting"]
    assert (waiting.agent, waiting.confidence, waiting.trace_id) == ("otto", 0.5, "tr_1")


def test_test_actions_and_other_workspaces_are_not_its_past(stage: Stage, other: Stage) -> None:
    asked = stage.review("ben", refund(stage, 80))
    services.set_seeding(
        actor=stage.member("ada").actor(Door.WEB),
        at=stage.at,
        workspace_id=stage.id,
        every=0,
        chance=random.Random(1),
    )
    services.seed(at=stage.at, workspace_id=stage.id, chance=random.Random(1))
    assert [one.id for one in past(stage)] == [asked.id]
    assert past(other) == []


def test_the_window_ends_before_its_end(stage: Stage) -> None:
    refund(stage, 80)
    later = refund(stage, 80, at=stage.at + timedelta(minutes=5))
    assert later.id not in {one.id for one in past(stage, stage.at + timedelta(minutes=5))}
    assert past_calls.count(stage.id, stage.at - timedelta(days=1), stage.at + timedelta(minutes=6)) == 2


def test_chunks_leave_nothing_out(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(past_calls, "CHUNK", 2)
    asked = sorted(refund(stage, 60 + n).id for n in range(5))
    assert [one.id for one in past(stage)] == asked


def test_the_job_tells_how_far_it_is_and_answers_as_the_shell_does(stage: Stage) -> None:
    for amount in (20, 30, 80):
        refund(stage, amount)
    version_id, at = saved(stage, STRICTER), stage.at + timedelta(seconds=1)
    job_id = services.start_backtest(actor=OPERATOR, at=at, workspace_id=stage.id, version_id=version_id, days=1)
    handed: list[tuple[str, datetime]] = []
    jobs.hand_out(lambda job, until: handed.append((job, until)), at=at)
    assert jobs.run(job_id=job_id, leased_until=handed[0][1], now=lambda: at) is True
    job = find_backtest(stage.id, job_id)
    assert (job.outcome, job.done, job.total, job.percent) == ("done", 3, 3, 100)
    before = compiled(job.payload["before"])
    report = backtest_now(stage.id, before, compiled(version_id), since=at - timedelta(days=1), until=at)
    assert job.result is not None
    assert (job.result["headline"], job.result["total"]) == (report.headline, 3)
    assert [cell["count"] for cell in job.result["cells"]] == [0, 2, 0, 0, 1, 0, 0, 0, 0]


def test_a_cancelled_one_stops_between_two_chunks(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(past_calls, "CHUNK", 1)
    for _ in range(3):
        refund(stage, 20)
    version_id, at = saved(stage, STRICTER), stage.at + timedelta(seconds=1)
    job_id = services.start_backtest(actor=OPERATOR, at=at, workspace_id=stage.id, version_id=version_id)
    handed: list[tuple[str, datetime]] = []
    jobs.hand_out(lambda job, until: handed.append((job, until)), at=at)
    step = Work.step

    def then_cancel(work: Work, done: int, total: int) -> None:
        step(work, done, total)
        if done == 1:
            services.cancel_backtest(actor=OPERATOR, at=at, workspace_id=stage.id, job_id=job_id)

    monkeypatch.setattr(Work, "step", then_cancel)
    jobs.run(job_id=job_id, leased_until=handed[0][1], now=lambda: at)
    job = find_backtest(stage.id, job_id)
    assert (job.outcome, job.done, job.result) == ("cancelled", 1, None)
