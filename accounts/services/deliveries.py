"""Sending once more what the outbox gave up on. The outbox keeps no log, so the fact is left here."""

from datetime import datetime

from accounts import errors
from audit.actor import Actor
from audit.kinds import EventKind
from audit.record import record
from outbox import services as outbox
from tenancy import scope


def replay_delivery(*, actor: Actor, at: datetime, workspace_id: str, message_id: int) -> None:
    """Makes a dead letter of this workspace due again, or promises anew what arrived and is still known. Raises
    NotFound.
    """
    with scope.acting(workspace_id):
        dead = outbox.retry(at=at, message_ids=[message_id], workspace_id=workspace_id)
        if not (dead or outbox.send_again(at=at, message_id=message_id, workspace_id=workspace_id)):
            raise errors.NotFound("There is no delivery like that which could be sent once more.")
        record(
            kind=EventKind.DELIVERY_REPLAYED,
            workspace_id=workspace_id,
            actor=actor,
            at=at,
            subject=("delivery", str(message_id)),
        )
