"""What happens to an action after its decision: the fact for the log, and the word to whoever looks at it."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from audit import record
from audit.actor import Actor
from audit.kinds import EventKind
from audit.record import Secret
from outbox import post


def tell(
    kind: EventKind,
    *,
    workspace_id: str,
    action_id: str,
    actor: Actor,
    at: datetime,
    data: Mapping[str, Any] | None = None,
    secrets: Sequence[Secret] = (),
    sinks: Sequence[str] = ("live",),
) -> None:
    """Both in the open transaction."""
    record.record(
        kind=kind,
        workspace_id=workspace_id,
        actor=actor,
        at=at,
        subject=("action", action_id),
        action_id=action_id,
        data=data,
        secrets=secrets,
    )
    for sink in sinks:
        post.post(
            sink=sink,
            kind=kind.value.replace(":", "."),
            workspace_id=workspace_id,
            subject=action_id,
            payload={"id": action_id},
            at=at,
        )
