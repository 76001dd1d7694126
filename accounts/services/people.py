"""People of a workspace: joining, roles, leaving, and the end of an account."""

from collections.abc import Sequence
from datetime import datetime

from django.db import IntegrityError, transaction

from accounts import errors, rows, values
from accounts.models import Agent, Group, GroupMember, Membership, PersonToken, SlackIdentity, User
from accounts.roles import Role
from accounts.services.facts import personal
from accounts.services.sessions import forget
from audit.actor import Actor, Kind
from audit.kinds import EventKind
from audit.record import record
from tenancy import ids, scope


def add_member(
    *, actor: Actor, at: datetime, workspace_id: str, email: str, name: str, role: str, password: str | None = None
) -> Membership:
    """Makes the account where there is none (without a password nobody can log in to it) and the membership.

    `user` of the result is loaded. Raises Invalid, WeakPassword, Taken (already a member), AlreadyOver (deactivated).
    """
    with scope.acting(workspace_id):
        rows.lock(workspace_id)
        person = User.objects.filter(email=values.email(email)).first()
        if person is None:
            person = create_person(at=at, email=email, name=name, password=password)
        return join(actor=actor, at=at, workspace_id=workspace_id, person=person, role=role)


def create_person(*, at: datetime, email: str, name: str, password: str | None) -> User:
    """The account alone, inside the caller's transaction. Raises Invalid, WeakPassword and Taken."""
    person = User(id=ids.new("usr", at), email=values.email(email), name=values.title(name), created_at=at)
    person.set_password(None if password is None else values.password(password, person))
    try:
        with transaction.atomic():
            person.save(force_insert=True)
    except IntegrityError as error:
        raise errors.Taken("There is an account with this address already.", field="email") from error
    return person


def join(
    *, actor: Actor, at: datetime, workspace_id: str, person: User, role: str, groups: Sequence[str] = ()
) -> Membership:
    """Opens the membership, or opens one that had ended again, inside the caller's transaction.

    The person joins those of `groups` (handles) that are there; the fact names the others as left out.
    """
    if not person.is_active:
        raise errors.AlreadyOver("This account is deactivated. Reactivate it first.", field="email")
    member = Membership.objects.filter(user=person).first()
    if member is not None and member.ended_at is None:
        raise errors.Taken("This person belongs to the workspace already.", field="email")
    member = member or Membership(id=ids.new("mbr", at), workspace_id=workspace_id, user=person, created_at=at)
    member.role, member.ended_at, member.user = values.role(role), None, person
    member.save()
    there = list(Group.objects.filter(handle__in=groups).order_by("handle"))
    for group in there:
        GroupMember.objects.get_or_create(workspace_id=workspace_id, group=group, user_id=person.id)
    joined = [group.handle for group in there]
    named = {"groups": joined, "left_out": [handle for handle in groups if handle not in joined]} if groups else {}
    record(
        kind=EventKind.PERSON_JOINED,
        workspace_id=workspace_id,
        actor=actor,
        at=at,
        subject=("person", person.id),
        data={"role": member.role, **named},
        secrets=[personal("name", person.name, person.id), personal("email", person.email, person.id)],
    )
    return member


def change_role(*, actor: Actor, at: datetime, workspace_id: str, user_id: str, role: str) -> Membership:
    """Counts from the person's next request. Raises NotFound, Invalid, LastAdmin, AlreadyOver (they have this role)."""
    with scope.acting(workspace_id):
        rows.lock(workspace_id)
        member = rows.membership(user_id)
        before, member.role = member.role, values.role(role)
        if member.role == before:
            raise errors.AlreadyOver("They have this role already. Nothing was changed.", field="role")
        if before == Role.ADMIN:
            _keep_an_admin(user_id)
        member.save(update_fields=["role"])
        record(
            kind=EventKind.ROLE_CHANGED,
            workspace_id=workspace_id,
            actor=actor,
            at=at,
            subject=("person", user_id),
            data={"from": before, "to": member.role},
        )
    return member


def end_membership(*, actor: Actor, at: datetime, workspace_id: str, user_id: str) -> None:
    """Takes every right in the workspace away at once: role, groups, tokens. Raises NotFound, LastAdmin, StillOwner."""
    with scope.acting(workspace_id):
        rows.lock(workspace_id)
        member = rows.membership(user_id)
        if member.role == Role.ADMIN:
            _keep_an_admin(user_id)
        if Agent.objects.filter(owner_id=user_id, disabled_at=None).exists():
            raise errors.StillOwner
        member.ended_at = at
        member.save(update_fields=["ended_at"])
        # Whoever is invited again begins anew.
        joined = GroupMember.objects.filter(user_id=user_id)
        groups = sorted(joined.values_list("group__handle", flat=True))
        joined.delete()
        PersonToken.objects.filter(user_id=user_id, revoked_at=None).update(revoked_at=at)
        SlackIdentity.objects.filter(user_id=user_id).delete()
        record(
            kind=EventKind.PERSON_LEFT,
            workspace_id=workspace_id,
            actor=actor,
            at=at,
            subject=("person", user_id),
            data={"role": member.role, "groups": groups},
        )


def deactivate(*, actor: Actor, at: datetime, workspace_id: str, user_id: str) -> None:
    """Ends the account: no login, no token, and every session is gone.

    An admin may do it to people who belong to this workspace alone; the operator to anybody.

    Raises NotFound, LastAdmin, StillOwner, SharedAccount, AlreadyOver.
    """
    with scope.acting(workspace_id):
        rows.lock(workspace_id)
        member = rows.membership(user_id)
        elsewhere = Membership.everywhere.filter(user_id=user_id, ended_at=None).exclude(id=member.id)
        if actor.kind is not Kind.OPERATOR and elsewhere.exists():
            raise errors.SharedAccount
        if member.role == Role.ADMIN:
            _keep_an_admin(user_id)
        if Agent.objects.filter(owner_id=user_id, disabled_at=None).exists():
            raise errors.StillOwner
        _switch(actor=actor, at=at, workspace_id=workspace_id, user_id=user_id, active=False)
        # The account is one over all workspaces, and so are its ends.
        PersonToken.everywhere.filter(user_id=user_id, revoked_at=None).update(revoked_at=at)
        SlackIdentity.everywhere.filter(user_id=user_id).delete()
        forget(user_id)


def reactivate(*, actor: Actor, at: datetime, workspace_id: str, user_id: str) -> None:
    """Lets a deactivated member in again, with the role that they had. Raises NotFound and AlreadyOver."""
    with scope.acting(workspace_id):
        rows.lock(workspace_id)
        rows.membership(user_id)
        _switch(actor=actor, at=at, workspace_id=workspace_id, user_id=user_id, active=True)


def _switch(*, actor: Actor, at: datetime, workspace_id: str, user_id: str, active: bool) -> None:
    if not User.objects.filter(id=user_id, is_active=not active).update(is_active=active):
        raise errors.AlreadyOver
    record(
        kind=EventKind.PERSON_REACTIVATED if active else EventKind.PERSON_DEACTIVATED,
        workspace_id=workspace_id,
        actor=actor,
        at=at,
        subject=("person", user_id),
    )


def _keep_an_admin(user_id: str) -> None:
    # The caller holds the workspace's lock, so two admins cannot each demote the other.
    others = Membership.objects.filter(role=Role.ADMIN, ended_at=None, user__is_active=True).exclude(user_id=user_id)
    if not others.exists():
        raise errors.LastAdmin
