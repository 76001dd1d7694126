"""Groups that a policy can name, and who is in them."""

from datetime import datetime

from accounts import errors, rows, values
from accounts.models import Group, GroupMember
from audit.actor import Actor
from audit.kinds import EventKind
from audit.record import record
from tenancy import ids, scope


def create_group(*, actor: Actor, at: datetime, workspace_id: str, handle: str, name: str) -> Group:
    """Raises Invalid and Taken."""
    with scope.acting(workspace_id):
        rows.lock(workspace_id)
        if Group.objects.filter(handle=values.handle(handle)).exists():
            raise errors.Taken("A group has this handle already. Choose another.", field="handle")
        group = Group.objects.create(
            id=ids.new("grp", at), workspace_id=workspace_id, handle=handle, name=values.title(name)
        )
        record(
            kind=EventKind.GROUP_CREATED,
            workspace_id=workspace_id,
            actor=actor,
            at=at,
            subject=("group", group.id),
            data={"handle": handle},
        )
    return group


def add_to_group(*, actor: Actor, at: datetime, workspace_id: str, handle: str, user_id: str) -> None:
    """Raises NotFound (no such group, not a member) and Taken (in it already)."""
    with scope.acting(workspace_id):
        rows.lock(workspace_id)
        group, member = rows.group(handle), rows.membership(user_id)
        if GroupMember.objects.filter(group=group, user_id=member.user_id).exists():
            raise errors.Taken("This person is in the group already.", field="user")
        GroupMember.objects.create(workspace_id=workspace_id, group=group, user_id=member.user_id)
        _changed(actor, at, group, {"handle": handle, "added": member.user_id})


def remove_from_group(*, actor: Actor, at: datetime, workspace_id: str, handle: str, user_id: str) -> None:
    """Raises NotFound."""
    with scope.acting(workspace_id):
        rows.lock(workspace_id)
        group = rows.group(handle)
        if not GroupMember.objects.filter(group=group, user_id=user_id).delete()[0]:
            raise errors.NotFound("This person is not in the group. Nothing was changed.")
        _changed(actor, at, group, {"handle": handle, "removed": user_id})


def _changed(actor: Actor, at: datetime, group: Group, data: dict[str, str]) -> None:
    record(
        kind=EventKind.GROUP_CHANGED,
        workspace_id=group.workspace_id,
        actor=actor,
        at=at,
        subject=("group", group.id),
        data=data,
    )
