"""The lists of the settings pages: values, a page at a time by key, each in a fixed number of statements.

`after` is the last row of the page before: its id, or where the list goes by name, that name.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Count, Max, Q, QuerySet

from accounts.models import Agent, AgentVersion, ApiKey, Group, GroupMember, Invitation, Membership, PersonToken, Scope

PAGE = 100


@dataclass(frozen=True, slots=True)
class PersonRow:
    """A member, also one whose membership has ended. `cursor` is for `after`."""

    user_id: str
    name: str
    email: str
    role: str
    groups: tuple[str, ...]
    is_active: bool
    joined_at: datetime
    ended_at: datetime | None
    last_login: datetime | None
    cursor: str


@dataclass(frozen=True, slots=True)
class InvitationRow:
    id: str
    email: str
    role: str
    groups: tuple[str, ...]
    created_at: datetime
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class GroupRow:
    """`members` are (user id, name) of those whose membership lasts."""

    handle: str
    name: str
    members: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class AgentRow:
    id: str
    name: str
    owner_id: str
    owner_name: str
    created_at: datetime
    disabled_at: datetime | None
    live_keys: int
    key_used_at: datetime | None


@dataclass(frozen=True, slots=True)
class VersionRow:
    id: str
    label: str
    bound_label: str
    manifest_sha256: str
    first_seen_at: datetime
    last_seen_at: datetime | None


@dataclass(frozen=True, slots=True)
class VersionView:
    """One version with all that its agent says it consists of, and whose it is."""

    row: VersionRow
    manifest: dict[str, Any]
    agent_id: str
    agent_name: str
    owner_id: str

    @property
    def name(self) -> str:
        """In our own words: the bound label, else the beginning of the hash."""
        return f"{self.row.bound_label or self.row.manifest_sha256[:12]} of {self.agent_name}"


@dataclass(frozen=True, slots=True)
class KeyRow:
    """`agent_id` is empty for a service account."""

    id: str
    name: str
    agent_id: str
    scopes: tuple[str, ...]
    created_at: datetime
    expires_at: datetime | None
    revoked_at: datetime | None
    last_used_at: datetime | None

    def is_live(self, at: datetime) -> bool:
        return self.revoked_at is None and (self.expires_at is None or self.expires_at > at)


@dataclass(frozen=True, slots=True)
class TokenRow:
    id: str
    name: str
    created_at: datetime
    expires_at: datetime | None
    revoked_at: datetime | None
    last_used_at: datetime | None


def people(workspace_id: str, *, after: str = "", limit: int = PAGE) -> list[PersonRow]:
    """By name. Those who left come too, so that their names in the history can be found."""
    rows = Membership.everywhere.filter(workspace_id=workspace_id).select_related("user")
    if after and (last := rows.filter(id=after).first()):
        name = last.user.name
        rows = rows.filter(Q(user__name__gt=name) | Q(user__name=name, id__gt=last.id))
    page = list(rows.order_by("user__name", "id")[:limit])
    joined: dict[str, list[str]] = {}
    in_groups = GroupMember.everywhere.filter(workspace_id=workspace_id, user_id__in=[m.user_id for m in page])
    for user_id, handle in in_groups.order_by("group__handle").values_list("user_id", "group__handle"):
        joined.setdefault(user_id, []).append(handle)
    return [_person(row, tuple(joined.get(row.user_id, ()))) for row in page]


def person(workspace_id: str, user_id: str) -> PersonRow | None:
    """One member, also one whose membership has ended."""
    row = Membership.everywhere.filter(workspace_id=workspace_id, user_id=user_id).select_related("user").first()
    if row is None:
        return None
    joined = GroupMember.everywhere.filter(workspace_id=workspace_id, user_id=user_id).order_by("group__handle")
    return _person(row, tuple(joined.values_list("group__handle", flat=True)))


def _person(row: Membership, groups: tuple[str, ...]) -> PersonRow:
    return PersonRow(
        user_id=row.user_id,
        name=row.user.name,
        email=row.user.email,
        role=row.role,
        groups=groups,
        is_active=row.user.is_active,
        joined_at=row.created_at,
        ended_at=row.ended_at,
        last_login=row.user.last_login,
        cursor=row.id,
    )


def choices(workspace_id: str) -> list[tuple[str, str]]:
    """(user id, name and address) of everybody who can be picked, by name; the first thousand."""
    rows = Membership.everywhere.filter(workspace_id=workspace_id, ended_at=None, user__is_active=True)
    picked = rows.order_by("user__name", "id").values_list("user_id", "user__name", "user__email")[:1000]
    return [(user_id, f"{name} ({email})") for user_id, name, email in picked]


def scopes_for_services() -> list[tuple[str, str]]:
    """(scope, what it allows) of all that a service account's key can have."""
    return [(scope.value, str(scope.label)) for scope in Scope if scope is not Scope.ACT]


