"""Sums over the kept numbers, a window of one workspace at a time."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db.models import Max

from approvals.answers import moment as moment_of
from approvals.models import RollupHour
from approvals.rollups.buckets import quantile
from approvals.rollups.tally import DECIDE, REASON, REVIEWED
from approvals.services.boards.windows import Window
from tenancy import sql

_WITHIN = "workspace_id = %s and span = %s and at >= %s and at < %s"
# A group's handle between commas, wherever it stands in the list.
_GROUP = {"postgresql": "strpos(groups, %s) > 0", "sqlite": "instr(groups, %s) > 0"}

# SQLite sums decimals as floats; nobody states a cost in smaller parts.
_CENTS = Decimal("0.000001")

Counts = Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Rate:
    """`part` of `whole`; the share is None where there is nothing to share."""

    part: int
    whole: int

    @property
    def share(self) -> float | None:
        return self.part / self.whole if self.whole else None

    @property
    def is_thin(self) -> bool:
        """Too few to say much."""
        return self.whole < 20


@dataclass(frozen=True, slots=True)
class Times:
    """How long people took, in seconds: read from a histogram, so off by at most 4.5 % (rollups.buckets)."""

    n: int
    p50: float | None
    p95: float | None


def cells(workspace_id: str, window: Window, by: Sequence[str], names: Sequence[str]) -> list[dict[str, Any]]:
    """One row for each value of the columns `by`, with the sums of `names`; without `by` one row of zeros or sums."""
    summed = ", ".join(f"coalesce(sum({name}), 0) {name}" for name in names)
    where, values = _where(workspace_id, window)
    grouped = f" group by {', '.join(by)}" if by else ""
    statement = f"select {', '.join([*by, summed])} from approvals_rollupcell where {where}{grouped}"  # noqa: S608 (our own names)
    return [_row(row, names) for row in sql.many(statement, values)]


def total(workspace_id: str, window: Window, names: Sequence[str]) -> Counts:
    return cells(workspace_id, window, (), names)[0]


def parts(workspace_id: str, window: Window, name: str, by: Sequence[str]) -> list[dict[str, Any]]:
    """One row for each value of `by`, with `n` and `amount`. Tasks and costs bear no groups, so none narrows them."""
    where, values = _where(workspace_id, window, of_groups=name in {DECIDE, REASON, REVIEWED})
    columns = ", ".join(by)
    statement = (
        f"select {columns}, sum(n) n, sum(amount) amount from approvals_rolluppart"  # noqa: S608 (our own names)
        f" where {where} and name = %s group by {columns}"
    )
    rows = sql.many(statement, [*values, name])
    return [{**_row(row, ("n",)), "amount": Decimal(str(row["amount"])).quantize(_CENTS)} for row in rows]


def times(workspace_id: str, window: Window, by: str = "") -> dict[Any, Times]:
    """How long people took to decide, by a column ("at" or "tool"), or all together under ""."""
    histograms: dict[Any, dict[int, int]] = {}
    for row in parts(workspace_id, window, DECIDE, (by, "key") if by else ("key",)):
        histogram = histograms.setdefault(row.get(by, ""), {})
        histogram[int(row["key"])] = row["n"]
    return {
        key: Times(sum(histogram.values()), quantile(histogram, 0.5), quantile(histogram, 0.95))
        for key, histogram in histograms.items()
    }


def overridden(counts: Counts) -> Rate:
    """Of what people decided, the part that they rejected or changed in substance. Changes of looks are none."""
    return Rate(counts["material"] + counts["rejected"], decided(counts))


def decided(counts: Counts) -> int:
    """By people."""
    return counts["approved"] + counts["edited"] + counts["rejected"]


DECIDED = ("approved", "edited", "material", "rejected")


def counted_at(workspace_id: str) -> datetime | None:
    """When numbers of this workspace were last counted; None before."""
    rows = RollupHour.everywhere.filter(workspace_id=workspace_id)
    last: datetime | None = rows.aggregate(last=Max("counted_at"))["last"]
    return last


def _where(workspace_id: str, window: Window, *, of_groups: bool = True) -> tuple[str, list[Any]]:
    values: list[Any] = [workspace_id, window.span, window.since, window.until]
    if not window.group or not of_groups:
        return _WITHIN, values
    return f"{_WITHIN} and {_GROUP[sql.vendor()]}", [*values, f",{window.group},"]


def _row(row: dict[str, Any], names: Sequence[str]) -> dict[str, Any]:
    # PostgreSQL sums whole numbers as decimals.
    found = {**row, **{name: int(row[name]) for name in names}}
    if "at" in found:
        found["at"] = moment_of(found["at"])
    return found
