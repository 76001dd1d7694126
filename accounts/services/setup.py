"""The first admin: a link that the operator reads at the start, good once, and only while there is nobody."""

import secrets
from datetime import datetime, timedelta

from django.db import transaction

from accounts import errors, links
from accounts.models import Invitation, User
from accounts.roles import Role
from accounts.services.groups import add_to_group, create_group
from accounts.services.invitations import spend
from accounts.services.people import create_person, join
from accounts.services.workspaces import create_workspace
from audit.actor import Actor, Door, Kind
from audit.kinds import EventKind
from audit.record import record
from tenancy import ids, scope

GOOD_FOR = timedelta(days=7)


def setup_link(*, actor: Actor, at: datetime) -> str:
    """The path of a fresh link, to be shown this once; earlier ones stop working. Raises AlreadySetUp."""
    token = secrets.token_urlsafe(32)
    with transaction.atomic():
        if User.objects.exists():
            raise errors.AlreadySetUp
        Invitation.objects.filter(workspace=None, accepted_at=None, revoked_at=None).update(revoked_at=at)
        invitation = Invitation.objects.create(
            id=ids.new("inv", at),
            role=Role.ADMIN,
            digest=links.digest(token),
            created_at=at,
            expires_at=at + GOOD_FOR,
            invited_by=actor.id,
        )
        subject = ("invitation", invitation.id)
        record(kind=EventKind.LINK_ISSUED, workspace_id="", actor=actor, at=at, subject=subject)
    return f"/setup/{token}/"


def accept_setup(
    *, at: datetime, token: str, email: str, name: str, password: str, slug: str, workspace_name: str
) -> tuple[User, str]:
    """Makes the first workspace, its admin and the group that the first policy asks; returns (person, slug).

    Raises LinkRefused, AlreadySetUp, Invalid and WeakPassword.
    """
    with transaction.atomic():
        # All of them, so that two links at once take turns and the second one finds somebody there.
        open_links = list(Invitation.objects.select_for_update().filter(workspace=None).order_by("id"))
        wanted = links.digest(token)
        found = next((link for link in open_links if bytes(link.digest) == wanted), None)
        if User.objects.exists():
            raise errors.AlreadySetUp
        if found is None:
            raise errors.LinkRefused
        spend(found.id, at)
        person = create_person(at=at, email=email, name=name, password=password)
        actor = Actor(Kind.PERSON, person.id, person.name, Door.WEB, found.id)
        workspace = create_workspace(actor=actor, at=at, slug=slug, name=workspace_name)
        with scope.acting(workspace.id):
            join(actor=actor, at=at, workspace_id=workspace.id, person=person, role=Role.ADMIN)
            create_group(actor=actor, at=at, workspace_id=workspace.id, handle="reviewers", name="Reviewers")
            add_to_group(actor=actor, at=at, workspace_id=workspace.id, handle="reviewers", user_id=person.id)
    return person, workspace.slug
