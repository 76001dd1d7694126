"""What the tests of accounts read back from the log."""

from typing import Any

import orjson

from audit.models import Disclosure, Event


def facts(kind: str, workspace_id: str) -> list[dict[str, Any]]:
    """The events of one kind, oldest first, as {subject, actor, data}."""
    rows = Event.objects.filter(kind=kind, workspace_id=workspace_id).order_by("occurred_at", "recorded_at", "id")
    trees = [orjson.loads(bytes(row.body)) for row in rows]
    return [{"subject": t["subject"], "actor": t["actor"]["id"], "data": t["data"]} for t in trees]


def last(kind: str, workspace_id: str) -> dict[str, Any]:
    return facts(kind, workspace_id)[-1]


def secrets_of(kind: str, workspace_id: str) -> list[dict[str, Any]]:
    """The disclosed values beside each event of one kind, oldest first."""
    rows = Event.objects.filter(kind=kind, workspace_id=workspace_id).order_by("occurred_at", "recorded_at", "id")
    return [
        {side.name: orjson.loads(bytes(side.value)) for side in Disclosure.objects.filter(event_id=row.id)}
        for row in rows
    ]
