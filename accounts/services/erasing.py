"""Forgets a person who has left: the account where it belongs to nobody else, and what a workspace kept beside it."""

from datetime import datetime

from django.contrib.auth.hashers import make_password

from accounts import errors
from accounts.models import Absence, Invitation, Membership, PersonToken, SlackIdentity, User
from accounts.services.sessions import forget

NOBODY = "Erased person"


def has_left(workspace_id: str, user_id: str) -> bool:
    """Whether the person was here and is a member no more."""
    return not Membership.everywhere.filter(workspace_id=workspace_id, user_id=user_id, ended_at=None).exists()


def invitations_of(user_id: str) -> list[str]:
    """Ids of the invitations that went to the person's address, in every workspace."""
    address = User.objects.filter(pk=user_id).values_list("email", flat=True).first()
    return list(Invitation.objects.filter(email__iexact=address).values_list("id", flat=True)) if address else []


def forget_person(*, at: datetime, workspace_id: str, user_id: str) -> bool:
    """Inside the caller's transaction, which leaves the fact. The account goes too unless it is still a member's of
    another workspace; says whether it did. The id stays, for events and votes name it.

    Raises NotFound, and Conflict while the person is a member here.
    """
    person = User.objects.filter(pk=user_id).first()
    if person is None:
        raise errors.NotFound
    if not has_left(workspace_id, user_id):
        raise errors.Conflict("They are still a member of this workspace. End the membership first.")
    Absence.everywhere.filter(workspace_id=workspace_id, user_id=user_id).update(note="")
    PersonToken.everywhere.filter(workspace_id=workspace_id, user_id=user_id).update(name=NOBODY)
    SlackIdentity.everywhere.filter(workspace_id=workspace_id, user_id=user_id).delete()
    Invitation.objects.filter(workspace_id=workspace_id, email__iexact=person.email).update(email="")
    Membership.everywhere.filter(workspace_id=workspace_id, user_id=user_id).delete()
    if Membership.everywhere.filter(user_id=user_id, ended_at=None).exists():
        return False
    forget(user_id)
    Invitation.objects.filter(email__iexact=person.email).update(email="")
    User.objects.filter(pk=user_id).update(
        name=NOBODY, email=f"{user_id}@erased.invalid", password=make_password(None), is_active=False
    )
    return True
