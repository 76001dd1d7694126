"""Writes the numbers of one hour in the place of those before, and the day's sums after them."""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any, TypeVar

from approvals.models import RollupCell, RollupPart
from approvals.rollups.tally import NAMES, Kind, Part, Tally
from tenancy import sql

DAY = timedelta(days=1)
M = TypeVar("M", RollupCell, RollupPart)
_OF_CELL = ("agent_id", "version_id", "tool", "policy_id", "rule", "groups")
_OF_PART = ("agent_id", "version_id", "tool", "groups", "name", "key")


def replace_hour(workspace_id: str, hour: datetime, tally: Tally) -> None:
    """Needs an open transaction that holds the one lock of writers."""
    for model in (RollupCell, RollupPart):
        model.everywhere.filter(workspace_id=workspace_id, span="hour", at=hour).delete()
    given: dict[str, Any] = {"workspace_id": workspace_id, "span": "hour", "at": hour}
    RollupCell.everywhere.bulk_create([_cell(given, kind, counts) for kind, counts in tally.cells.items()])
    RollupPart.everywhere.bulk_create([_part(given, part, *counted) for part, counted in tally.parts.items()])
    day = hour.replace(hour=0)
    _sum_up(RollupCell, workspace_id, day, _OF_CELL, NAMES)
    _sum_up(RollupPart, workspace_id, day, _OF_PART, ("n", "amount"))


def _cell(given: dict[str, Any], kind: Kind, counts: Counter[str]) -> RollupCell:
    return RollupCell(**given, **kind._asdict(), **{name: counts[name] for name in NAMES})


def _part(given: dict[str, Any], part: Part, n: int, amount: Decimal) -> RollupPart:
    return RollupPart(**given, **part._asdict(), n=n, amount=amount)


def _sum_up(model: type[M], workspace_id: str, day: datetime, keys: Sequence[str], sums: Sequence[str]) -> None:
    """The day's rows from those of its hours, inside the database."""
    model.everywhere.filter(workspace_id=workspace_id, span="day", at=day).delete()
    table, same = model._meta.db_table, ", ".join(keys)
    added = ", ".join(f"sum({name})" for name in sums)
    statement = (
        f"insert into {table} (workspace_id, span, at, {same}, {', '.join(sums)})"  # noqa: S608 (our own names)
        f" select workspace_id, 'day', %s, {same}, {added} from {table}"
        f" where workspace_id = %s and span = 'hour' and at >= %s and at < %s group by workspace_id, {same}"
    )
    sql.each(statement, [[day, workspace_id, day, day + DAY]])
