"""What the dashboards say equals what is counted action by action, whatever the window and the group."""

import math
import random
from collections import Counter
from datetime import datetime, timedelta
from decimal import Decimal
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from accounts.models import Agent
from approvals import queries
from approvals.models import Action, Decision, Incident, Listening, RollupCell
from approvals.rollups.buckets import ERROR
from approvals.services import incidents as incident_verbs
from approvals.services import rollups
from approvals.services.boards import agents, escalations, incidents, oversight, windows
from approvals.services.boards.windows import Window
from audit.actor import OPERATOR
from tests.approvals.rollups.days import Slow, counted_slowly, live_through
from tests.cast import Stage

WEEK = timedelta(days=7)


@pytest.fixture
def lived(stage: Stage) -> Stage:
    live_through(stage, random.Random(21), 70)
    rollups.count_all(at=stage.at)
    return stage


def week_of(stage: Stage, group: str = "") -> Window:
    return windows.named("7d", stage.at, group)


def slow_total(slow: Slow, name: str) -> int:
    return sum(n for (counted, _, _), n in slow.cells.items() if counted == name)


def test_oversight(lived: Stage) -> None:
    window = week_of(lived)
    slow = counted_slowly(lived.id, window.since, window.until)
    found = oversight.oversight(lived.id, window)
    names = ("proposed", "allowed", "asked", "denied", "violations")
    assert [getattr(found.total, name) for name in names] == [slow_total(slow, name) for name in names]
    people = sum(slow_total(slow, name) for name in ("approved", "edited", "rejected"))
    assert found.total.overridden.part == slow_total(slow, "material") + slow_total(slow, "rejected")
    assert (found.total.overridden.whole, found.total.cosmetic) == (
        people,
        slow_total(slow, "edited") - slow_total(slow, "material"),
    )
    by_rule = {row.rule: (row.split.asked, row.split.denied) for row in found.rules}
    for rule, counts in by_rule.items():
        cells = [
            sum(n for (counted, _, of), n in slow.cells.items() if (counted, of) == (name, rule))
            for name in ("asked", "denied")
        ]
        assert list(counts) == cells
    assert sum((Counter({f"{r.verdict}:{r.reason}": r.n}) for r in found.reasons), Counter()) == slow.reasons
    assert [row.at for row in found.points] == [window.since + timedelta(days=n) for n in range(7)]
    assert sum(row.split.proposed for row in found.points) == found.total.proposed
    assert found.violations_per_thousand == 1000 * found.total.violations / found.total.proposed


def test_a_rule_of_none_leads_to_the_same_actions(lived: Stage) -> None:
    window = week_of(lived)
    found = {row.rule: row.split for row in oversight.oversight(lived.id, window).rules}
    for rule, split in found.items():
        listed = queries.page(
            lived.id,
            since=window.since,
            before=window.until,
            narrowed=queries.Narrowing(rule=rule or queries.NO_RULE, outcome="denied"),
            limit=100,
        )
        assert len(listed) == split.denied


@pytest.mark.parametrize("name", ["allowed", "asked", "violations"])
def test_every_word_lists_as_many_as_it_counts(lived: Stage, name: str) -> None:
    window = week_of(lived)
    counted = getattr(oversight.oversight(lived.id, window).total, name)
    found = queries.page(
        lived.id, since=window.since, before=window.until, narrowed=queries.Narrowing(outcome=name), limit=100
    )
    assert len(found) == counted


def test_the_pace(lived: Stage) -> None:
    window = week_of(lived)
    slow = counted_slowly(lived.id, window.since, window.until)
    found = escalations.pace(lived.id, window)
    assert [stage.n for stage in found.funnel] == [
        slow_total(slow, name) for name in ("asked", "planned", "level1", "level2", "level3", "expired")
    ]
    assert found.late.part == slow_total(slow, "late")
    for told, q in ((found.times.p50, 0.5), (found.times.p95, 0.95)):
        exact = max(1.0, sorted(slow.times)[math.ceil(q * len(slow.times)) - 1])
        assert told is not None
        assert abs(told - exact) <= exact * ERROR * 1.000001
    heat: Counter[tuple[int, int]] = Counter()
    for action in Action.everywhere.filter(workspace_id=lived.id):
        if action.policy["effect"] == "require_approval":
            heat[action.created_at.weekday(), action.created_at.hour] += 1
    assert {(d, h): n for d, row in enumerate(found.week) for h, n in enumerate(row) if n} == dict(heat)
    assert found.target == timedelta(minutes=15)


