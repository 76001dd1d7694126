"""What an auditor takes away of one incident; that it was taken is itself a fact."""

from datetime import datetime
from typing import Any

import orjson

from approvals import incidents, stops
from approvals.answers import ActionView
from approvals.models import StopSwitch
from audit import record
from audit.actor import Actor
from audit.kinds import EventKind
from tenancy import scope

FORMAT = "countersign-incident/1"


def export_incident(*, actor: Actor, at: datetime, workspace_id: str, incident_id: str) -> dict[str, Any]:
    """The incident with its story, its actions and what it stopped, as a JSON tree. Raises NotFound."""
    found = incidents.find_incident(workspace_id, incident_id)
    with scope.acting(workspace_id):
        pulled = [stops.stop_of(row) for row in StopSwitch.objects.filter(incident_id=incident_id).order_by("id")]
        record.record(
            kind=EventKind.EXPORT_MADE,
            workspace_id=workspace_id,
            actor=actor,
            at=at,
            subject=("incident", incident_id),
            data={"format": FORMAT},
        )
    return {
        "format": FORMAT,
        "exported_at": at,
        "exported_by": {"id": actor.id, "name": actor.label},
        "incident": incidents.incident_tree(found),
        "story": [
            {"kind": entry.kind, "at": entry.at, "by": entry.by, "text": entry.text, "data": entry.data}
            for entry in incidents.entries(workspace_id, incident_id)
        ],
        "actions": [_action(view) for view in incidents.actions_of(workspace_id, incident_id)],
        "stops": [
            {
                "id": stop.id,
                "told": stop.told,
                "pulled_at": stop.pulled_at,
                "pulled_by": stop.pulled_by,
                "released_at": stop.released_at,
                "released_by": stop.released_by or None,
            }
            for stop in pulled
        ],
    }


def _action(view: ActionView) -> dict[str, Any]:
    made, ran = view.decision, view.execution
    return {
        "id": view.id,
        "state": view.state,
        "agent": {"id": view.agent_id, "name": view.agent_name, "version": view.agent_version_id},
        "tool": view.tool,
        "args": orjson.Fragment(view.args),
        "digest": "sha256:" + view.digest.hex(),
        "policy": view.policy,
        "created_at": view.created_at,
        "undo": ((view.envelope or {}).get("impact") or {}).get("undo"),
        "decision": None
        if made is None
        else {
            "outcome": made.outcome,
            "source": made.source,
            "reason_code": made.reason_code or None,
            "decided_at": made.decided_at,
            "decided_by": made.decided_by,
            "event": made.event_id,
        },
        "execution": None
        if ran is None
        else {"status": ran.status, "drifted": ran.drifted, "spent_at": ran.spent_at, "reported_at": ran.reported_at},
    }
