"""A population of decided actions and a sample of it that anybody can draw again.

The population is the list of ids in ascending order; its SHA-256 is over those ids in ASCII, each followed by a line
feed. The sample are the ids with the least SHA-256 over "<seed>\\n<population's SHA-256>\\n<id>": whoever has the list
and the seed gets the same ones with `sha256sum`, and no order or clock takes part.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from heapq import nsmallest

from approvals.errors import Conflict
from tenancy import ids, sql

MOST = 200_000
SAMPLE_MOST = 100
CHUNK = 5_000


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which decided actions make the population. `since` is inclusive, `before` exclusive, both when it was asked."""

    since: datetime
    before: datetime
    tool: str = ""
    agent_id: str = ""
    state: str = ""
    source: str = ""


@dataclass(frozen=True, slots=True)
class Population:
    count: int
    sha256: str
    ids: tuple[str, ...]


def population(workspace_id: str, wanted: Wanted) -> Population:
    """Raises Conflict where it would be over MOST."""
    found: list[str] = []
    for chunk in _chunks(workspace_id, wanted):
        found += chunk
        if len(found) > MOST:
            raise Conflict(f"That are more than {MOST:,} actions. Take a shorter time.", code="too_many")
    return of(found)


def of(action_ids: Iterable[str]) -> Population:
    ordered = tuple(sorted(action_ids))
    return Population(len(ordered), sha256("".join(f"{one}\n" for one in ordered).encode()).hexdigest(), ordered)


def sample(found: Population, seed: str, size: int) -> list[str]:
    """At most `size` ids, in the order in which they were drawn."""
    head = f"{seed}\n{found.sha256}\n"
    return nsmallest(size, found.ids, key=lambda one: sha256((head + one).encode()).digest())


def _chunks(workspace_id: str, wanted: Wanted) -> Iterator[list[str]]:
    clauses = ["a.workspace_id = %s", "a.id >= %s", "a.id < %s", "a.state <> 'pending'"]
    values: list[object] = [workspace_id, ids.floor("act", wanted.since), ids.floor("act", wanted.before)]
    for clause, value in (
        ("a.tool = %s", wanted.tool),
        ("a.agent_id = %s", wanted.agent_id),
        ("a.state = %s", wanted.state),
        ("d.source = %s", wanted.source),
    ):
        if value:
            clauses.append(clause)
            values.append(value)
    # Test actions were never an agent's wish.
    where = " and ".join([*clauses, "a.terms -> 'seeded' is null", "a.id > %s"])
    statement = (
        "select a.id from approvals_action a join approvals_decision d on d.action_id = a.id"  # noqa: S608 (values are bound)
        f" where {where} order by a.id limit {CHUNK}"
    )
    after = ""
    while chunk := [row["id"] for row in sql.many(statement, [*values, after])]:
        yield chunk
        after = chunk[-1]
