"""Are they still who they were? Asked again where something is about to be let through."""

from collections.abc import Sequence
from datetime import datetime

from accounts.models import Agent, AgentVersion, ApiKey, GroupMember, Membership
from accounts.queries.rights import Caller
from accounts.roles import ALLOWED, Verb


def is_live(caller: Caller, at: datetime) -> bool:
    """Whether the agent, and the key where one was used, may still act at this moment."""
    agents = Agent.everywhere.filter(pk=caller.agent_id, workspace_id=caller.workspace_id, disabled_at=None)
    keys = ApiKey.everywhere.filter(pk=caller.key_id, revoked_at=None).exclude(expires_at__lte=at)
    return agents.exists() and (not caller.key_id or keys.exists())


def not_members(user_ids: Sequence[str], workspace_id: str) -> set[str]:
    """Those of the people who are no longer active members of the workspace."""
    if not user_ids:
        return set()
    memberships = Membership.everywhere.filter(
        workspace_id=workspace_id, user_id__in=user_ids, ended_at=None, user__is_active=True
    )
    return set(user_ids) - set(memberships.values_list("user_id", flat=True))


def version_label(version_id: str) -> str:
    """The label that an admin bound to the version, "" for none."""
    return AgentVersion.everywhere.filter(pk=version_id).values_list("bound_label", flat=True).first() or ""


def ever_members(workspace_id: str) -> list[tuple[str, str]]:
    """(user id, name) of everybody who belongs or belonged to the workspace, by name; the first thousand."""
    rows = Membership.everywhere.filter(workspace_id=workspace_id).order_by("user__name", "id")
    return list(rows.values_list("user_id", "user__name")[:1000])


def groups_of_voters(user_ids: Sequence[str], workspace_id: str) -> dict[str, set[str]]:
    """The handles of the groups that each of the people may vote in now; whoever may not vote at all is missing."""
    joined = GroupMember.everywhere.filter(
        group__workspace_id=workspace_id,
        user_id__in=user_ids,
        user__is_active=True,
        user__memberships__workspace_id=workspace_id,
        user__memberships__ended_at=None,
        user__memberships__role__in=ALLOWED[Verb.REVIEW],
    )
    found: dict[str, set[str]] = {}
    for user_id, handle in joined.values_list("user_id", "group__handle"):
        found.setdefault(user_id, set()).add(handle)
    return found
