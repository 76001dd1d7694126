"""Everybody of a workspace as those see them who have to find somebody: groups, absence, and who stands in."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from accounts.models import Absence, Agent, Group, GroupMember, Letters, Membership
from accounts.queries.rights import group_sizes
from accounts.roles import Verb, may


@dataclass(frozen=True, slots=True)
class Contact:
    """An active member. `away_until` is None where they are there; `delegate_id` is "" where nobody is named."""

    user_id: str
    name: str
    email: str
    role: str
    groups: tuple[str, ...]
    may_vote: bool
    gets_letters: bool
    away_until: datetime | None
    delegate_id: str


def directory(workspace_id: str, at: datetime) -> list[Contact]:
    """By name, in three reads. Of absences that overlap the one that ends last counts."""
    members = Membership.everywhere.filter(workspace_id=workspace_id, ended_at=None, user__is_active=True)
    columns = ("user_id", "user__name", "user__email", "role", "letters")
    joined: dict[str, list[str]] = {}
    in_groups = GroupMember.everywhere.filter(workspace_id=workspace_id).order_by("group__handle")
    for user_id, handle in in_groups.values_list("user_id", "group__handle"):
        joined.setdefault(user_id, []).append(handle)
    lasting = Absence.everywhere.filter(
        workspace_id=workspace_id, cancelled_at=None, begins_at__lte=at, ends_at__gt=at
    ).order_by("ends_at", "id")
    away = {
        user_id: (ends_at, delegate_id or "")
        for user_id, ends_at, delegate_id in lasting.values_list("user_id", "ends_at", "delegate_id")
    }
    return [
        Contact(
            user_id=user_id,
            name=name,
            email=email,
            role=role,
            groups=tuple(joined.get(user_id, ())),
            may_vote=may(role, Verb.REVIEW),
            gets_letters=letters != Letters.OFF,
            away_until=away[user_id][0] if user_id in away else None,
            delegate_id=away[user_id][1] if user_id in away else "",
        )
        for user_id, name, email, role, letters in members.order_by("user__name", "id").values_list(*columns)
    ]


def every_group(workspace_id: str) -> dict[str, int]:
    """All groups, with how many people of each may vote now."""
    handles = Group.everywhere.filter(workspace_id=workspace_id).values_list("handle", flat=True)
    return {**dict.fromkeys(handles, 0), **group_sizes(workspace_id)}


def agent_names(workspace_id: str, agent_ids: Sequence[str]) -> dict[str, str]:
    """By id."""
    rows = Agent.everywhere.filter(workspace_id=workspace_id, id__in=list(agent_ids))
    return dict(rows.values_list("id", "name"))
