"""Incidents as pages read them: the list, one with its story, and the actions that belong to it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import models

from approvals import answers
from approvals.answers import ActionView
from approvals.errors import NotFound
from approvals.models import Incident, IncidentAction, IncidentEntry
from tenancy import ids, sql

PAGE = 50
ENTRIES_MAX = 500
ACTIONS_MAX = 100


class IncidentKind(models.TextChoices):
    """What an incident was opened for."""

    MANIPULATED = "manipulated", "Looks manipulated"
    DRIFT = "drift", "Ran otherwise than approved"
    VIOLATION = "violation", "Tried what it may not"
    MISSING_RESULT = "missing_result", "No result came"
    HAND = "hand", "Opened by hand"


class Severity(models.TextChoices):
    LOW = "low", "Low"
    MEDIUM = "medium", "Medium"
    HIGH = "high", "High"
    CRITICAL = "critical", "Critical"


class Step(models.TextChoices):
    """What the playbook offers with one click each."""

    DENY_WRITES = "deny_writes", "Deny the agent's writes"
    FORCE_APPROVALS = "force_approvals", "Ask people about everything it does"
    REVOKE_GRANTS = "revoke_grants", "Revoke what is approved and has not run"
    BLOCK_VERSION = "block_version", "Block the agent's version"


@dataclass(frozen=True, slots=True)
class IncidentView:
    """`agent_name` is "" where the incident is about no single agent; `kind` and `severity` are words of the above."""

    id: str
    kind: str
    title: str
    severity: str
    owner_id: str
    owner_name: str
    agent_id: str
    agent_name: str
    opened_at: datetime
    opened_by: str
    closed_at: datetime | None
    closed_by: str

    @property
    def is_open(self) -> bool:
        return self.closed_at is None

    @property
    def kind_told(self) -> str:
        return str(IncidentKind(self.kind).label)


@dataclass(frozen=True, slots=True)
class EntryView:
    """One line of the story. `data` is what a machine reads: ids, and what was changed."""

    kind: str
    at: datetime
    by: str
    text: str
    data: dict[str, Any]


def incidents(
    workspace_id: str,
    *,
    closed: bool | None = None,
    since: datetime | None = None,
    before: datetime | None = None,
    kind: str = "",
    severity: str = "",
    after: str = "",
    limit: int = PAGE,
) -> list[IncidentView]:
    """The newest first; with `closed`, `kind` or `severity` only those. Opened from `since` (inclusive) to `before`
    (exclusive); `after` is the last id of the page before.
    """
    rows = Incident.everywhere.filter(workspace_id=workspace_id)
    if closed is not None:
        rows = rows.filter(closed_at__isnull=not closed)
    rows = rows.filter(kind=kind) if kind else rows
    rows = rows.filter(severity=severity) if severity else rows
    rows = rows.filter(id__gte=ids.floor("inc", since)) if since else rows
    rows = rows.filter(id__lt=ids.floor("inc", before)) if before else rows
    rows = rows.filter(id__lt=after) if ids.is_id(after, "inc") else rows
    return [incident_of(row) for row in rows.order_by("-id")[:limit]]


def incidents_of(view: ActionView) -> list[IncidentView]:
    """Those that an action belongs to, the newest first."""
    rows = Incident.everywhere.filter(workspace_id=view.workspace_id, actions__action_id=view.id)
    return [incident_of(row) for row in rows.order_by("-id")[:PAGE]]


def find_incident(workspace_id: str, incident_id: str) -> IncidentView:
    """Raises NotFound."""
    known = ids.is_id(incident_id, "inc")
    row = Incident.everywhere.filter(workspace_id=workspace_id, id=incident_id).first() if known else None
    if row is None:
        raise NotFound(f"There is no incident {incident_id[:60]} here. Check the id.")
    return incident_of(row)


def entries(workspace_id: str, incident_id: str) -> list[EntryView]:
    """The story, oldest first; the newest ENTRIES_MAX."""
    rows = IncidentEntry.everywhere.filter(workspace_id=workspace_id, incident_id=incident_id)
    # Ids of one moment have no order among themselves.
    newest = sorted(rows.order_by("-id")[:ENTRIES_MAX], key=lambda row: (row.at, row.kind != "opened", row.id))
    return [EntryView(row.kind, row.at, row.by, row.text, row.data) for row in newest]


def actions_of(workspace_id: str, incident_id: str, *, limit: int = ACTIONS_MAX) -> list[ActionView]:
    """The actions that belong to it with what their agents claimed, the newest first."""
    joined = IncidentAction.everywhere.filter(workspace_id=workspace_id, incident_id=incident_id)
    return _views(workspace_id, list(joined.order_by("-action_id").values_list("action_id", flat=True)[:limit]))


def _views(workspace_id: str, action_ids: Sequence[str]) -> list[ActionView]:
    if not action_ids:
        return []
    marks = ", ".join(["%s"] * len(action_ids))
    where = f" where a.workspace_id = %s and a.id in ({marks}) order by a.id desc"
    rows = sql.many(answers.select(with_envelope=True) + where, [workspace_id, *action_ids])
    return [answers.view(row) for row in rows]


def incident_tree(found: IncidentView) -> dict[str, Any]:
    """As the API and an export tell it."""
    return {
        "id": found.id,
        "kind": found.kind,
        "title": found.title,
        "severity": found.severity,
        "state": "open" if found.is_open else "closed",
        "owner": {"id": found.owner_id, "name": found.owner_name} if found.owner_id else None,
        "agent": {"id": found.agent_id, "name": found.agent_name} if found.agent_id else None,
        "opened_at": found.opened_at,
        "opened_by": found.opened_by,
        "closed_at": found.closed_at,
        "closed_by": found.closed_by or None,
    }


def incident_of(row: Incident) -> IncidentView:
    return IncidentView(
        id=row.id,
        kind=row.kind,
        title=row.title,
        severity=row.severity,
        owner_id=row.owner_id or "",
        owner_name=row.owner_name,
        agent_id=row.agent_id,
        agent_name=row.agent_name,
        opened_at=row.opened_at,
        opened_by=row.opened_by,
        closed_at=row.closed_at,
        closed_by=row.closed_by,
    )
