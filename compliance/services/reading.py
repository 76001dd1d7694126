"""Whoever reads evidence is itself on record."""

from collections.abc import Mapping
from datetime import datetime

from audit import record
from audit.actor import Actor
from audit.canonical import canonical
from audit.kinds import EventKind
from audit.record import Secret
from tenancy import scope


def note_reading(
    *,
    actor: Actor,
    at: datetime,
    workspace_id: str,
    what: str,
    subject: tuple[str, str],
    action_id: str = "",
    asked: Mapping[str, str] | None = None,
) -> None:
    """`what` is a word (`search`, `story`, `event`, `sample`, …); `asked` is what was searched for, which may name
    people and is disclosed.
    """
    said = {name: value for name, value in (asked or {}).items() if value}
    with scope.acting(workspace_id):
        record.record(
            kind=EventKind.EVIDENCE_READ,
            workspace_id=workspace_id,
            actor=actor,
            at=at,
            subject=subject,
            action_id=action_id,
            data={"what": what},
            secrets=[Secret("asked", canonical(said), actor.id)] if said else [],
        )