def invitations(workspace_id: str, at: datetime) -> list[InvitationRow]:
    """Those that can still be accepted, newest first."""
    rows = Invitation.objects.filter(workspace_id=workspace_id, accepted_at=None, revoked_at=None, expires_at__gt=at)
    return [
        InvitationRow(r.id, r.email, r.role, tuple(r.groups), r.created_at, r.expires_at)
        for r in rows.order_by("-id")[:PAGE]
    ]


def groups(workspace_id: str, *, after: str = "", limit: int = PAGE) -> list[GroupRow]:
    """By handle."""
    page = list(Group.everywhere.filter(workspace_id=workspace_id, handle__gt=after).order_by("handle")[:limit])
    members: dict[str, list[tuple[str, str]]] = {}
    lasting = GroupMember.everywhere.filter(
        group__in=page,
        user__is_active=True,
        user__memberships__workspace_id=workspace_id,
        user__memberships__ended_at=None,
    )
    for group_id, user_id, name in lasting.order_by("user__name").values_list("group_id", "user_id", "user__name"):
        members.setdefault(group_id, []).append((user_id, name))
    return [GroupRow(group.handle, group.name, tuple(members.get(group.id, ()))) for group in page]


def agents(workspace_id: str, at: datetime, *, after: str = "", limit: int = PAGE) -> list[AgentRow]:
    """By name."""
    rows = Agent.everywhere.filter(workspace_id=workspace_id, name__gt=after).order_by("name")
    return _agents(rows, at, limit)


def agent(workspace_id: str, agent_id: str, at: datetime) -> AgentRow | None:
    found = _agents(Agent.everywhere.filter(workspace_id=workspace_id, id=agent_id), at, 1)
    return found[0] if found else None


def _agents(rows: QuerySet[Agent], at: datetime, limit: int) -> list[AgentRow]:
    live = Q(keys__revoked_at=None) & (Q(keys__expires_at=None) | Q(keys__expires_at__gt=at)) & Q(keys__isnull=False)
    page = (
        rows.filter(is_built_in=False)
        .select_related("owner")
        .annotate(live_keys=Count("keys", filter=live), key_used_at=Max("keys__last_used_at"))[:limit]
    )
    return [
        AgentRow(
            id=row.id,
            name=row.name,
            owner_id=row.owner_id,
            owner_name=row.owner.name,
            created_at=row.created_at,
            disabled_at=row.disabled_at,
            live_keys=row.live_keys,
            key_used_at=row.key_used_at,
        )
        for row in page
    ]


def versions(workspace_id: str, agent_id: str, *, after: str = "", limit: int = PAGE) -> list[VersionRow]:
    """Newest first."""
    rows = AgentVersion.everywhere.filter(workspace_id=workspace_id, agent_id=agent_id)
    rows = rows.filter(id__lt=after) if after else rows
    return [_version(row) for row in rows.order_by("-id")[:limit]]


def version(workspace_id: str, version_id: str) -> VersionView | None:
    row = AgentVersion.everywhere.filter(workspace_id=workspace_id, id=version_id).select_related("agent").first()
    if row is None:
        return None
    return VersionView(_version(row), row.manifest, row.agent_id, row.agent.name, row.agent.owner_id)


def _version(row: AgentVersion) -> VersionRow:
    return VersionRow(row.id, row.label, row.bound_label, row.manifest_sha256, row.first_seen_at, row.last_seen_at)


def keys_of(workspace_id: str, *, agent_id: str | None, after: str = "", limit: int = PAGE) -> list[KeyRow]:
    """Of one agent, or with None of the service accounts; newest first."""
    rows = ApiKey.everywhere.filter(workspace_id=workspace_id, agent_id=agent_id)
    rows = rows.filter(id__lt=after) if after else rows
    return _keys(rows.order_by("-id"), limit)


def key(workspace_id: str, key_id: str) -> KeyRow | None:
    found = _keys(ApiKey.everywhere.filter(workspace_id=workspace_id, id=key_id), 1)
    return found[0] if found else None


def _keys(rows: QuerySet[ApiKey], limit: int) -> list[KeyRow]:
    return [
        KeyRow(
            id=row.id,
            name=row.name,
            agent_id=row.agent_id or "",
            scopes=tuple(row.scopes),
            created_at=row.created_at,
            expires_at=row.expires_at,
            revoked_at=row.revoked_at,
            last_used_at=row.last_used_at,
        )
        for row in rows[:limit]
    ]


def tokens_of(workspace_id: str, user_id: str, *, after: str = "", limit: int = PAGE) -> list[TokenRow]:
    """A person's own, newest first."""
    rows = PersonToken.everywhere.filter(workspace_id=workspace_id, user_id=user_id)
    rows = rows.filter(id__lt=after) if after else rows
    return [
        TokenRow(r.id, r.name, r.created_at, r.expires_at, r.revoked_at, r.last_used_at)
        for r in rows.order_by("-id")[:limit]
    ]
