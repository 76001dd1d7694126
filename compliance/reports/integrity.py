"""The integrity statement: what the log holds of the period, and how far it can be checked from outside."""

from collections.abc import Iterator
from dataclasses import replace

from django.db.models import Count, Max, Min

from audit import keyring, trees
from audit.models import Checkpoint, PendingEvent
from compliance import entries
from compliance.reports.shape import Asked, Report, Row

COLUMNS = ("statement", "value")


def rows(asked: Asked) -> Iterator[Row]:
    asked.tick()
    found = entries.in_range(asked.workspace_id, replace(asked.wanted, until=asked.until))
    kinds = dict(found.values_list("kind").annotate(count=Count("id")).order_by("kind"))
    ends = found.aggregate(first=Min("id"), last=Max("id"))
    asked.tick()
    yield ("Events of the period", sum(kinds.values()))
    yield ("First event", ends["first"])
    yield ("Last event", ends["last"])
    yield from _log(asked.workspace_id)
    for kind, count in kinds.items():
        yield (f"Events of kind {kind}", count)


def _log(workspace_id: str) -> Iterator[Row]:
    yield ("Events not yet in the log", PendingEvent.objects.filter(workspace_id=workspace_id).count())
    log = trees.current(workspace_id)
    if log is None:
        yield ("Log", "none yet")
        return
    yield ("Log", log.origin)
    yield ("Generation of the log", log.generation)
    yield ("Entries of the log", trees.size(log.id))
    head = Checkpoint.objects.filter(log_id=log.id).order_by("-size").first()
    if head is not None:
        yield ("Newest signed checkpoint: entries", head.size)
        yield ("Newest signed checkpoint: root", bytes(head.root).hex())
        yield ("Newest signed checkpoint: signed at", head.signed_at)
    for vkey in keyring.active(log.id):
        yield ("Key that signs", vkey)


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
