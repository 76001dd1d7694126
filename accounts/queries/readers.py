"""Who wants letters about actions?"""

from collections.abc import Sequence
from dataclasses import dataclass

from accounts.models import GroupMember, Letters, Membership
from accounts.roles import ALLOWED, Role, Verb, may

GUARDS = "security"
SERIOUS_RISKS = frozenset({"high", "critical"})


@dataclass(frozen=True, slots=True)
class Reader:
    """A person who may be written to, with the rights of this moment."""

    user_id: str
    name: str
    email: str
    role: str
    groups: tuple[str, ...]
    letters: str

    def may(self, verb: Verb) -> bool:
        return may(self.role, verb)

    @property
    def is_written_to(self) -> bool:
        return self.letters != Letters.OFF

    @property
    def is_digest(self) -> bool:
        return self.letters == Letters.DIGEST


def readers_in(workspace_id: str, groups: Sequence[str], risk: str) -> list[Reader]:
    """Those who may vote in one of these groups and want letters about actions of this risk."""
    wanted = [Letters.EACH, Letters.DIGEST, *([Letters.SERIOUS] if risk in SERIOUS_RISKS else [])]
    rows = GroupMember.everywhere.filter(
        group__workspace_id=workspace_id,
        group__handle__in=groups,
        user__is_active=True,
        user__memberships__workspace_id=workspace_id,
        user__memberships__ended_at=None,
        user__memberships__role__in=ALLOWED[Verb.REVIEW],
        user__memberships__letters__in=wanted,
    )
    columns = ("user_id", "user__name", "user__email", "user__memberships__role", "user__memberships__letters")
    joined: dict[tuple[str, ...], list[str]] = {}
    for *who, handle in rows.values_list(*columns, "group__handle").order_by("user_id", "group__handle"):
        joined.setdefault(tuple(who), []).append(handle)
    return [
        Reader(user_id, name, email, role, tuple(handles), letters)
        for (user_id, name, email, role, letters), handles in joined.items()
    ]


def reader(workspace_id: str, user_id: str) -> Reader | None:
    """One active member with all of their groups."""
    row = Membership.everywhere.filter(
        workspace_id=workspace_id, user_id=user_id, ended_at=None, user__is_active=True
    ).select_related("user")
    found = row.first()
    if found is None:
        return None
    joined = GroupMember.everywhere.filter(workspace_id=workspace_id, user_id=user_id).order_by("group__handle")
    groups = tuple(joined.values_list("group__handle", flat=True))
    return Reader(user_id, found.user.name, found.user.email, found.role, groups, found.letters)


def guards(workspace_id: str) -> list[str]:
    """User ids of whoever hears of a security matter: the group `security`, or without anybody in it the admins."""
    active = {"workspace_id": workspace_id, "user__is_active": True, "ended_at": None}
    members = Membership.everywhere.filter(**active)
    joined = {"user__groups_joined__group__workspace_id": workspace_id, "user__groups_joined__group__handle": GUARDS}
    for found in (members.filter(**joined), members.filter(role=Role.ADMIN)):
        people = list(found.order_by("user_id").values_list("user_id", flat=True))
        if people:
            return people
    return []


def letters_choices() -> list[tuple[str, str]]:
    return [(letters.value, str(letters.label)) for letters in Letters]
