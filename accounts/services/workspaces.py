"""Making a workspace."""

from datetime import datetime

from django.db import IntegrityError, transaction

from accounts import errors, values
from accounts.models import Workspace
from audit.actor import Actor
from audit.kinds import EventKind
from audit.record import record
from tenancy import ids, scope


def create_workspace(*, actor: Actor, at: datetime, slug: str, name: str, is_demo: bool = False) -> Workspace:
    """Raises Invalid and Taken."""
    workspace_id = ids.new("wsp", at)
    with scope.acting(workspace_id):
        workspace = Workspace(id=workspace_id, slug=values.handle(slug, field="slug"), created_at=at, is_demo=is_demo)
        workspace.name = values.title(name, field="workspace_name")
        try:
            with transaction.atomic():
                workspace.save(force_insert=True)
        except IntegrityError as error:
            raise errors.Taken("A workspace has this address already. Choose another.", field="slug") from error
        record(
            kind=EventKind.WORKSPACE_CREATED,
            workspace_id=workspace_id,
            actor=actor,
            at=at,
            subject=("workspace", workspace_id),
            data={"slug": slug},
        )
    return workspace
