"""pull and release: the stop switch of an agent, a tool, a group of tools or the workspace.

A switch holds from the next evaluation on: its change moves `stops_id` beside the active policy, which every opening
and every spending guards in its own statement. Nothing is sent to agents, and nothing is looked up again.
"""

from datetime import datetime
from functools import partial
from typing import Any

from django.db import transaction

from accounts import queries as accounts_queries
from approvals import policies, stops
from approvals.errors import AlreadyReleased, BadRequest, Fault
from approvals.models import ActivePolicy, StopSwitch
from approvals.policy.globs import PATTERN
from approvals.policy.stops import MODES, Mode, Reach, Stop
from approvals.services.policy import ensure_policy
from approvals.strict_json import canonical
from audit import record
from audit.actor import Actor
from audit.kinds import EventKind
from audit.record import Secret
from outbox import post
from outbox.endpoints import SWITCHED
from tenancy import ids, scope

REASON_MAX = 500
PULLED_BY_HAND = tuple(mode for mode in MODES if mode != "block")


def pull(
    *,
    actor: Actor,
    at: datetime,
    workspace_id: str,
    mode: str,
    agent: str = "",
    tool: str = "",
    reason: str = "",
    incident_id: str = "",
) -> Stop:
    """Switches on for one agent (by name), one tool or pattern of tools, or with neither for the whole workspace.

    The same switch a second time stays as it is. Raises BadRequest with the fault.
    """
    asked = planned(workspace_id, at=at, mode=mode, agent=agent, tool=tool)
    return switch_on(
        actor=actor,
        at=at,
        workspace_id=workspace_id,
        mode=asked.mode,
        reach=asked.reach,
        target=asked.target,
        name=asked.name,
        reason=reason,
        incident_id=incident_id,
    )[0]


def planned(workspace_id: str, *, at: datetime, mode: str, agent: str = "", tool: str = "") -> Stop:
    """The switch as it would be pulled, for whoever looks before. Raises BadRequest with the fault."""
    known = next((word for word in PULLED_BY_HAND if word == mode), None)
    if known is None:
        raise _fault("/mode", "unknown_word", f"Take one of: {', '.join(PULLED_BY_HAND)}.")
    if agent and tool:
        raise _fault("/tool", "two_targets", "Name an agent or tools, or neither for the whole workspace.")
    if agent and accounts_queries.agent_named(workspace_id, agent) is None:
        raise _fault("/agent", "not_found", "There is no agent of this name here.")
    if tool and not PATTERN.fullmatch(tool):
        raise _fault("/tool", "bad_format", "Write the name of a tool, or a pattern such as billing.* with stars.")
    target = agent or tool
    reach: Reach = "agent" if agent else "tool" if tool else "workspace"
    return Stop(
        id="",
        mode=known,
        reach=reach,
        target=target,
        name=target,
        reason="",
        pulled_by="",
        pulled_at=at,
    )


def switch_on(
    *,
    actor: Actor,
    at: datetime,
    workspace_id: str,
    mode: Mode,
    reach: Reach,
    target: str,
    name: str,
    reason: str,
    incident_id: str = "",
) -> tuple[Stop, bool]:
    """The switch, and whether it was not on already. Raises BadRequest for a reason that is too long."""
    if len(reason) > REASON_MAX:
        raise _fault("/reason", "bad_length", f"Write at most {REASON_MAX} characters.")
    ensure_policy(workspace_id, at=at)
    with scope.acting(workspace_id):
        _take_turns()
        known = StopSwitch.objects.filter(mode=mode, reach=reach, target=target, released_at=None).first()
        if known is not None:
            return stops.stop_of(known), False
        row = StopSwitch(
            id=ids.new("stp", at),
            workspace_id=workspace_id,
            mode=mode,
            reach=reach,
            target=target,
            name=name,
            reason=reason.strip(),
            incident_id=incident_id,
            pulled_at=at,
            pulled_by_id=actor.id,
            pulled_by=actor.label,
        )
        row.save(force_insert=True)
        _moved(EventKind.STOP_PULLED, row, row.reason, actor, at)
    return stops.stop_of(row), True


def release(*, actor: Actor, at: datetime, workspace_id: str, stop_id: str, because: str) -> Stop:
    """Switches off; whoever does says why. Raises NotFound, AlreadyReleased, BadRequest."""
    because = because.strip()
    if not because or len(because) > REASON_MAX:
        raise _fault("/reason", "bad_length", f"Say in 1 to {REASON_MAX} characters why it is safe again.")
    stops.find_stop(workspace_id, stop_id)
    with scope.acting(workspace_id):
        _take_turns()
        row = StopSwitch.objects.get(id=stop_id)
        if row.released_at is not None:
            raise AlreadyReleased(f"{row.released_by} released it before. Nothing was changed.")
        row.released_at, row.released_by_id, row.released_by = at, actor.id, actor.label
        row.released_because = because
        row.save(update_fields=["released_at", "released_by_id", "released_by", "released_because"])
        _moved(EventKind.STOP_RELEASED, row, because, actor, at)
    return stops.stop_of(row)


def _take_turns() -> None:
    """With every other change of a switch in the workspace. SQLite's transactions take turns anyway."""
    ActivePolicy.objects.select_for_update().get()


def _moved(kind: EventKind, row: StopSwitch, said: str, actor: Actor, at: datetime) -> None:
    """Leaves the fact and the promise; from the commit on nothing opens or runs on the switches of before."""
    event_id = record.record(
        kind=kind,
        workspace_id=row.workspace_id,
        actor=actor,
        at=at,
        subject=("stop", row.id),
        data={"mode": row.mode, "reach": row.reach, "target": row.target, "incident": row.incident_id or None},
        secrets=[Secret("reason", canonical(said), row.id)] if said else [],
    )
    ActivePolicy.objects.update(stops_id=event_id)
    # Now for what this transaction goes on to read, and again for what others read before its commit.
    policies.forget(row.workspace_id)
    transaction.on_commit(partial(policies.forget, row.workspace_id))
    about: dict[str, Any] = {"kind": SWITCHED, "workspace_id": row.workspace_id, "subject": row.id, "at": at}
    post.post(sink="live", payload={"id": row.id}, **about)
    post.post_webhook(ref=event_id, **about)


def _fault(pointer: str, code: str, detail: str) -> BadRequest:
    return BadRequest(detail, code=code, faults=[Fault(pointer, code, detail)])
