"""What the letters say. Their links are made here, at the moment of sending, and are kept nowhere."""

from dataclasses import dataclass
from datetime import datetime

from accounts import links
from accounts.models import Invitation, User


@dataclass(frozen=True, slots=True)
class InvitationLetter:
    """`path` is the link's, relative to the instance's own address."""

    email: str
    path: str
    workspace_name: str
    inviter: str
    role: str
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class NoticeLetter:
    email: str
    name: str


@dataclass(frozen=True, slots=True)
class ResetLetter:
    email: str
    name: str
    path: str


def invitation_letter(invitation_id: str, at: datetime) -> InvitationLetter | None:
    """None when there is nothing to send any more: accepted, withdrawn, replaced or run out."""
    found = (
        Invitation.objects.select_related("workspace")
        .filter(id=invitation_id, accepted_at=None, revoked_at=None, expires_at__gt=at, workspace__isnull=False)
        .first()
    )
    if found is None or found.workspace is None:
        return None
    inviter = User.objects.filter(id=found.invited_by).values_list("name", flat=True).first()
    return InvitationLetter(
        email=found.email,
        path=f"/invitations/{links.for_invitation(found.id)}/",
        workspace_name=found.workspace.name,
        inviter=inviter or "the operator",
        role=found.role,
        expires_at=found.expires_at,
    )


def reset_letter(user_id: str) -> ResetLetter | None:
    """None when the person is gone."""
    person = User.objects.filter(id=user_id, is_active=True).first()
    if person is None:
        return None
    return ResetLetter(person.email, person.name, f"/password/{person.id}/{links.for_reset(person)}/")


def notice_letter(user_id: str) -> NoticeLetter | None:
    """None when the person is gone."""
    person = User.objects.filter(id=user_id, is_active=True).first()
    return NoticeLetter(person.email, person.name) if person else None
