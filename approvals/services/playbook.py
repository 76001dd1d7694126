"""The steps of an incident's playbook: each stops something at once and stands in the story."""

from collections.abc import Callable
from datetime import datetime

from approvals import incidents
from approvals.errors import BadRequest, Fault
from approvals.incidents import IncidentView, Step
from approvals.models import Incident
from approvals.services import stops, versions
from approvals.services.incidents import open_row, tell
from approvals.services.revoke import revoke_unspent
from audit.actor import Actor
from audit.kinds import EventKind
from tenancy import scope

Taken = Callable[[Actor, datetime, Incident], str]


def take(*, actor: Actor, at: datetime, workspace_id: str, incident_id: str, step: str) -> IncidentView:
    """One step against the agent that the incident is about. Raises NotFound, IncidentClosed, BadRequest."""
    if step not in Step.values:
        raise _fault("unknown_word", f"Take one of: {', '.join(Step.values)}.")
    with scope.acting(workspace_id):
        row = open_row(workspace_id, incident_id)
        if not row.agent_id:
            raise _fault("no_agent", "The incident is about no single agent. Use the stop switch itself.")
        told = _STEPS[Step(step)](actor, at, row)
        tell(EventKind.INCIDENT_STEPPED, row, actor, at, told, step=step)
    return incidents.incident_of(row)


def version_to_block(workspace_id: str, incident_id: str) -> str:
    """The version behind the newest action of the incident that named one, "" for none."""
    views = incidents.actions_of(workspace_id, incident_id)
    return next((view.agent_version_id for view in views if view.agent_version_id), "")


def _deny_writes(actor: Actor, at: datetime, row: Incident) -> str:
    return _pulled(actor, at, row, "deny_writes")


def _force_approvals(actor: Actor, at: datetime, row: Incident) -> str:
    return _pulled(actor, at, row, "force_approvals")


def _pulled(actor: Actor, at: datetime, row: Incident, mode: str) -> str:
    stop = stops.pull(
        actor=actor,
        at=at,
        workspace_id=row.workspace_id,
        mode=mode,
        agent=row.agent_name,
        reason=row.title,
        incident_id=row.id,
    )
    return f"{stop.told[0].upper()}{stop.told[1:]}."


def _revoke_grants(actor: Actor, at: datetime, row: Incident) -> str:
    because = ("incident", f"{actor.label} revoked it because of an incident.")
    count = revoke_unspent(actor=actor, at=at, workspace_id=row.workspace_id, because=because, agent_id=row.agent_id)
    return f"Revoked {count} unspent {'grant' if count == 1 else 'grants'} of {row.agent_name}."


def _block_version(actor: Actor, at: datetime, row: Incident) -> str:
    version_id = version_to_block(row.workspace_id, row.id)
    if not version_id:
        raise _fault("no_version", "None of its actions named a version. Deny the agent's writes instead.")
    stop = versions.block(
        actor=actor,
        at=at,
        workspace_id=row.workspace_id,
        version_id=version_id,
        back_to=versions.fallback(row.workspace_id, versions.found(row.workspace_id, version_id)),
        reason=row.title,
        incident_id=row.id,
    )
    return f"{stop.told[0].upper()}{stop.told[1:]}."


_STEPS: dict[Step, Taken] = {
    Step.DENY_WRITES: _deny_writes,
    Step.FORCE_APPROVALS: _force_approvals,
    Step.REVOKE_GRANTS: _revoke_grants,
    Step.BLOCK_VERSION: _block_version,
}


def _fault(code: str, detail: str) -> BadRequest:
    return BadRequest(detail, code=code, faults=[Fault("/step", code, detail)])
