"""Invitations into a workspace: a link by mail, good once and for a week."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from accounts import errors, links, rows, values
from accounts.models import Group, Invitation, Membership, User
from accounts.services.facts import personal
from accounts.services.people import create_person, join
from audit.actor import Actor, Door, Kind
from audit.kinds import EventKind
from audit.record import record
from outbox.post import post
from tenancy import ids, scope

GOOD_FOR = timedelta(days=7)


def invite(*, actor: Actor, at: datetime, workspace_id: str, email: str, role: str, groups: Sequence[str] = ()) -> str:
    """Promises a mail with the link, and returns the invitation's id. An earlier open one to this address is withdrawn.

    `groups` are handles that the person joins on accepting. Raises Invalid (also: no such group) and Taken (a member
    already).
    """
    with scope.acting(workspace_id):
        rows.lock(workspace_id)
        address, kept_role = values.email(email), values.role(role)
        _refuse_members(address)
        joins = _groups(groups)
        Invitation.objects.filter(workspace_id=workspace_id, email=address, accepted_at=None, revoked_at=None).update(
            revoked_at=at
        )
        invitation_id = ids.new("inv", at)
        Invitation.objects.create(
            id=invitation_id,
            workspace_id=workspace_id,
            email=address,
            role=kept_role,
            groups=joins,
            digest=links.digest(links.for_invitation(invitation_id)),
            created_at=at,
            expires_at=at + GOOD_FOR,
            invited_by=actor.id,
        )
        record(
            kind=EventKind.PERSON_INVITED,
            workspace_id=workspace_id,
            actor=actor,
            at=at,
            subject=("invitation", invitation_id),
            data={"role": kept_role, "groups": joins},
            secrets=[personal("email", address, invitation_id)],
        )
        post(
            sink="mail",
            kind="person.invited",
            workspace_id=workspace_id,
            subject=invitation_id,
            payload={"invitation": invitation_id},
            at=at,
        )
    return invitation_id


def revoke_invitation(*, actor: Actor, at: datetime, workspace_id: str, invitation_id: str) -> None:
    """The link stops working. Raises NotFound (also: accepted or withdrawn already)."""
    with scope.acting(workspace_id):
        still_open = Invitation.objects.filter(
            id=invitation_id, workspace_id=workspace_id, accepted_at=None, revoked_at=None
        )
        if not still_open.update(revoked_at=at):
            raise errors.NotFound("There is no such open invitation in this workspace.")
        record(
            kind=EventKind.INVITATION_REVOKED,
            workspace_id=workspace_id,
            actor=actor,
            at=at,
            subject=("invitation", invitation_id),
        )


def accept_invitation(*, at: datetime, token: str, name: str = "", password: str = "") -> User:
    """Spends the link. Whoever has no account yet gets one by name and password; others keep theirs as it is.

    They join the groups of the invitation; the fact names those that are gone and were left out.

    Raises LinkRefused, Invalid, WeakPassword, Taken (a member already) and AlreadyOver (the account is deactivated).
    """
    found = Invitation.objects.filter(digest=links.digest(token), workspace__isnull=False).first()
    if found is None or found.workspace_id is None:
        raise errors.LinkRefused
    with scope.acting(found.workspace_id):
        rows.lock(found.workspace_id)
        spend(found.id, at)
        person = User.objects.filter(email=found.email).first()
        if person is None:
            person = create_person(at=at, email=found.email, name=name, password=password)
        actor = Actor(Kind.PERSON, person.id, person.name, Door.WEB, found.id)
        join(
            actor=actor,
            at=at,
            workspace_id=found.workspace_id,
            person=person,
            role=found.role,
            groups=found.groups,
        )
    return person


def spend(invitation_id: str, at: datetime) -> None:
    """Marks the link as used, inside the caller's transaction: of two at once, one gets LinkRefused."""
    unused = Invitation.objects.filter(id=invitation_id, accepted_at=None, revoked_at=None, expires_at__gt=at)
    if not unused.update(accepted_at=at):
        raise errors.LinkRefused


def _groups(handles: Sequence[str]) -> list[str]:
    wanted = sorted(set(handles))
    known = set(Group.objects.filter(handle__in=wanted).values_list("handle", flat=True))
    missing = [handle for handle in wanted if handle not in known]
    if missing:
        raise errors.Invalid(f"There is no group {missing[0][:60]} here. Create it first.", field="groups")
    return wanted


def _refuse_members(address: str) -> None:
    if Membership.objects.filter(user__email=address, ended_at=None).exists():
        raise errors.Taken("This person belongs to the workspace already.", field="email")
