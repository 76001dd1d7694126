"""Reads of the log: one event with what it discloses, each value held against the event's own commitment; and how far
behind the log is.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import orjson

from audit import keys
from audit import log_queries as log_queries
from audit.canonical import commitment
from audit.models import Anchor, Disclosure, Event, Log, Verdict
from audit.verdicts import Code


@dataclass(frozen=True, slots=True)
class Disclosed:
    """`fits`: salt, name and value are what the event committed to, at this place, the `n`-th."""

    value: Any
    fits: bool
    n: int


@dataclass(frozen=True, slots=True)
class Opened:
    """`body` is the signed truth; `is_whole` says that the columns beside it repeat it. Erased values are missing."""

    id: str
    body: dict[str, Any]
    is_whole: bool
    disclosed: dict[str, Disclosed]
    recorded_at: datetime

    @property
    def erased(self) -> int:
        """How many of the values that it committed to are gone."""
        return len(self.body["disclosures"]) - len(self.disclosed)


def opened(workspace_id: str, event_id: str) -> Opened | None:
    """One event of the workspace; None where there is none with this id."""
    event = Event.objects.filter(pk=event_id, workspace_id=workspace_id).first()
    if event is None:
        return None
    return _opened(event, list(Disclosure.objects.filter(event_id=event_id).order_by("n")))


def opened_of_action(workspace_id: str, action_id: str) -> list[Opened]:
    """Every event of one action with what it still discloses, oldest first, in two reads."""
    events = list(Event.objects.filter(action_id=action_id, workspace_id=workspace_id).order_by("id"))
    sides: dict[str, list[Disclosure]] = {}
    keys.fetch([action_id])
    for side in Disclosure.objects.filter(event_id__in=[event.id for event in events]).order_by("event_id", "n"):
        sides.setdefault(side.event_id, []).append(side)
    return [_opened(event, sides.get(event.id, [])) for event in events]


def _opened(event: Event, sides: Sequence[Disclosure]) -> Opened:
    body: dict[str, Any] = orjson.loads(bytes(event.body))
    repeated = (body["id"], body["kind"], body["log"], body["action"] or "")
    is_whole = repeated == (event.id, event.kind, event.workspace_id, event.action_id)
    found = {
        side.name: Disclosed(_value(bytes(side.value)), _fits(body["disclosures"], side), side.n) for side in sides
    }
    return Opened(event.id, body, is_whole, found, event.recorded_at)


def _fits(commitments: list[str], side: Disclosure) -> bool:
    made = commitment(bytes(side.salt), side.name, bytes(side.value))
    return side.n < len(commitments) and commitments[side.n] == made


def _value(kept: bytes) -> Any:
    try:
        return orjson.loads(kept)
    except orjson.JSONDecodeError:
        return None


@dataclass(frozen=True, slots=True)
class AnchorView:
    """Who outside holds which checkpoint: `refused` says that they hold another history than ours."""

    name: str
    size: int
    at: datetime | None
    refused: str


@dataclass(frozen=True, slots=True)
class Trust:
    """The newest verdict about the workspace's log, and its anchors. `code` is None before the first run.

    `whole_at`: when the whole log was last looked at, deeply.
    """

    code: int | None
    verdict: str
    at: datetime | None
    whole_at: datetime | None
    size: int
    first_bad: int | None
    faults: list[dict[str, Any]]
    anchors: list[AnchorView]

    @property
    def is_good(self) -> bool:
        return self.code is not None and self.code <= Code.UNWITNESSED and not any(a.refused for a in self.anchors)


def trust(workspace_id: str) -> Trust:
    """How far the workspace's log is to be trusted, for the tile and for pages: four questions, however large it is."""
    log_id = Log.objects.filter(workspace_id=workspace_id).order_by("-generation").values_list("id", flat=True).first()
    verdicts = Verdict.objects.filter(log_id=log_id or "").order_by("-id")
    newest = verdicts.first()
    whole_at = verdicts.filter(first=0, is_deep=True).values_list("at", flat=True).first()
    rows = Anchor.objects.filter(log_id=log_id or "").order_by("name").values_list("name", "size", "at", "refused")
    anchors = [AnchorView(*row) for row in rows]
    if newest is None:
        return Trust(None, "not verified yet", None, None, 0, None, [], anchors)
    told = (newest.code, Code(newest.code).words, newest.at, whole_at, newest.size, newest.first_bad, newest.faults)
    return Trust(*told, anchors)
