"""What an export is narrowed to: read as strictly as any input, kept as JSON, shown in words."""

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from datetime import UTC, datetime
from typing import Any

from django.utils.dateparse import parse_datetime

from approvals.errors import BadRequest, Fault
from approvals.states import State
from audit.canonical import stamp
from audit.kinds import EventKind

LENGTHS = {"actor": 80, "agent": 100, "tool": 200, "kind": 60, "outcome": 20, "rule": 200}
KINDS = frozenset(EventKind) | {kind.subject for kind in EventKind}
WORDS = {
    "since": "from",
    "until": "before",
    "actor": "by",
    "agent": "agent",
    "tool": "tool",
    "kind": "kind",
    "outcome": "outcome",
    "rule": "rule",
}


@dataclass(frozen=True, slots=True)
class Filter:
    """Empty members let everything through. `until` is excluded; `kind` is an event's kind or its subject alone.

    `agent`, `tool` and `outcome` are those of the action that an event belongs to, `rule` the one that led its policy.
    """

    since: datetime | None = None
    until: datetime | None = None
    actor: str = ""
    agent: str = ""
    tool: str = ""
    kind: str = ""
    outcome: str = ""
    rule: str = ""

    @property
    def tree(self) -> dict[str, str]:
        """As JSON: what is not asked for is not there."""
        given = {field.name: getattr(self, field.name) for field in fields(self)}
        return {name: stamp(value) if isinstance(value, datetime) else value for name, value in given.items() if value}

    @property
    def told(self) -> str:
        """In words: "from 2026-11-01T00:00:00.000000Z, tool billing.refund"."""
        return ", ".join(f"{WORDS[name]} {value}" for name, value in self.tree.items()) or "everything"

    @property
    def is_narrow(self) -> bool:
        """Whether it asks for more than a time."""
        return any(getattr(self, name) for name in LENGTHS)


def read(given: Mapping[str, Any], place: str = "") -> Filter:
    """The filter of a JSON object or a form that stands at `place`. Raises BadRequest with the place of each fault."""
    known = f"Take one of: {', '.join(WORDS)}."
    faults = [Fault(f"/{name}", "unknown_field", known) for name in given if name not in WORDS]
    found: dict[str, Any] = {}
    for name in ("since", "until"):
        found[name] = _moment(given.get(name), name, faults)
    for name, most in LENGTHS.items():
        found[name] = _text(given.get(name), name, most, faults)
    if found["kind"] and found["kind"] not in KINDS:
        faults.append(Fault("/kind", "unknown_kind", "Take a kind of event such as action:decided, or action for all."))
    if found["outcome"] and found["outcome"] not in State.FINAL:
        faults.append(Fault("/outcome", "unknown_outcome", f"Take one of: {', '.join(State.FINAL)}."))
    if found["since"] and found["until"] and found["since"] >= found["until"]:
        faults.append(Fault("/until", "out_of_range", "Let it end after it begins."))
    if faults:
        placed = [replace(fault, pointer=place + fault.pointer) for fault in faults]
        raise BadRequest(placed[0].detail, faults=placed)
    return Filter(**found)


def within(wanted: Filter, since: datetime, until: datetime) -> Filter:
    """The same of one window."""
    return replace(wanted, since=since, until=until)


def _moment(value: Any, name: str, faults: list[Fault]) -> datetime | None:
    if value in (None, ""):
        return None
    if isinstance(value, str):
        try:
            at = parse_datetime(value)
        except ValueError:
            at = None
        # Ids hold times from 1970 on, and a year beyond these is a slip of the pen.
        if at is not None and at.tzinfo is not None and 1970 < at.year < 3000:
            return at.astimezone(UTC)
    faults.append(Fault(f"/{name}", "bad_time", "Give a time such as 2026-11-20T00:00:00Z."))
    return None


def _text(value: Any, name: str, most: int, faults: list[Fault]) -> str:
    if value is None:
        return ""
    if not isinstance(value, str) or len(value) > most or "\0" in value:
        faults.append(Fault(f"/{name}", "bad_text", f"Give text of at most {most} characters."))
        return ""
    return value.strip()
