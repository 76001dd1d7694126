"""The events of a workspace in the order of their ids, narrowed by a filter, read in chunks of bounded size.

What an event says about its action's agent, tool and outcome is looked up by the chunk; the values behind its
commitments are read where they are asked for, and each is held against its commitment.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

import orjson
from django.db.models import Q, QuerySet

from accounts.models import Agent
from approvals.models import Action
from audit.canonical import commitment, stamp
from audit.models import Disclosure, Event
from compliance.filters import Filter
from tenancy import ids

CHUNK = 1000
FIRST = "evt_"


@dataclass(frozen=True, slots=True)
class Subject:
    """The action that an event belongs to."""

    tool: str
    agent: str
    outcome: str


@dataclass(frozen=True, slots=True)
class Place:
    """Number `index`, from 0, of the log."""

    log: str
    index: int


@dataclass(frozen=True, slots=True)
class Entry:
    """One event. `body` are its canonical bytes and `tree` what they say.

    `values` maps names to the canonical JSON that fits a commitment; `erased` are the places of commitments that
    nothing is kept for, `broken` the names of values that do not fit. All are None where values were not asked for.
    `place` is known where the log was read, and not the table.
    """

    id: str
    body: bytes
    recorded_at: datetime
    action: Subject | None
    tree: dict[str, Any] = field(default_factory=dict)
    values: dict[str, bytes] | None = None
    erased: tuple[int, ...] | None = None
    broken: tuple[str, ...] | None = None
    place: Place | None = None


def count(workspace_id: str, wanted: Filter) -> int:
    """How many events have to be looked at; walks the range, so it is for workers alone."""
    return in_range(workspace_id, wanted).count()


@dataclass(frozen=True, slots=True)
class Read:
    """One chunk: how many were looked at, the id of the last, and those that match. The last chunk may not be full."""

    looked_at: int
    last: str
    matching: list[Entry]

    @property
    def is_full(self) -> bool:
        return self.looked_at == CHUNK


def pages(workspace_id: str, wanted: Filter, *, after: str = "", with_values: bool = False) -> Iterator[Read]:
    """CHUNK at a time, beginning behind the id `after`."""
    after, agents = after or FIRST, named_agents(workspace_id)
    while True:
        found = in_range(workspace_id, wanted).filter(id__gt=after).order_by("id")
        rows = list(found.values_list("id", "body", "recorded_at", "action_id")[:CHUNK])
        if rows:
            after = rows[-1][0]
            yield Read(len(rows), after, matching(rows, wanted, agents, with_values=with_values))
        if len(rows) < CHUNK:
            return


def chunks(workspace_id: str, wanted: Filter, *, with_values: bool = False) -> Iterator[tuple[int, list[Entry]]]:
    """(how many were looked at, those that match) for each chunk."""
    for read in pages(workspace_id, wanted, with_values=with_values):
        yield read.looked_at, read.matching


def in_range(workspace_id: str, wanted: Filter) -> QuerySet[Event]:
    """The events that the columns let through; rule, agent, tool and outcome are not looked at yet."""
    found = Event.objects.filter(workspace_id=workspace_id)
    if wanted.since:
        found = found.filter(id__gte=ids.floor("evt", wanted.since), occurred_at__gte=wanted.since)
    if wanted.until:
        # The millisecond of the end may hold events before it.
        found = found.filter(occurred_at__lt=wanted.until)
    if wanted.actor:
        found = found.filter(actor_id=wanted.actor)
    if wanted.kind:
        found = found.filter(Q(kind=wanted.kind) | Q(kind__startswith=wanted.kind + ":"))
    if wanted.agent or wanted.tool or wanted.outcome:
        found = found.exclude(action_id="")
    return found


def matching(
    rows: Sequence[Any], wanted: Filter, agents: Mapping[str, str], *, with_values: bool = False
) -> list[Entry]:
    """Those of the rows (id, body, recorded_at, action id) that the filter lets through."""
    subjects = _subjects({action_id for *_, action_id in rows if action_id}, agents)
    entries = [
        Entry(event_id, bytes(body), recorded_at, subjects.get(action_id), orjson.loads(bytes(body)))
        for event_id, body, recorded_at, action_id in rows
    ]
    found = [entry for entry in entries if _fits(entry, wanted)]
    return opened(found) if with_values else found


def _subjects(action_ids: set[str], agents: Mapping[str, str]) -> dict[str, Subject]:
    rows = Action.objects.filter(pk__in=action_ids).values_list("id", "tool", "agent_id", "state")
    return {pk: Subject(tool, agents.get(agent_id, ""), state) for pk, tool, agent_id, state in rows}


def named_agents(workspace_id: str) -> dict[str, str]:
    return dict(Agent.everywhere.filter(workspace_id=workspace_id).values_list("id", "name"))


def _fits(entry: Entry, wanted: Filter) -> bool:
    """Asked of the bytes alone, but for what they do not say: tool, agent and outcome of the action."""
    said = entry.tree
    if wanted.since and said["occurred_at"] < stamp(wanted.since):
        return False
    if wanted.until and said["occurred_at"] >= stamp(wanted.until):
        return False
    if wanted.actor and said["actor"]["id"] != wanted.actor:
        return False
    if wanted.kind and wanted.kind not in {said["kind"], said["kind"].partition(":")[0]}:
        return False
    if wanted.rule and (entry.tree["policy"] or {}).get("rule") != wanted.rule:
        return False
    about = entry.action
    asked = ((wanted.tool, "tool"), (wanted.agent, "agent"), (wanted.outcome, "outcome"))
    return all(not want or (about is not None and getattr(about, name) == want) for want, name in asked)


def opened(entries: Sequence[Entry]) -> list[Entry]:
    """The same with the values that are still there."""
    kept: dict[str, list[Disclosure]] = {}
    for side in Disclosure.objects.filter(event_id__in=[entry.id for entry in entries]).order_by("event_id", "n"):
        kept.setdefault(side.event_id, []).append(side)
    return [_with_values(entry, kept.get(entry.id, [])) for entry in entries]


def _with_values(entry: Entry, sides: Sequence[Disclosure]) -> Entry:
    made: list[str] = entry.tree["disclosures"]
    values, broken = {}, []
    for side in sides:
        value = bytes(side.value)
        if side.n < len(made) and commitment(bytes(side.salt), side.name, value) == made[side.n]:
            values[side.name] = value
        else:
            broken.append(side.name)
    erased = tuple(sorted(set(range(len(made))) - {side.n for side in sides}))
    return replace(entry, values=values, erased=erased, broken=tuple(sorted(broken)))
