"""One action as an auditor reads it, and one event: what is signed, what was disclosed, and what was erased since."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import orjson

from approvals.errors import NotFound
from approvals.marks import Segment, segments
from audit import queries as audit
from audit.kinds import EventKind
from audit.queries import Opened
from compliance.words import Basis
from tenancy import ids


@dataclass(frozen=True, slots=True)
class Value:
    """One disclosed value, laid out. `fits`: it is what the event committed to."""

    name: str
    text: tuple[Segment, ...]
    is_json: bool
    fits: bool


@dataclass(frozen=True, slots=True)
class Gone:
    """That values of an event were erased: their names, and on which legal basis."""

    names: tuple[str, ...]
    basis: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Entry:
    """`data` is what the event says in the open, as (name, text); `missing` counts values that are gone without an
    erasure that names them.
    """

    id: str
    kind: str
    occurred_at: str
    recorded_at: datetime
    actor_kind: str
    actor_id: str
    door: str
    rule: str
    policy_version: str
    revision: int | None
    is_whole: bool
    data: tuple[tuple[str, str], ...]
    values: tuple[Value, ...]
    gone: tuple[Gone, ...]
    missing: int


def of_action(workspace_id: str, action_id: str) -> list[Entry]:
    """Everything that the log holds of one action, in the order of time, in two reads."""
    opened = audit.opened_of_action(workspace_id, action_id) if ids.is_id(action_id, "act") else []
    gone = _gone(opened)
    return sorted((_entry(one, gone.get(one.id, [])) for one in opened), key=lambda entry: entry.occurred_at)


def of_event(workspace_id: str, event_id: str) -> tuple[Entry, str]:
    """One event with the id of its action ("" for none). Raises NotFound."""
    found = audit.opened(workspace_id, event_id) if ids.is_id(event_id, "evt") else None
    if found is None:
        raise NotFound(f"There is no event {event_id[:60]} in this log.")
    action_id: str = found.body["action"] or ""
    gone = _gone(audit.opened_of_action(workspace_id, action_id)) if action_id else {}
    return _entry(found, gone.get(found.id, [])), action_id


def _gone(opened: list[Opened]) -> dict[str, list[Gone]]:
    """By event, what the erasures among these say of it."""
    found: dict[str, list[Gone]] = {}
    for one in opened:
        if one.body["kind"] == EventKind.ERASURE_EXECUTED:
            basis = str(Basis(one.body["data"]["basis"]).label)
            for event_id, names in one.body["data"].get("disclosures", {}).items():
                found.setdefault(event_id, []).append(Gone(tuple(names), basis, one.recorded_at))
    return found


def _entry(one: Opened, gone: list[Gone]) -> Entry:
    body = one.body
    policy = body["policy"] or {}
    return Entry(
        id=one.id,
        kind=body["kind"],
        occurred_at=body["occurred_at"],
        recorded_at=one.recorded_at,
        actor_kind=body["actor"]["kind"],
        actor_id=body["actor"]["id"],
        door=body["actor"]["door"],
        rule=policy.get("rule") or "",
        policy_version=policy.get("version") or "",
        revision=body["revision"],
        is_whole=one.is_whole,
        data=tuple((name, _plain(value)) for name, value in body["data"].items() if value not in (None, [], {})),
        values=tuple(_value(name, held.value, held.fits) for name, held in one.disclosed.items()),
        gone=tuple(gone),
        missing=max(0, one.erased - sum(len(each.names) for each in gone)),
    )


def _value(name: str, value: Any, fits: bool) -> Value:
    is_json = isinstance(value, dict | list)
    return Value(name, segments(_plain(value)), is_json, fits)


def _plain(value: Any) -> str:
    if isinstance(value, str):
        return value
    return orjson.dumps(value, option=orjson.OPT_INDENT_2 if isinstance(value, dict | list) else 0).decode()
