"""What every report is: a title, columns, and rows that stream."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db.models import QuerySet

from compliance.csv import Cell
from compliance.filters import Filter
from tenancy import ids

CHUNK = 1000
Row = Sequence[Cell]
ALWAYS = frozenset({"since", "until"})


def nothing() -> None:
    """The tick of whoever waits without watching."""


@dataclass(frozen=True, slots=True)
class Asked:
    """For which workspace and window; `at` is the moment of the report. `tick` is called at least for every CHUNK rows.

    The code runs inside the workspace's scope.
    """

    workspace_id: str
    wanted: Filter
    at: datetime
    tick: Callable[[], None] = nothing

    @property
    def until(self) -> datetime:
        return self.wanted.until or self.at

    def starts(self, prefix: str) -> str:
        """The least id of the window, for ids that are stamped with the moment that the window is about."""
        return ids.floor(prefix, self.wanted.since) if self.wanted.since else prefix + "_"


@dataclass(frozen=True, slots=True)
class Report:
    """`takes` are the members of the filter that it can be narrowed by, `tally` the column whose values it counts.

    On paper are the columns `paper` (all where it is empty); `wide` ones hold prose and get more room, and rows whose
    tallied value is not the `usual` one come first.
    """

    name: str
    title: str
    about: str
    columns: tuple[str, ...]
    rows: Callable[[Asked], Iterator[Row]]
    takes: frozenset[str] = ALWAYS
    tally: str = ""
    usual: str = ""
    paper: tuple[str, ...] = ()
    wide: frozenset[str] = field(default_factory=frozenset)


def walk(rows: QuerySet[Any], asked: Asked, *names: str) -> Iterator[dict[str, Any]]:
    """The rows as mappings in the order of their keys, CHUNK at a time."""
    after = ""
    while True:
        chunk = list(rows.filter(pk__gt=after).order_by("pk").values("pk", *names)[:CHUNK])
        asked.tick()
        yield from chunk
        if len(chunk) < CHUNK:
            return
        after = chunk[-1]["pk"]


def seconds(since: datetime, until: datetime) -> int:
    return max(0, int((until - since).total_seconds()))


def nearest_rank(ordered: Sequence[int], share: float) -> int | None:
    """The smallest value that at least `share` (0 to 1) of the ordered values do not exceed; None of none."""
    return ordered[max(0, -int(-share * len(ordered) // 1) - 1)] if ordered else None
