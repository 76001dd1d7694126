"""Who is asking, and what may they do: read at each use, in one statement."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

import orjson
from django.conf import settings
from django.db.models import Count, Q

from accounts.models import Agent, Group, GroupMember, Membership, Workspace
from accounts.roles import Verb, may
from audit.actor import Actor, Door, Kind
from tenancy import sql


@dataclass(frozen=True, slots=True)
class Caller:
    """A machine with a live key: an agent, or (without `agent_id`) a service account."""

    key_id: str
    workspace_id: str
    workspace_slug: str
    agent_id: str
    agent_name: str
    owner_id: str
    scopes: tuple[str, ...]
    expires_at: datetime | None

    @property
    def actor(self) -> Actor:
        if self.agent_id:
            return Actor(Kind.AGENT, self.agent_id, self.agent_name, Door.API, self.key_id)
        return Actor(Kind.SERVICE, self.key_id, "service account", Door.API, self.key_id)


@dataclass(frozen=True, slots=True)
class Member:
    """A person in a workspace, with the rights of this moment. `groups` are handles."""

    user_id: str
    name: str
    email: str
    workspace_id: str
    workspace_slug: str
    workspace_name: str
    role: str
    groups: tuple[str, ...]
    token_id: str = ""

    def may(self, verb: Verb) -> bool:
        return may(self.role, verb)

    def actor(self, door: Door, authenticated_by: str = "") -> Actor:
        return Actor(Kind.PERSON, self.user_id, self.name, door, authenticated_by or self.token_id)


_KEY = """select k.id, k.workspace_id, w.slug, k.agent_id, a.name agent_name, a.owner_id,
 cast(k.scopes as text) scopes, k.expires_at
 from accounts_apikey k join accounts_workspace w on w.id = k.workspace_id
 left join accounts_agent a on a.id = k.agent_id
 where k.digest = %s and k.revoked_at is null and (k.expires_at is null or k.expires_at > %s)
 and a.disabled_at is null and (not w.is_demo or %s)"""

MEMBER = """select u.id m_id, u.name m_name, u.email m_email, m.workspace_id m_workspace_id, w.slug m_slug,
 w.name m_workspace_name, m.role m_role,
 (select cast({array}(g.handle) as text) from accounts_groupmember j join accounts_group g on g.id = j.group_id
   where j.user_id = u.id and g.workspace_id = m.workspace_id) m_groups"""
WHO = """ from accounts_user u join accounts_membership m on m.user_id = u.id and m.ended_at is null
 join accounts_workspace w on w.id = m.workspace_id"""


# Values: the token's keyed hash, the moment, whether demos are open. Columns begin with m_, so that it can be joined.
MEMBER_BY_TOKEN = (
    MEMBER + ", t.id m_token_id" + WHO + " join accounts_persontoken t on t.user_id = u.id"
    " and t.workspace_id = m.workspace_id where t.digest = %s and t.revoked_at is null"
    " and (t.expires_at is null or t.expires_at > %s) and u.is_active"
    " and (not w.is_demo or %s)"
)


def caller_for(digest: bytes, at: datetime) -> Caller | None:
    """The machine behind a key's keyed hash; None when it is unknown, expired, revoked, or its agent disabled."""
    row = sql.one(_KEY, [digest, at, settings.DEBUG])
    if row is None:
        return None
    return Caller(
        key_id=row["id"],
        workspace_id=row["workspace_id"],
        workspace_slug=row["slug"],
        agent_id=row["agent_id"] or "",
        agent_name=row["agent_name"] or "",
        owner_id=row["owner_id"] or "",
        scopes=tuple(orjson.loads(row["scopes"])),
        expires_at=sql.moment(row["expires_at"]),
    )


def member_for_token(digest: bytes, at: datetime) -> Member | None:
    """The person behind a token's keyed hash, with their rights as they are now."""
    row = sql.one(sql.in_dialect(MEMBER_BY_TOKEN), [digest, at, settings.DEBUG])
    return None if row is None else member_in(row)


def member_of(user_id: str, workspace_slug: str) -> Member | None:
    """The person's membership in a workspace; None when there is none, it has ended, or the person is deactivated."""
    statement = MEMBER + WHO + " where u.id = %s and w.slug = %s and u.is_active and (not w.is_demo or %s)"
    row = sql.one(sql.in_dialect(statement), [user_id, workspace_slug, settings.DEBUG])
    return None if row is None else member_in(row)


def member_in(row: Mapping[str, str]) -> Member:
    """The member in a row of `MEMBER_BY_TOKEN`, whatever else was joined to it."""
    return Member(
        user_id=row["m_id"],
        name=row["m_name"],
        email=row["m_email"],
        workspace_id=row["m_workspace_id"],
        workspace_slug=row["m_slug"],
        workspace_name=row["m_workspace_name"],
        role=row["m_role"],
        groups=tuple(sorted(orjson.loads(row["m_groups"] or "[]"))),
        token_id=row.get("m_token_id", ""),
    )


def workspace_ids() -> list[str]:
    """Every workspace, oldest first, for work that goes round."""
    return list(Workspace.objects.order_by("id").values_list("id", flat=True))


def workspaces_of(user_id: str) -> list[tuple[str, str]]:
    """(slug, name) of each workspace that the person belongs to, by name."""
    memberships = Membership.everywhere.filter(user_id=user_id, ended_at=None).select_related("workspace")
    if not settings.DEBUG:
        memberships = memberships.exclude(workspace__is_demo=True)
    return [(m.workspace.slug, m.workspace.name) for m in memberships.order_by("workspace__name")]


def workspace_id_for(slug: str) -> str | None:
    return Workspace.objects.filter(slug=slug).values_list("id", flat=True).first()


def slug_of(workspace_id: str) -> str:
    return Workspace.objects.filter(id=workspace_id).values_list("slug", flat=True).get()


def group_handles(workspace_id: str) -> list[str]:
    """In order; the first hundred."""
    handles = Group.everywhere.filter(workspace_id=workspace_id).order_by("handle")
    return list(handles.values_list("handle", flat=True)[:100])


def group_sizes(workspace_id: str) -> dict[str, int]:
    """How many people of each group may vote now."""
    voting = Q(
        group__workspace_id=workspace_id,
        user__is_active=True,
        user__memberships__workspace_id=workspace_id,
        user__memberships__ended_at=None,
        user__memberships__role__in=["admin", "lead", "reviewer"],
    )
    counted = GroupMember.everywhere.filter(voting).values("group__handle").annotate(n=Count("user", distinct=True))
    return {row["group__handle"]: row["n"] for row in counted}


def agent_named(workspace_id: str, name: str) -> Agent | None:
    return Agent.everywhere.filter(workspace_id=workspace_id, name=name).first()
