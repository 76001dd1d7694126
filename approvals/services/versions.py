"""block: a version of an agent is refused from this moment on, and loses what it had not run yet."""

from datetime import datetime

from accounts import queries as accounts_queries
from accounts.queries import VersionView
from approvals.errors import BadRequest, Fault, NotFound
from approvals.policy.stops import Stop
from approvals.services.revoke import revoke_unspent
from approvals.services.stops import switch_on
from approvals.versions import standings
from audit import record
from audit.actor import Actor
from audit.kinds import EventKind
from outbox import post
from tenancy import scope

BLOCKED = "version.blocked"


def block(
    *,
    actor: Actor,
    at: datetime,
    workspace_id: str,
    version_id: str,
    back_to: str = "",
    reason: str = "",
    incident_id: str = "",
) -> Stop:
    """Blocks it like a stop switch, which release() takes off again, and tells the agent's owner what to go back to.

    Raises NotFound and BadRequest: `back_to` is another version of the same agent.
    """
    version = found(workspace_id, version_id)
    other = _other(version, workspace_id, back_to) if back_to else None
    told = other.name if other else "a version that you trust"
    with scope.acting(workspace_id):
        stop, is_new = switch_on(
            actor=actor,
            at=at,
            workspace_id=workspace_id,
            mode="block",
            reach="version",
            target=version_id,
            name=version.name,
            reason=reason,
            incident_id=incident_id,
        )
        if not is_new:
            return stop
        because = ("version_blocked", f"{actor.label} blocked version {version.name}.")
        revoked = revoke_unspent(actor=actor, at=at, workspace_id=workspace_id, because=because, version_id=version_id)
        record.record(
            kind=EventKind.VERSION_BLOCKED,
            workspace_id=workspace_id,
            actor=actor,
            at=at,
            subject=("version", version_id),
            data={
                "agent": version.agent_id,
                "manifest_sha256": version.row.manifest_sha256,
                "back_to": back_to or None,
                "revoked": revoked,
            },
        )
        payload = {"user": version.owner_id, "stop": stop.id, "back_to": told}
        post.post(sink="mail", kind=BLOCKED, workspace_id=workspace_id, subject=stop.id, payload=payload, at=at)
    return stop


def fallback(workspace_id: str, version: VersionView) -> str:
    """The version to go back to, where nobody names one: the newest that is live, else on trial; "" for none."""
    rows = accounts_queries.versions(workspace_id, version.agent_id)
    others = {row.id: row.bound_label for row in rows if row.id != version.row.id}
    states = standings(workspace_id, version.agent_name, others)
    for wanted in ("live", "canary"):
        for version_id in others:
            if states[version_id].state.startswith(wanted):
                return version_id
    return ""


def found(workspace_id: str, version_id: str) -> VersionView:
    """Raises NotFound."""
    version = accounts_queries.version(workspace_id, version_id)
    if version is None:
        raise NotFound(f"There is no version {version_id[:60]} here. Check the id.")
    return version


def _other(version: VersionView, workspace_id: str, back_to: str) -> VersionView:
    other = accounts_queries.version(workspace_id, back_to)
    if other is None or other.agent_id != version.agent_id or back_to == version.row.id:
        fault = Fault("/back_to", "not_found", f"Name another version of {version.agent_name}.")
        raise BadRequest(fault.detail, code=fault.code, faults=[fault])
    return other
