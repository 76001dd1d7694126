"""One row of the workspace that the transaction runs in, or a named refusal; and which passkeys are good."""

from django.db.models import QuerySet

from accounts import errors
from accounts.models import Agent, Group, Membership, Passkey, Workspace


def lock(workspace_id: str) -> Workspace:
    """Takes turns with every other change of the workspace's people. SQLite's transactions take turns anyway."""
    workspace = Workspace.objects.select_for_update(no_key=True).filter(id=workspace_id).first()
    if workspace is None:
        raise errors.NotFound("There is no such workspace.")
    return workspace


def membership(user_id: str) -> Membership:
    """The person's membership as long as it lasts."""
    row = Membership.objects.select_related("user").filter(user_id=user_id, ended_at=None).first()
    if row is None:
        raise errors.NotFound("This person does not belong to the workspace. Invite them first.")
    return row


def agent(agent_id: str) -> Agent:
    row = Agent.objects.filter(id=agent_id, is_built_in=False).first()
    if row is None:
        raise errors.NotFound("There is no such agent in this workspace.")
    return row


def group(handle: str) -> Group:
    row = Group.objects.filter(handle=handle).first()
    if row is None:
        raise errors.NotFound("There is no such group in this workspace. Create it first.")
    return row


def passkeys_alive(user_id: str) -> QuerySet[Passkey]:
    """The person's passkeys that may sign, the oldest first. A passkey belongs to no workspace."""
    return Passkey.objects.filter(user_id=user_id, ended_at=None).order_by("id")
