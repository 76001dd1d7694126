"""The letter that a scheduled export is there. It holds a link and no data: whoever follows it has to log in."""

from datetime import datetime

from compliance.models import Export
from outbox import post

KIND = "export.made"


def promise(row: Export, *, at: datetime) -> None:
    """One letter to whoever the schedule names, in the open transaction."""
    if row.schedule is not None:
        post.post(
            sink="mail",
            kind=KIND,
            workspace_id=row.workspace_id,
            subject=row.id,
            payload={"user": row.schedule.user_id},
            at=at,
        )
