"""Who stands at the door with a link?"""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import QuerySet

from accounts import links
from accounts.models import Group, Invitation, User


@dataclass(frozen=True, slots=True)
class Invited:
    """An open invitation as its bearer may see it. `has_account`: they only have to say yes.

    `groups` are the names of those that they join, `gone` the handles of those that are no longer there.
    """

    workspace_slug: str
    workspace_name: str
    email: str
    role: str
    has_account: bool
    groups: tuple[str, ...]
    gone: tuple[str, ...]


def nobody_yet() -> bool:
    """Whether this instance still waits for its first admin."""
    return not User.objects.exists()


def open_setup(token: str, at: datetime) -> bool:
    """Whether the link of the first admin may still be used."""
    return _open(token, at).filter(workspace=None).exists() and nobody_yet()


def invited(token: str, at: datetime) -> Invited | None:
    found = _open(token, at).filter(workspace__isnull=False).select_related("workspace").first()
    if found is None or found.workspace is None:
        return None
    named = Group.everywhere.filter(workspace=found.workspace, handle__in=found.groups)
    there = dict(named.order_by("handle").values_list("handle", "name")) if found.groups else {}
    return Invited(
        workspace_slug=found.workspace.slug,
        workspace_name=found.workspace.name,
        email=found.email,
        role=found.role,
        has_account=User.objects.filter(email=found.email).exists(),
        groups=tuple(there.values()),
        gone=tuple(handle for handle in found.groups if handle not in there),
    )


def _open(token: str, at: datetime) -> QuerySet[Invitation]:
    return Invitation.objects.filter(digest=links.digest(token), accepted_at=None, revoked_at=None, expires_at__gt=at)


def may_reset(user_id: str, token: str) -> bool:
    """Whether this link for a new password still works."""
    person = User.objects.filter(id=user_id, is_active=True).first()
    return person is not None and links.is_reset(person, token)