@pytest.mark.parametrize("group", ["reviewers", "finance"])
def test_a_group_counts_what_it_has_to_agree_to(stage: Stage, group: str) -> None:
    for amount in (80, 90, 800, 900, 1000, 8):
        stage.submit(args={"customer_id": "cus_1", "amount_usd": amount})
    rollups.count_all(at=stage.at)
    of_group = [
        action
        for action in Action.everywhere.filter(workspace_id=stage.id)
        if group in {need["group"] for need in action.terms["needs"]}
    ]
    found = oversight.oversight(stage.id, week_of(stage, group))
    assert found.total.asked == len(of_group) == {"reviewers": 2, "finance": 3}[group]
    assert escalations.pace(stage.id, week_of(stage, group)).funnel[0].n == len(of_group)


def test_agents(lived: Stage) -> None:
    window = week_of(lived)
    slow = counted_slowly(lived.id, window.since, window.until)
    found = agents.agents(lived.id, window, lived.at)
    (otto,) = found.agents
    assert otto.doing == found.total
    assert (otto.doing.ran.part, otto.doing.unknown) == (slow_total(slow, "succeeded"), slow_total(slow, "unknown"))
    assert (otto.doing.tasks.part, otto.doing.tasks.whole) == (
        slow.tasks["succeeded"],
        slow.tasks["succeeded"] + slow.tasks["failed"],
    )
    assert {cost.currency: cost.amount.quantize(Decimal("0.001")) for cost in otto.doing.costs} == slow.costs
    assert otto.doing.traced.part == slow_total(slow, "traced")
    assert sum(row.doing.proposed for row in found.versions) == otto.doing.proposed
    by_tool = {row.tool: row.doing.asked.part for row in found.tools}
    assert by_tool == {
        tool: sum(n for (counted, of, _), n in slow.cells.items() if (counted, of) == ("asked", tool))
        for tool in by_tool
    }


def test_who_has_stopped_listening(stage: Stage) -> None:
    gone, here = stage.submit(), stage.submit()
    for view, until in ((gone, -1), (here, 1)):
        Listening.everywhere.create(
            action_id=view.id, workspace_id=stage.id, heard_at=stage.at, until=stage.at + timedelta(minutes=until)
        )
    rollups.count_all(at=stage.at)
    found = agents.agents(stage.id, week_of(stage), stage.at)
    assert [(row.name, row.doing.gone) for row in found.agents] == [("otto", 1)]
    assert Agent.everywhere.filter(workspace_id=stage.id).count() >= 1


def opened(stage: Stage, at: datetime, kind: str, severity: str = "high") -> str:
    made = incident_verbs.open_incident(
        actor=OPERATOR, at=at, workspace_id=stage.id, title=kind, severity=severity, action_ids=[stage.submit().id]
    )
    Incident.everywhere.filter(pk=made.id).update(kind=kind)
    return made.id


def test_incidents(stage: Stage) -> None:
    hour = timedelta(hours=1)
    times = [1, 2, 10]
    for n in times:
        incident_id = opened(stage, stage.at - 20 * hour, "violation")
        incident_verbs.note(
            actor=OPERATOR,
            at=stage.at - 20 * hour + timedelta(minutes=n),
            workspace_id=stage.id,
            incident_id=incident_id,
            text="Looked at",
        )
    opened(stage, stage.at, "drift", "critical")
    opened(stage, stage.at, "hand", "low")
    found = incidents.board(stage.id, week_of(stage))
    rows = {row.kind: (row.by_severity, row.n) for row in found.open_kinds}
    assert rows["violation"] == ((0, 3, 0, 0), 3)
    assert rows["drift"] == ((1, 0, 0, 0), 1)
    assert (found.answered.n, found.answered.waiting) == (3, 1)
    assert (found.answered.p50, found.answered.p95) == (timedelta(minutes=2), timedelta(minutes=10))
    assert sum(row.opened for row in found.points) == 5
    assert not found.is_capped


def test_windows_are_whole_and_never_too_long() -> None:
    at = datetime.fromisoformat("2026-11-20T21:17:03+00:00")
    day, week = windows.named("24h", at), windows.named("7d", at)
    assert (len(day.points), day.points[-1].hour, day.span) == (24, 21, "hour")
    assert (len(week.points), week.until.isoformat()) == (7, "2026-11-21T00:00:00+00:00")
    long = windows.chosen(at - timedelta(days=2000), at)
    assert len(long.points) == windows.DAYS_MAX
    swapped = windows.chosen(at, at - timedelta(days=1))
    assert (swapped.span, len(swapped.points)) == ("hour", 48)


def test_the_command_counts_and_rebuilds(stage: Stage) -> None:
    stage.submit()
    told = StringIO()
    call_command("rollup", "catch-up", stdout=told)
    RollupCell.everywhere.update(proposed=7)
    call_command("rollup", "rebuild", workspace="demo", stdout=told)
    assert told.getvalue().splitlines() == ["1 hours counted", "1 hours counted"]
    assert list(RollupCell.everywhere.values_list("proposed", flat=True)) == [1, 1]
    with pytest.raises(CommandError, match="There is no workspace nowhere"):
        call_command("rollup", "rebuild", workspace="nowhere")
    assert Decision.everywhere.count() == 0
