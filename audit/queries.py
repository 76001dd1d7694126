"""Reads of the log for pages: one event with what it discloses, each value held against the event's own commitment."""

from dataclasses import dataclass
from typing import Any

import orjson

from audit import log_queries as log_queries
from audit.canonical import commitment
from audit.models import Disclosure, Event


@dataclass(frozen=True, slots=True)
class Disclosed:
    """`fits`: salt, name and value are what the event committed to, at this place."""

    value: Any
    fits: bool


@dataclass(frozen=True, slots=True)
class Opened:
    """`body` is the signed truth; `is_whole` says that the columns beside it repeat it. Erased values are missing."""

    id: str
    body: dict[str, Any]
    is_whole: bool
    disclosed: dict[str, Disclosed]


def opened(workspace_id: str, event_id: str) -> Opened | None:
    """One event of the workspace; None where there is none with this id."""
    event = Event.objects.filter(pk=event_id, workspace_id=workspace_id).first()
    if event is None:
        return None
    body: dict[str, Any] = orjson.loads(bytes(event.body))
    repeated = (body["id"], body["kind"], body["log"], body["action"] or "")
    found = {
        side.name: Disclosed(_value(bytes(side.value)), _fits(body["disclosures"], side))
        for side in Disclosure.objects.filter(event_id=event_id)
    }
    return Opened(
        event.id, body, repeated == (event.id, event.kind, event.workspace_id, event.action_id), disclosed=found
    )


def _fits(commitments: list[str], side: Disclosure) -> bool:
    made = commitment(bytes(side.salt), side.name, bytes(side.value))
    return side.n < len(commitments) and commitments[side.n] == made


def _value(kept: bytes) -> Any:
    try:
        return orjson.loads(kept)
    except orjson.JSONDecodeError:
        return None
