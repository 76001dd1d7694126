"""A sample that was drawn, read from its event."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from approvals.errors import NotFound
from audit import queries as audit
from audit.kinds import EventKind
from tenancy import ids, sql

_PICKED = """select a.id, a.tool, a.state, a.created_at, a.effect_sentence from approvals_action a
 where a.workspace_id = %s and a.id in ({ids})"""


@dataclass(frozen=True, slots=True)
class Picked:
    """`effect` is "" where the policy says nothing of the tool, or it was erased."""

    id: str
    tool: str
    state: str
    created_at: datetime | None
    effect: str


@dataclass(frozen=True, slots=True)
class SampleView:
    """`asked` is what made the population, as (name, text). `seed` is "" if it does not fit the event."""

    event_id: str
    drawn_at: str
    asked: tuple[tuple[str, str], ...]
    count: int
    sha256: str
    seed: str
    picked: tuple[Picked, ...]


def find(workspace_id: str, event_id: str) -> SampleView:
    """In three reads. Raises NotFound."""
    found = audit.opened(workspace_id, event_id) if ids.is_id(event_id, "evt") else None
    if found is None or found.body["kind"] != EventKind.SAMPLE_DRAWN:
        raise NotFound(f"There is no sample {event_id[:60]} here.")
    data: dict[str, Any] = found.body["data"]
    seed = found.disclosed.get("seed")
    asked = tuple(
        (name, str(data[name])) for name in ("since", "before", "tool", "agent", "state", "source") if data[name]
    )
    return SampleView(
        event_id=found.id,
        drawn_at=found.body["occurred_at"],
        asked=asked,
        count=data["count"],
        sha256=data["sha256"],
        seed=seed.value if seed and seed.fits else "",
        picked=_picked(workspace_id, data["picked"]),
    )


def _picked(workspace_id: str, picked: list[str]) -> tuple[Picked, ...]:
    statement = _PICKED.replace("{ids}", ", ".join(["%s"] * len(picked)))
    rows = {row["id"]: row for row in sql.many(statement, [workspace_id, *picked])}
    return tuple(
        Picked(one, row["tool"], row["state"], sql.moment(row["created_at"]), row["effect_sentence"])
        for one in picked
        if (row := rows.get(one))
    )
