"""How runs and tasks ended, what tasks cost, and who reviewed: signals from the numbers behind the dashboards."""

import random
from collections import Counter
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from approvals.models import Action, Decision, Execution, RollupCell, RollupPart
from approvals.services import rollups
from approvals.services.boards import windows
from feedback.drift.charts import Bucket
from feedback.drift.watch import standardised
from feedback.queries import results, reviewers, series
from feedback.services import watching
from tests.approvals.rollups.days import counted_slowly, live_through
from tests.cast import Stage

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
REACH = timedelta(days=120)


def cell(stage: Stage, ago: int, **counts: Any) -> None:
    """What the tally would have kept of one day."""
    RollupCell.everywhere.create(
        workspace_id=stage.id, span="day", at=midnight(ago), agent_id=stage.otto.agent_id, tool="crm.note",
        policy_id="pol_1", **counts,
    )  # fmt: skip


def part(stage: Stage, ago: int, name: str, key: str, n: int, amount: float = 0, **kind: Any) -> None:
    RollupPart.everywhere.create(
        workspace_id=stage.id, span="day", at=midnight(ago), agent_id=stage.otto.agent_id, name=name, key=key, n=n,
        amount=Decimal(str(amount)), **kind,
    )  # fmt: skip


def midnight(ago: int) -> datetime:
    return NOW.replace(hour=0) - timedelta(days=ago)


def raised(stage: Stage) -> list[tuple[str, str, str, str]]:
    watching.watch(at=NOW, workspace_id=stage.id)
    return [(one.metric, one.tool, one.detector, one.cause) for one in series.alerts(stage.id, closed=False)]


def test_the_series_are_what_a_slow_count_finds(stage: Stage) -> None:
    live_through(stage, random.Random(8), 60, days=5)
    rollups.count_all(at=stage.at)
    today = stage.at.replace(hour=0, minute=0, second=0, microsecond=0)
    slow = counted_slowly(stage.id, today - REACH, today)
    found = results.rates(stage.id, stage.at, REACH)
    tools: Counter[tuple[str, bool]] = Counter()
    for ran in Execution.everywhere.exclude(status="running").select_related("action"):
        if ran.action.created_at < today:
            tools[ran.action.tool, ran.status != "succeeded"] += 1
    assert {
        (tool, bad): n
        for (metric, _, tool), days in found.items()
        if metric == "tool_failed"
        for bad, n in ((True, sum(day.x for day in days)), (False, sum(day.n - day.x for day in days)))
        if n
    } == dict(tools)
    (tasks,) = [days for (metric, _, _), days in found.items() if metric == "task_failed"]
    assert (sum(day.x for day in tasks), sum(day.n for day in tasks)) == (
        slow.tasks["failed"],
        slow.tasks["failed"] + slow.tasks["succeeded"],
    )
    spent = {one.currency: sum(day.amount for day in one.days) for one in results.costs(stage.id, stage.at, REACH)}
    assert spent == pytest.approx({currency: float(amount) for currency, amount in slow.costs.items()})
    assert (len(tools), len(spent)) > (1, 1)


def test_runs_that_begin_to_fail_alarm(stage: Stage) -> None:
    for ago in range(30, 0, -1):
        failed = 12 if ago < 4 else 1
        cell(stage, ago, succeeded=39 - failed, failed=failed - 1, unknown=2)
    assert ("tool_failed", "crm.note", "cusum", "drift") in raised(stage)


def test_tasks_that_begin_to_fail_alarm_and_today_waits(stage: Stage) -> None:
    for ago in range(30, -1, -1):
        failed = 20 if ago == 0 else 2
        part(stage, ago, "task", "failed", failed)
        part(stage, ago, "task", "succeeded", 40 - failed)
        part(stage, ago, "task", "open", 9)
    assert raised(stage) == []
    part(stage, 1, "task", "failed", 20)
    assert raised(stage) == [("task_failed", "", "cusum", "drift")]
    assert series.open_alerts(stage.id, stage.otto.agent_id or "", "crm.note") == 1


def test_a_task_that_costs_twice_as_much_alarms_in_its_own_currency(stage: Stage) -> None:
    chance = random.Random(3)
    for ago in range(30, 0, -1):
        usual = 0.2 * (1 + 0.1 * chance.random())
        part(stage, ago, "cost", "USD", 40, 40 * usual * (2 if ago < 3 else 1))
        part(stage, ago, "cost", "EUR", 40, 40 * usual)
    assert raised(stage) == [("cost:USD", "", "t_chart", "drift")]
    (alert,) = series.alerts(stage.id, closed=False)
    assert (alert.n, alert.rate > 1.8 * alert.baseline, alert.since) == (40, True, midnight(2).date())
    assert raised(stage) == [("cost:USD", "", "t_chart", "drift")]


def test_other_reviewers_are_not_taken_for_another_agent(stage: Stage) -> None:
    """Ada overrides one in ten and Ben one in two; in the last week Ben has decided nearly all."""
    for ago in range(40, 0, -1):
        ada, ben = (2, 18) if ago <= 7 else (18, 2)
        for who, n, overridden in (("ada", ada * 5, ada * 5 // 10), ("ben", ben * 5, ben * 5 // 2)):
            part(stage, ago, "reviewed", f"overridden:{who}", overridden, tool="crm.note")
            part(stage, ago, "reviewed", f"upheld:{who}", n - overridden, tool="crm.note")
    found = reviewers.lately(stage.id, NOW, REACH)[stage.otto.agent_id or "", "crm.note"]
    weights = {"ada": (33 * 18 + 7 * 2) / 800, "ben": (33 * 2 + 7 * 18) / 800}
    same = standardised({"ada": Bucket(35 // 5, 70), "ben": Bucket(315, 630)}, weights)
    assert found.n == 700
    assert found.plain == pytest.approx((7 + 315) / 700)
    assert found.same == pytest.approx(same) == pytest.approx(weights["ada"] * 0.1 + weights["ben"] * 0.5)


def test_without_the_usual_reviewers_nothing_is_said(stage: Stage) -> None:
    for ago in range(40, 0, -1):
        part(stage, ago, "reviewed", f"upheld:{'ben' if ago < 8 else 'ada'}", 20, tool="crm.note")
    assert reviewers.lately(stage.id, NOW, REACH)[stage.otto.agent_id or "", "crm.note"].same is None


def test_who_reviewed_is_counted_as_the_override_rate_is(stage: Stage) -> None:
    live_through(stage, random.Random(9), 60)
    rollups.count_all(at=stage.at)
    window = windows.named("7d", stage.at)
    counted: Counter[tuple[date, str, bool]] = Counter()
    for (at, _), reviewer, overridden, n in results.reviewed(stage.id, window, ("at", "tool")):
        counted[at.date(), reviewer, overridden] += n
    slow: Counter[tuple[date, str, bool]] = Counter()
    for made in Decision.everywhere.filter(source="people"):
        asked = Action.everywhere.get(pk=made.action_id).created_at.date()
        slow[asked, made.decided_by[-1]["id"], made.outcome == "rejected" or bool(made.material)] += 1
    assert counted == slow
    by_point = reviewers.by_point(stage.id, window)
    assert {at.date(): mixed.n for at, mixed in by_point.items()} == {
        day: sum(n for (of, _, _), n in slow.items() if of == day) for day in {day for day, _, _ in slow}
    }
