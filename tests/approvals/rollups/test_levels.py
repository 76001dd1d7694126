"""What waits, by level and age: the same as counted action by action, whether now or by the pulse."""

import random
from collections import Counter
from datetime import datetime, timedelta

import pytest

from approvals.models import Action, Escalation, Listening, WaitingCount
from approvals.services import rollups
from approvals.services.boards import levels
from approvals.services.boards.levels import LevelRow
from tests.approvals.escalating import MINUTE, away, sweep, with_plan
from tests.approvals.rollups.days import live_through
from tests.cast import Stage, use_policy

SECOND = timedelta(seconds=1)


def counted_slowly(workspace_id: str, at: datetime, group: str = "") -> tuple[LevelRow, ...]:
    """Action by action, from the rows themselves."""
    found: dict[int, list[Action]] = {}
    for action in Action.everywhere.filter(workspace_id=workspace_id, state="pending"):
        told = Escalation.everywhere.filter(action_id=action.id, outcome="told").values_list("level", flat=True)
        level = max((0 if level is None else level + 1 for level in told), default=-1)
        if not group or group in {need["group"] for need in action.terms["needs"]}:
            found.setdefault(level, []).append(action)
    return tuple(_row(level, found[level], at) for level in sorted(found))


def _row(level: int, actions: list[Action], at: datetime) -> LevelRow:
    ages = Counter(sum(at - action.created_at >= age for age in levels.AGES) for action in actions)
    return LevelRow(
        level=level,
        ages=tuple(ages[n] for n in range(4)),
        late=sum(action.target_at < at for action in actions),
        waiting=len(actions),
        oldest_id=min(action.id for action in actions),
    )


def crowd(stage: Stage, chance: random.Random) -> None:
    """Some days at the desk, and a rush within the last two hours whose plans have come to different levels."""
    live_through(stage, chance, 25)
    for _ in range(12):
        amount = chance.choice((80, 800))
        at = stage.at - timedelta(minutes=chance.choice((1, 9, 14, 40, 100)), seconds=chance.randrange(60))
        stage.submit(args={"customer_id": "cus_1", "amount_usd": amount}, at=at)
        if chance.random() < 0.6:
            sweep(min(stage.at, at + timedelta(minutes=chance.choice((0, 11, 31)))))


@pytest.mark.parametrize("seed", range(3))
def test_it_equals_the_slow_count_at_any_moment(stage: Stage, monkeypatch: pytest.MonkeyPatch, seed: int) -> None:
    chance = random.Random(seed)
    crowd(stage, chance)
    for at in (stage.at, stage.at + timedelta(minutes=chance.randrange(200), seconds=7)):
        slow = counted_slowly(stage.id, at)
        assert levels.waiting(stage.id, at).levels == slow
        assert len(slow) > 1
    for group in ("reviewers", "finance"):
        assert levels.waiting(stage.id, stage.at, group).levels == counted_slowly(stage.id, stage.at, group)
    rollups.count_all(at=stage.at)
    assert levels.waiting(stage.id, stage.at).levels == counted_slowly(stage.id, stage.at)
    monkeypatch.setattr(levels, "LIVE_MAX", 2)
    levels.keep(at=stage.at)
    kept = levels.waiting(stage.id, stage.at + SECOND)
    assert (kept.levels, kept.counted_at) == (counted_slowly(stage.id, stage.at), stage.at)


def test_to_whom_it_was_told_for_nothing_counts_as_nobody(stage: Stage) -> None:
    use_policy(stage, with_plan())
    away(stage, "ada")
    away(stage, "ben")
    stage.submit()
    sweep(stage.at)
    assert [(row.level, row.waiting) for row in levels.waiting(stage.id, stage.at).levels] == [(-1, 1)]


def test_what_has_ended_is_let_go_and_changes_no_number(stage: Stage) -> None:
    use_policy(stage, with_plan())
    decided, waits = stage.submit(), stage.submit()
    sweep(stage.at)
    for view in (decided, waits):
        Listening.everywhere.create(
            action_id=view.id, workspace_id=stage.id, heard_at=stage.at, until=stage.at - MINUTE
        )
    stage.review("ada", decided)
    before = (levels.waiting(stage.id, stage.at), levels.gone(stage.id, stage.at))
    assert Escalation.everywhere.filter(waits=True).count() == 2
    rollups.count_all(at=stage.at)
    assert (levels.waiting(stage.id, stage.at), levels.gone(stage.id, stage.at)) == before
    assert set(Escalation.everywhere.filter(waits=True).values_list("action_id", flat=True)) == {waits.id}
    assert set(Listening.everywhere.values_list("action_id", flat=True)) == {waits.id}
    assert sum(before[1].values()) == 1


def test_a_crowd_is_counted_by_the_pulse_and_says_when(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(levels, "LIVE_MAX", 2)
    first = stage.submit()
    stage.submit()
    assert levels.keep(at=stage.at) == 0
    stage.submit()
    # Before the pulse has come by, it is counted for the page.
    assert levels.waiting(stage.id, stage.at).counted_at == stage.at
    assert levels.keep(at=stage.at) == 1
    stage.submit()
    assert [row.waiting for row in levels.waiting(stage.id, stage.at + SECOND).levels] == [3]
    assert levels.keep(at=stage.at + SECOND) == 0
    assert levels.keep(at=stage.at + levels.EVERY) == 1
    assert [row.waiting for row in levels.waiting(stage.id, stage.at + 6 * SECOND).levels] == [4]
    WaitingCount.everywhere.update(took_ms=1000)
    assert levels.keep(at=stage.at + 3 * levels.EVERY) == 0
    # A clock that was set back.
    assert levels.keep(at=stage.at - MINUTE) == 1
    stage.review("ada", first)
    monkeypatch.setattr(levels, "LIVE_MAX", 3)
    assert [row.waiting for row in levels.waiting(stage.id, stage.at + 7 * SECOND).levels] == [3]
    assert levels.keep(at=stage.at + 7 * SECOND) == 0
    assert WaitingCount.everywhere.count() == 0


def test_a_crowd_of_a_group_is_counted_in_part_and_says_so(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(levels, "LIVE_MAX", 2)
    for _ in range(3):
        stage.submit()
    found = levels.waiting(stage.id, stage.at, "reviewers")
    assert (sum(row.waiting for row in found.levels), found.is_part) == (2, True)
    assert levels.waiting(stage.id, stage.at, "finance").levels == ()


def test_the_pulse_of_one_workspace_keeps_nothing_of_another(
    stage: Stage, other: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(levels, "LIVE_MAX", 0)
    stage.submit()
    assert levels.keep(at=stage.at) == 1
    assert levels.waiting(other.id, stage.at).levels == ()
    assert list(WaitingCount.everywhere.values_list("workspace_id", flat=True)) == [stage.id]
