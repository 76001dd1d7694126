"""Labels that leave the house."""

import hmac
from collections.abc import Iterator
from datetime import datetime

from django.conf import settings
from django.db import transaction

from audit import record
from audit.actor import Actor
from audit.canonical import stamp
from audit.kinds import EventKind
from feedback import queries
from feedback.export import canonical


def export_labels(*, actor: Actor, at: datetime, workspace_id: str, since: datetime | None = None) -> Iterator[bytes]:
    """Canonical JSONL of the labels that exist now, decided at `since` or later, line by line in bounded memory.

    The fact is left before the first line leaves: whoever reads only half has still been given it.
    """
    with transaction.atomic():
        count, through = queries.extent(workspace_id, since)
        record.record(
            kind=EventKind.EXPORT_MADE,
            workspace_id=workspace_id,
            actor=actor,
            at=at,
            subject=("workspace", workspace_id),
            data={
                "what": "labels",
                "format": canonical.SCHEMA,
                "count": count,
                "through": through or None,
                "since": stamp(since) if since else None,
            },
        )
    secret = hmac.digest(settings.KEY_PEPPER.encode(), f"reviewers of {workspace_id}".encode(), "sha256")
    return (canonical.line(label, secret) for label in queries.stream(workspace_id, since, through=through))
