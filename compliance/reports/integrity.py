"""The integrity statement: what the log holds of the period, and how far it can be checked from outside."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace

from audit.models import PendingEvent
from compliance import entries
from compliance.reports.shape import Asked, Report, Row

COLUMNS = ("statement", "value")


def rows(asked: Asked) -> Iterator[Row]:
    wanted = replace(asked.wanted, until=asked.until)
    kinds: Counter[str] = Counter()
    first = last = ""
    for _, found in entries.chunks(asked.workspace_id, wanted):
        asked.tick()
        kinds.update(str(entry.tree["kind"]) for entry in found)
        if found:
            first, last = first or found[0].id, found[-1].id
    pending = PendingEvent.objects.filter(workspace_id=asked.workspace_id).count()
    yield ("Log", asked.workspace_id)
    yield ("Events of the period", sum(kinds.values()))
    yield ("First event", first)
    yield ("Last event", last)
    yield ("Events not yet in the signed log", pending)
    for kind, count in sorted(kinds.items()):
        yield (f"Events of kind {kind}", count)


REPORT = Report(
    name="integrity",
    title="Integrity statement",
    about=(
        "Counts come from the log itself. The evidence bundle proves them: it holds the signed checkpoints, the hash of"
        " every event between them, and a program that checks both without this server."
    ),
    columns=COLUMNS,
    rows=rows,
)
