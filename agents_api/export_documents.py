"""What goes out about the audit log, as shapes. The schema is made of these."""

from typing import Any, Literal

from msgspec import Struct

from approvals.envelope import Stamp

ExportState = Literal["waiting", "running", "stopping", "made", "expired", "cancelled", "failed"]


class FollowedActionOut(Struct, forbid_unknown_fields=True, frozen=True):
    """Of the action that an event belongs to."""

    tool: str
    agent: str
    outcome: str


class FollowedEventOut(Struct, forbid_unknown_fields=True, frozen=True):
    """`event` is the event itself, byte for byte as it was recorded."""

    id: str
    recorded_at: Stamp
    event: dict[str, Any]
    action: FollowedActionOut | None


class EventPageOut(Struct, forbid_unknown_fields=True, frozen=True):
    """`next` goes on behind what was looked at; a page may hold fewer than `limit`, or none, and still have a next."""

    items: list[FollowedEventOut]
    next: str | None


class ExportOut(Struct, forbid_unknown_fields=True, frozen=True):
    """`file` is the path of the bytes while they are there; `sha256` is of all of them."""

    id: str
    what: str
    format: str
    asked: dict[str, str]
    values: bool
    state: ExportState
    done: int
    total: int
    problem: str | None
    ordered_at: Stamp
    ordered_by: str
    made_at: Stamp | None
    expires_at: Stamp | None
    expired_at: Stamp | None
    bytes: int | None
    rows: int | None
    sha256: str | None
    file: str | None


class ExportPageOut(Struct, forbid_unknown_fields=True, frozen=True):
    """`next` is the cursor of the following page, null on the last."""

    items: list[ExportOut]
    next: str | None
