"""What goes out about streams and webhooks, as shapes and as trees. The schema is made of the shapes."""

from typing import Any, Literal

from msgspec import Struct

from approvals.envelope import Stamp
from compliance.queries.streams import StreamView
from outbox.queries import EndpointView


class LogStreamOut(Struct, forbid_unknown_fields=True, frozen=True):
    """Where the log is sent. `behind` counts the entries still to be sent, `late_seconds` is the age of the oldest."""

    id: str
    url: str
    format: str
    values: bool
    state: Literal["sending", "waiting", "failing", "paused"]
    sent: int
    sent_at: Stamp | None
    behind: int
    late_seconds: float
    failing_since: Stamp | None
    last_error: str | None
    begun_by: str
    begun_at: Stamp


class LogStreamsOut(Struct, forbid_unknown_fields=True, frozen=True):
    """All of them; `next` is always null."""

    items: list[LogStreamOut]
    next: str | None


class WebhookOut(Struct, forbid_unknown_fields=True, frozen=True):
    """`agent` is null for the whole workspace. `state`: nothing was sent yet, the last one arrived, or it failed."""

    id: str
    url: str
    agent: str | None
    types: list[str]
    state: Literal["ready", "sent", "failing"]
    sent: int
    sent_at: Stamp | None
    failing_since: Stamp | None
    last_error: str | None
    added_by: str
    added_at: Stamp
    secret_before_until: Stamp | None


class WebhooksOut(Struct, forbid_unknown_fields=True, frozen=True):
    """All of them; `next` is always null."""

    items: list[WebhookOut]
    next: str | None


def stream_tree(view: StreamView) -> dict[str, Any]:
    return {
        "id": view.id,
        "url": view.url,
        "format": view.format,
        "values": view.with_values,
        "state": view.state,
        "sent": view.sent,
        "sent_at": view.sent_at,
        "behind": view.behind,
        "late_seconds": view.late_seconds,
        "failing_since": view.failing_since,
        "last_error": view.last_error or None,
        "begun_by": view.by_name,
        "begun_at": view.created_at,
    }


def webhook_tree(view: EndpointView) -> dict[str, Any]:
    return {
        "id": view.id,
        "url": view.url,
        "agent": view.agent_id or None,
        "types": view.kinds,
        "state": view.state,
        "sent": view.sent,
        "sent_at": view.sent_at,
        "failing_since": view.failing_since,
        "last_error": view.last_error or None,
        "added_by": view.by_name,
        "added_at": view.created_at,
        "secret_before_until": view.both_until,
    }
