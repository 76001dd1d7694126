"""What a credential is and may do."""

from datetime import datetime
from typing import Any

from accounts.queries import Caller, Member
from agents_api import output
from agents_api.auth import Who
from approvals import queries, services


def tell(who: Who, at: datetime) -> bytes:
    return output.dumps(_of_a_machine(who, at) if isinstance(who, Caller) else _of_a_person(who))


def _of_a_machine(caller: Caller, at: datetime) -> dict[str, Any]:
    """`limits` and `checkpoint` are there from the start; the parts that bring them fill them."""
    active = services.ensure_policy(caller.workspace_id, at=at)
    listed = active.policy.document.agents.get(caller.agent_name)
    tier = listed.tier if listed else "approvals"
    return {
        "key": {"id": caller.key_id, "scopes": caller.scopes, "expires_at": caller.expires_at},
        "workspace": {"id": caller.workspace_id, "slug": caller.workspace_slug},
        "agent": {"id": caller.agent_id, "name": caller.agent_name} if caller.agent_id else None,
        "person": None,
        "policy": {"version": active.version_id},
        "tier": tier if caller.agent_id else None,
        "limits": [],
        "stop_switch": _stop(queries.gravest_stop(active.stops, caller.agent_name)),
        "checkpoint": None,
    }


def _of_a_person(member: Member) -> dict[str, Any]:
    return {
        "key": {"id": member.token_id, "scopes": [], "expires_at": None},
        "workspace": {"id": member.workspace_id, "slug": member.workspace_slug},
        "agent": None,
        "person": {"id": member.user_id, "name": member.name, "role": member.role, "groups": member.groups},
        "policy": None,
        "tier": None,
        "limits": [],
        "stop_switch": _stop(queries.gravest_stop(queries.stops_on(member.workspace_id))),
        "checkpoint": None,
    }


def _stop(found: queries.Stop | None) -> dict[str, Any] | None:
    return output.stop_tree(found) if found else None
