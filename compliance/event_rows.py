"""Events as the rows of a table."""

from typing import Any

import orjson

from compliance.csv import Cell
from compliance.entries import Entry

COLUMNS = (
    "id",
    "occurred_at",
    "recorded_at",
    "kind",
    "actor_kind",
    "actor_id",
    "door",
    "subject_type",
    "subject_id",
    "action",
    "revision",
    "agent",
    "tool",
    "outcome",
    "policy_version",
    "rule",
    "data",
)
WITH_VALUES = (*COLUMNS, "values", "erased", "broken")


def row(entry: Entry) -> list[Cell]:
    """The cells of COLUMNS, or of WITH_VALUES where values were asked for."""
    said: dict[str, Any] = entry.tree
    actor, subject, policy, about = said["actor"], said["subject"], said["policy"] or {}, entry.action
    cells: list[Cell] = [
        entry.id,
        said["occurred_at"],
        entry.recorded_at,
        said["kind"],
        actor["kind"],
        actor["id"],
        actor["door"],
        subject["type"],
        subject["id"],
        said["action"],
        said["revision"],
        about.agent if about else None,
        about.tool if about else None,
        about.outcome if about else None,
        policy.get("version"),
        policy.get("rule"),
        orjson.dumps(said["data"]).decode(),
    ]
    if entry.values is None:
        return cells
    values = {name: orjson.Fragment(value) for name, value in entry.values.items()}
    erased = ", ".join(map(str, entry.erased or ()))
    return [*cells, orjson.dumps(values).decode(), erased, ", ".join(entry.broken or ())]
