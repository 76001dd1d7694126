"""Labels that leave the house."""

import hmac
from collections.abc import Iterator, Sequence
from datetime import datetime

from django.conf import settings
from django.db import transaction

from audit import record
from audit.actor import Actor
from audit.canonical import stamp
from audit.kinds import EventKind
from feedback import queries
from feedback.export import canonical
from feedback.models import Label, Look, Outcome


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


def erase_labels(*, at: datetime, workspace_id: str, action_ids: Sequence[str]) -> int:
    """Makes tombstones of what these actions taught, inside the caller's transaction, which leaves the fact. Says how
    many.
    """
    of_label = {"workspace_id": workspace_id, "label__action_id__in": list(action_ids)}
    Look.everywhere.filter(**of_label, given_at__isnull=False).update(comment="", answer=None, erased_at=at)
    Outcome.everywhere.filter(**of_label).update(comment="", erased_at=at)
    labels = Label.everywhere.filter(workspace_id=workspace_id, action_id__in=list(action_ids))
    return labels.exclude(queries.TOMBSTONE).update(
        proposed={}, final=None, patch=[], comment="", context={}, alternative=None, erased_at=at
    )


def erase_comments(*, at: datetime, workspace_id: str, action_ids: Sequence[str], user_id: str) -> None:
    """Takes the words out of labels that this person gave; a label keeps no name. In the caller's transaction."""
    labels = Label.everywhere.filter(workspace_id=workspace_id, action_id__in=list(action_ids)).exclude(comment="")
    for label in labels:
        if user_id in label.reviewers:
            Label.everywhere.filter(pk=label.pk).update(comment="", erased_at=label.erased_at or at)
