"""Writes one export into an open file, in bounded memory whatever its size."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import BinaryIO

from compliance import bundle, csv, entries, event_rows, evidence, formats, offers, pdf
from compliance.filters import Filter
from compliance.reports import REPORTS, Asked
from compliance.reports.shape import nothing
from outbox.jobs import JobFailed

# How far it is: done and total.
Step = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class Order:
    """What to make. `made_for` is whoever ordered it; `at` is the moment of the order and ends the window. `size`: a
    bundle goes no further than the checkpoint of so many entries; 0 is the newest.
    """

    workspace_id: str
    workspace_name: str
    what: str
    format: str
    wanted: Filter
    with_values: bool
    made_for: str
    at: datetime
    size: int = 0


def make(order: Order, out: BinaryIO, step: Step) -> int:
    """How many rows, events or pages were written. Runs inside the workspace's scope; `step` may raise."""
    if order.format == offers.BUNDLE:
        return _bundle(order, out, step)
    if order.format == offers.PDF:
        return _pdf(order, out, step)
    return _events(order, out, step) if order.what == offers.EVENTS else _report(order, out, step)


def _events(order: Order, out: BinaryIO, step: Step) -> int:
    wanted = replace(order.wanted, until=order.wanted.until or order.at)
    done, total = 0, entries.count(order.workspace_id, wanted)
    columns = event_rows.WITH_VALUES if order.with_values else event_rows.COLUMNS
    table = csv.Writer(out, columns) if order.format == offers.CSV else None
    written = 0
    for looked_at, matching in entries.chunks(order.workspace_id, wanted, with_values=order.with_values):
        for entry in matching:
            if table:
                table.write(event_rows.row(entry))
            else:
                out.write(formats.line(order.format, entry))
        written += len(matching)
        done += looked_at
        step(done, max(done, total))
    if table:
        table.close()
    return written


def _report(order: Order, out: BinaryIO, step: Step) -> int:
    report = REPORTS[order.what]
    table = csv.Writer(out, report.columns)
    # How many rows there will be is known at the end alone.
    for row in report.rows(_asked(order, lambda: step(0, 1))):
        table.write(row)
    table.close()
    step(1, 1)
    return table.count


def _pdf(order: Order, out: BinaryIO, step: Step) -> int:
    wanted = list(REPORTS.values()) if order.what == offers.ALL else [REPORTS[order.what]]
    printed = []
    for n, report in enumerate(wanted):
        step(n, len(wanted) + 1)
        printed.append(pdf.collect(report, _asked(order, _keeps(step, n, len(wanted) + 1))))
    pages = pdf.write(out, order.workspace_name, order.made_for, order.wanted, order.at, printed)
    step(len(wanted) + 1, len(wanted) + 1)
    return pages


def _bundle(order: Order, out: BinaryIO, step: Step) -> int:
    try:
        found = evidence.of(order.workspace_id, order.wanted, order.size)
        asked = _asked(order)
        wish = bundle.Order(asked, order.workspace_name, order.made_for, order.with_values, step)
        return bundle.write(out, found, wish)
    except (evidence.NothingSigned, evidence.Damaged, bundle.TooMany) as error:
        raise JobFailed(str(error)) from error


def _keeps(step: Step, done: int, total: int) -> Callable[[], None]:
    return lambda: step(done, total)


def _asked(order: Order, tick: Callable[[], None] = nothing) -> Asked:
    return Asked(order.workspace_id, order.wanted, order.at, tick)
