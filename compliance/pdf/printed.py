"""What of a report goes to paper: the first rows, how many there are, and how often each finding."""

from collections import Counter
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

from compliance.csv import Cell, text
from compliance.reports import Asked, Report
from compliance.reports.shape import Row

# Nobody reads more on paper, and a page is held in memory until it is set; the CSV has them all.
ROWS_MAX = 1000
TEXT_MAX = 300
UNUSUAL_MAX = 500
TALLIES_MAX = 30


@dataclass(slots=True)
class Printed:
    """`unusual` rows come first where a report finds something; `total` counts all rows, printed or not."""

    report: Report
    columns: tuple[str, ...]
    rows: list[list[str]] = field(default_factory=list)
    total: int = 0
    tally: Counter[str] = field(default_factory=Counter)

    @property
    def findings(self) -> list[tuple[str, int]]:
        return self.tally.most_common(TALLIES_MAX)


class Collector:
    """Looks at every row and keeps at most ROWS_MAX of them."""

    def __init__(self, report: Report) -> None:
        self._printed = Printed(report, report.paper or report.columns)
        self._places = [report.columns.index(name) for name in self._printed.columns]
        self._tallied = report.columns.index(report.tally) if report.tally else None
        self._unusual: list[list[str]] = []

    def see(self, row: Row) -> None:
        report, printed = self._printed.report, self._printed
        printed.total += 1
        finding = None if self._tallied is None else text(row[self._tallied])
        if finding is not None:
            printed.tally[finding] += 1
        is_unusual = bool(report.usual) and finding != report.usual
        kept, most = (self._unusual, UNUSUAL_MAX) if is_unusual else (printed.rows, ROWS_MAX)
        if len(kept) < most:
            kept.append([on_paper(row[place]) for place in self._places])

    @property
    def printed(self) -> Printed:
        """What was kept, the unusual first."""
        return replace(self._printed, rows=[*self._unusual, *self._printed.rows][:ROWS_MAX])


def collect(report: Report, asked: Asked) -> Printed:
    collector = Collector(report)
    for row in report.rows(asked):
        collector.see(row)
    return collector.printed


def on_paper(cell: Cell) -> str:
    """As in the CSV, but times to the second and long text cut, saying by how much."""
    if isinstance(cell, datetime):
        return f"{cell.astimezone(UTC):%Y-%m-%d %H:%M:%S}"
    said = text(cell)
    return said if len(said) <= TEXT_MAX else f"{said[:TEXT_MAX]} … ({len(said) - TEXT_MAX} characters more)"
