"""The numbers that are kept equal those that are counted action by action."""

import random
from collections import Counter
from datetime import datetime, timedelta
from decimal import Decimal

import pytest
from django.db.models import Sum

from approvals.models import RollupCell, RollupHour, RollupPart
from approvals.rollups.buckets import bucket
from approvals.rollups.tally import NAMES
from approvals.services import rollups
from tests.approvals.rollups.days import Slow, counted_slowly, live_through
from tests.cast import Stage

ACTIONS = 60


def kept(workspace_id: str, span: str, since: datetime, until: datetime) -> Slow:
    """What the tables say about the same window; times as buckets."""
    window = {"workspace_id": workspace_id, "span": span, "at__gte": since, "at__lt": until}
    found = Slow()
    for cell in RollupCell.everywhere.filter(**window):
        names = [name for name in NAMES if name != "decide_ms"]
        found.cells.update({(name, cell.tool, cell.rule): getattr(cell, name) for name in names})
    found.cells = +found.cells
    parts = RollupPart.everywhere.filter(**window).values("name", "key").annotate(total=Sum("n"), money=Sum("amount"))
    for part in parts:
        if part["name"] == "reason":
            found.reasons[part["key"]] = part["total"]
        elif part["name"] == "reviewed":
            found.reviewed[part["key"]] = part["total"]
        elif part["name"] == "task":
            found.tasks[part["key"]] = part["total"]
        elif part["name"] == "cost":
            found.costs[part["key"]] = Decimal(part["money"])
        else:
            found.times += [float(part["key"])] * part["total"]
    return found


def same(one: Slow, other: Slow) -> None:
    """`one` from the tables, `other` counted slowly."""
    assert one.cells == other.cells
    assert one.reasons == other.reasons
    assert one.reviewed == other.reviewed
    assert one.tasks == other.tasks
    assert {currency: sum_.quantize(Decimal("0.001")) for currency, sum_ in one.costs.items()} == other.costs
    assert Counter(int(n) for n in one.times) == Counter(bucket(seconds) for seconds in other.times)


@pytest.mark.parametrize("seed", range(3))
def test_every_hour_and_every_day_equal_the_slow_count(stage: Stage, seed: int) -> None:
    live_through(stage, random.Random(seed), ACTIONS)
    rollups.count_all(at=stage.at)
    midnight = stage.at.replace(hour=0, minute=0, second=0, microsecond=0)
    for back in range(4):
        day = midnight - timedelta(days=back)
        same(
            kept(stage.id, "day", day, day + timedelta(days=1)), counted_slowly(stage.id, day, day + timedelta(days=1))
        )
    hour = stage.at.replace(minute=0, second=0, microsecond=0)
    for back in range(0, 72, 5):
        begins = hour - timedelta(hours=back)
        ends = begins + timedelta(hours=1)
        same(kept(stage.id, "hour", begins, ends), counted_slowly(stage.id, begins, ends))


def test_what_happens_later_is_counted_where_it_was_asked(stage: Stage) -> None:
    asked_at = stage.at - timedelta(hours=3)
    view = stage.submit(at=asked_at)
    rollups.count_all(at=stage.at)
    stage.review("ada", view)
    rollups.count_all(at=stage.at)
    cell = RollupCell.everywhere.get(span="hour")
    assert (cell.at, cell.asked, cell.approved) == (asked_at.replace(minute=0, second=0, microsecond=0), 1, 1)
    assert cell.late == 1


def test_rebuilding_changes_nothing(stage: Stage) -> None:
    live_through(stage, random.Random(7), 20)
    rollups.count_all(at=stage.at)
    columns = [field.name for field in RollupCell._meta.concrete_fields if field.name != "id"]
    before = sorted(map(repr, RollupCell.everywhere.values_list(*columns)))
    hours = rollups.rebuild(at=stage.at, workspace_id=stage.id)
    assert sorted(map(repr, RollupCell.everywhere.values_list(*columns))) == before
    assert hours == RollupHour.everywhere.count()


def test_another_workspace_is_counted_apart(stage: Stage, other: Stage) -> None:
    stage.submit()
    rollups.count_all(at=stage.at)
    assert set(RollupCell.everywhere.values_list("workspace_id", flat=True)) == {stage.id}
