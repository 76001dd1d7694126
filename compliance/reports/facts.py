"""Reports that are the log itself, narrowed to some kinds of events."""

from collections.abc import Iterator
from dataclasses import replace

import orjson

from accounts import queries as accounts_queries
from compliance import entries
from compliance.reports.shape import ALWAYS, Asked, Report, Row

COLUMNS = ("occurred_at", "kind", "actor", "name", "door", "about", "data", "event")
_EVIDENCE = ("evidence", "export", "schedule")
_ERASURES = ("erasure", "hold", "retention")


def of(subjects: tuple[str, ...], asked: Asked) -> Iterator[Row]:
    """The events of these subjects, oldest first within each."""
    people = dict(accounts_queries.ever_members(asked.workspace_id))
    for subject in subjects:
        wanted = replace(asked.wanted, kind=subject, until=asked.until)
        for _, found in entries.chunks(asked.workspace_id, wanted):
            asked.tick()
            for entry in found:
                said = entry.tree
                actor, about = said["actor"], said["subject"]
                yield (
                    said["occurred_at"],
                    said["kind"],
                    actor["id"],
                    people.get(actor["id"], actor["kind"]),
                    actor["door"],
                    f"{about['type']} {about['id']}",
                    orjson.dumps(said["data"]).decode(),
                    entry.id,
                )


def evidence(asked: Asked) -> Iterator[Row]:
    return of(_EVIDENCE, asked)


def erasures(asked: Asked) -> Iterator[Row]:
    return of(_ERASURES, asked)


EVIDENCE = Report(
    name="evidence",
    title="Access to evidence",
    about="Who read evidence, and who made, fetched or scheduled an export: reading leaves an event as deciding does.",
    columns=COLUMNS,
    rows=evidence,
    takes=ALWAYS | {"actor"},
    tally="kind",
    wide=frozenset({"data"}),
)
ERASURES = Report(
    name="erasures",
    title="Erasures and holds",
    about="What was erased on request or by retention, and what a legal hold kept. The events themselves always stay.",
    columns=COLUMNS,
    rows=erasures,
    takes=ALWAYS | {"actor"},
    tally="kind",
    wide=frozenset({"data"}),
)
