"""What happened to actions, read from the audit log: their stories, and what was shown when one was decided."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import orjson

from approvals.answers import ActionView
from audit import keys
from audit import queries as audit
from audit.kinds import EventKind
from audit.models import Disclosure, Event

# What people and agents wrote or reported: short. Arguments, claims and what was shown are read one at a time.
SAID = ("reviewer", "comment", "checks", "evidence", "text", "because", "report")


@dataclass(frozen=True, slots=True)
class EventView:
    """One fact of an action's story. `secrets` are the disclosures that were not erased, by name."""

    id: str
    action_id: str
    kind: str
    actor_kind: str
    actor_id: str
    door: str
    occurred_at: datetime
    revision: int | None
    data: dict[str, Any]
    secrets: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Shown:
    """What stood before whoever decided. `tree` is None unless the kept bytes are those that the event committed to,
    and the event is about this action; `is_erased` says that nothing was kept.
    """

    event_id: str
    tree: dict[str, Any] | None
    is_erased: bool
    door: str
    decided_at: datetime


def history(view: ActionView) -> list[EventView]:
    """The action's story, oldest first."""
    return stories([view])


def stories(views: Sequence[ActionView]) -> list[EventView]:
    """Everything that happened to actions of one workspace, oldest first, in two reads."""
    if not views:
        return []
    ids = [view.id for view in views]
    found = Event.objects.filter(action_id__in=ids, workspace_id=views[0].workspace_id)
    # Who read of it afterwards is for auditors, on their own pages.
    events = list(found.exclude(kind=EventKind.EVIDENCE_READ).order_by("id"))
    # Ids of one moment have no order among themselves, and a policy opens and decides in one.
    events.sort(key=lambda event: (event.occurred_at, _stage(EventKind(event.kind))))
    people = {event.actor_id for event in events if event.actor_kind == "person"}
    keys.fetch([*ids, *(f"{views[0].workspace_id}/{user_id}" for user_id in people)])
    secrets: dict[str, dict[str, Any]] = {}
    for opened in Disclosure.objects.filter(event_id__in=[event.id for event in events], name__in=SAID):
        if opened.value:
            secrets.setdefault(opened.event_id, {})[opened.name] = orjson.loads(opened.value)
    return [_story(event, secrets.get(event.id, {})) for event in events]


def shown(view: ActionView) -> Shown | None:
    """What was shown when the action was decided, checked against its event; None where it is not decided."""
    made = view.decision
    event = audit.opened(view.workspace_id, made.event_id) if made else None
    if made is None or event is None:
        return None
    about = event.body["action"] == view.id and event.body["kind"] == EventKind.ACTION_DECIDED
    kept = event.disclosed.get("shown")
    fits = kept is not None and kept.fits and event.is_whole and about
    tree = kept.value if kept is not None and fits else None
    return Shown(event.id, tree, kept is None, made.door, made.decided_at)


def _stage(kind: EventKind) -> int:
    if kind is EventKind.ACTION_SUBMITTED:
        return 0
    if kind is EventKind.ACTION_DECIDED:
        return 3
    # A signature comes before the vote that it is for.
    return {"passkey": 1, "grant": 4, "execution": 5}.get(kind.subject, 2)


def _story(event: Event, secrets: dict[str, Any]) -> EventView:
    body = orjson.loads(bytes(event.body))
    return EventView(
        id=event.id,
        action_id=event.action_id,
        kind=event.kind,
        actor_kind=event.actor_kind,
        actor_id=event.actor_id,
        door=event.door,
        occurred_at=event.occurred_at,
        revision=body["revision"],
        data=body["data"],
        secrets=secrets,
    )
