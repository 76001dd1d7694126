"""The agent's account of a dry run, laid out for reading. It is the agent's material: nobody checked it. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import orjson

from approvals import patch
from approvals.marks import Segment, segments

WHERE = ("path", "field", "name")
BEFORE = ("before", "old", "from")
AFTER = ("after", "new", "to", "value")
KNOWN = {*WHERE, *BEFORE, *AFTER, "op"}


@dataclass(frozen=True, slots=True)
class Place:
    """One line of the difference. A side is None where the agent gave none; `whole` stands for all where the entry
    is of no shape that we know.
    """

    where: tuple[Segment, ...]
    before: tuple[Segment, ...] | None
    after: tuple[Segment, ...] | None
    whole: tuple[Segment, ...] | None = None


@dataclass(frozen=True, slots=True)
class DryRun:
    """`places` are those that differ; `same` names the others, which the agent gave with two equal sides."""

    text: tuple[Segment, ...]
    places: tuple[Place, ...]
    same: tuple[tuple[Segment, ...], ...] = ()


def drawn(tree: Mapping[str, Any]) -> DryRun:
    """`tree` is the envelope's `dry_run`: `{"text", "diff"}`, either may be missing."""
    places: list[Place] = []
    same: list[tuple[Segment, ...]] = []
    for entry in tree.get("diff") or ():
        found = _places(entry)
        places += found
        if not found:
            same.append(_place(entry).where)
    return DryRun(segments(tree.get("text") or ""), tuple(places), tuple(same))


def _places(entry: Any) -> list[Place]:
    """None where both sides are equal; of two objects or lists only what differs within them."""
    place = _place(entry)
    if place.before is None or place.after is None:
        return [place]
    before, after = (entry[next(key for key in names if key in entry)] for names in (BEFORE, AFTER))
    return [
        Place(
            (*place.where, *segments(step["path"])),
            None if step["op"] == "add" else _json(patch.at(before, step["path"])),
            None if step["op"] == "remove" else _json(step["value"]),
        )
        for step in patch.between(before, after)
    ]


def _place(entry: Any) -> Place:
    if not isinstance(entry, dict) or not set(entry) <= KNOWN or not any(isinstance(entry.get(k), str) for k in WHERE):
        return Place((), None, None, _json(entry))
    sides = [[key for key in names if key in entry] for names in (WHERE, BEFORE, AFTER)]
    if any(len(side) > 1 for side in sides):
        return Place((), None, None, _json(entry))
    where, before, after = (side[0] if side else None for side in sides)
    op = f"{entry['op']} " if isinstance(entry.get("op"), str) else ""
    return Place(
        segments(op + entry[where or "path"]),
        _json(entry[before]) if before else None,
        _json(entry[after]) if after else None,
    )


def _json(value: Any) -> tuple[Segment, ...]:
    """Strings in quotes, so that "5" and 5 look different."""
    return segments(orjson.dumps(value).decode())
