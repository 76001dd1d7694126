"""A letter to people about what was done to their account: whoever took it over cannot keep that from them."""

from datetime import datetime

from audit.kinds import EventKind
from outbox.post import post


def notice(kind: EventKind, user_id: str, at: datetime) -> None:
    """Promises one letter, whatever the number of the person's workspaces."""
    payload = {"user": user_id, "at": at.isoformat()}
    post(sink="mail", kind=kind.value, workspace_id="", subject=user_id, payload=payload, at=at)
