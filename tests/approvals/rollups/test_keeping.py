"""How the numbers are kept up: whoever counts, whoever is killed, whatever comes late."""

from datetime import datetime, timedelta
from functools import partial

import pytest

from approvals.exercises import Kind
from approvals.models import RollupCell, RollupHour
from approvals.rollups import reading, tally
from approvals.services import rollups
from approvals.services.rollups import Counting
from tests.approvals.test_seeding import seeded, switched_on
from tests.cast import Stage
from tests.flows.at_once import press

MINUTE = timedelta(minutes=1)


def total(name: str = "proposed", span: str = "hour") -> int:
    return sum(RollupCell.everywhere.filter(span=span).values_list(name, flat=True))


def settle(counting: Counting, at: datetime) -> None:
    """Looks until nothing is left to do at once."""
    while counting.look(at=at):
        pass


def test_the_pulse_counts_what_came_and_then_rests(stage: Stage) -> None:
    counting = Counting()
    stage.submit()
    settle(counting, stage.at)
    assert (total(), counting.look(at=stage.at)) == (1, False)
    stage.submit()
    settle(counting, stage.at + timedelta(seconds=1))
    assert total() == 1
    settle(counting, stage.at + rollups.EVERY)
    assert (total(), total(span="day")) == (2, 2)


def test_an_hour_that_took_long_rests_longer(stage: Stage) -> None:
    stage.submit()
    settle(Counting(), stage.at)
    RollupHour.everywhere.update(took_ms=1000)
    stage.submit()
    settle(Counting(), stage.at + timedelta(seconds=19))
    assert total() == 1
    settle(Counting(), stage.at + timedelta(seconds=21))
    assert total() == 2


def test_a_count_that_breaks_off_is_begun_again_by_another(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "CHUNK", 2)
    for _ in range(5):
        stage.submit()
    first = Counting()
    assert first.look(at=stage.at)
    assert (total(), RollupHour.everywhere.get().counted) == (0, 0)
    settle(Counting(), stage.at)
    assert total() == 5
    settle(first, stage.at)
    assert total() == 5


def test_who_saw_more_has_the_last_word(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "CHUNK", 2)
    for _ in range(3):
        stage.submit()
    slow = Counting()
    slow.look(at=stage.at)
    stage.submit()
    settle(Counting(), stage.at)
    assert total() == 4
    settle(slow, stage.at)
    assert total() == 4


def test_a_fact_that_was_slow_to_commit_is_found_ten_minutes_later(stage: Stage) -> None:
    at = stage.at.replace(minute=2) - 60 * MINUTE
    stage.submit(at=at - 30 * MINUTE)
    stage.submit(at=at)
    rollups.count_all(at=at)
    stage.submit(at=at - 5 * MINUTE)
    rollups.count_all(at=at + MINUTE)
    assert total() == 2
    rollups.count_all(at=at + 6 * MINUTE)
    assert total() == 3


def test_a_clock_that_was_set_back_loses_nothing(stage: Stage) -> None:
    stage.submit(at=stage.at)
    rollups.count_all(at=stage.at)
    back = stage.at - 60 * MINUTE
    stage.submit(at=back)
    rollups.count_all(at=back)
    assert total() == 2


def test_each_hour_of_the_month_is_looked_at_again_after_a_day(stage: Stage) -> None:
    stage.submit()
    rollups.count_all(at=stage.at)
    RollupCell.everywhere.update(proposed=99)
    assert rollups.recount_old(at=stage.at + timedelta(hours=23)) == 0
    later = stage.at + timedelta(hours=25)
    assert rollups.recount_old(at=later) == 1
    rollups.count_all(at=later)
    assert total() == 1


def test_an_hour_that_cannot_be_counted_rests_and_keeps_no_other_waiting(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    stage.submit()
    stage.submit(at=stage.at - 120 * MINUTE)
    newest = max(RollupHour.everywhere.values_list("hour", flat=True), default=None)
    assert newest is None
    rollups.note_moves(at=stage.at)
    newest = RollupHour.everywhere.order_by("-hour")[0].hour
    chunk = reading.chunk

    def breaks(workspace_id: str, hour: datetime, after: str = "") -> reading.Chunk:
        if hour == newest:
            raise RuntimeError("out of order")
        return chunk(workspace_id, hour, after)

    monkeypatch.setattr(reading, "chunk", breaks)
    counting = Counting()
    with pytest.raises(RuntimeError, match="out of order"):
        counting.look(at=stage.at)
    settle(counting, stage.at)
    assert total() == 1


def test_names_that_an_agent_makes_up_fill_no_table(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tally, "KINDS_MAX", 3)
    for n in range(6):
        stage.submit(f"made.up{n}", {})
    rollups.count_all(at=stage.at)
    cells = dict(RollupCell.everywhere.filter(span="hour").values_list("tool", "proposed"))
    assert (cells.pop(tally.OTHERS), sorted(cells.values())) == (3, [1, 1, 1])


def test_test_actions_count_nowhere(stage: Stage) -> None:
    switched_on(stage)
    seeded(stage, Kind.AMOUNT)
    stage.submit()
    rollups.count_all(at=stage.at)
    # The one that is made before it, and this one.
    assert total() == 2


@pytest.mark.race
def test_two_pulses_at_once_count_each_action_once(open_stage: Stage) -> None:
    for round_ in range(5):
        at = open_stage.at + round_ * MINUTE
        for _ in range(4):
            open_stage.submit(at=at)
        told = press([partial(settle, Counting(), at), partial(settle, Counting(), at)])
        settle(Counting(), at + rollups.EVERY)
        assert told == [None, None]
        assert (total(), total(span="day")) == (4 * (round_ + 1), 4 * (round_ + 1))
