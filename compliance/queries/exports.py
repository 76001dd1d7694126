"""Exports as pages and the API show them: how far, how long still, and of what."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from approvals.errors import NotFound
from compliance import filters, offers
from compliance.models import Export, Schedule
from outbox import jobs
from outbox.jobs import JobView
from tenancy import ids

PAGE = 25
OFFERS, FORMATS = offers.OFFERS, offers.FORMATS


@dataclass(frozen=True, slots=True)
class ExportView:
    """`state` is waiting, running, stopping, made, expired, cancelled or failed; `percent` counts while it runs."""

    id: str
    what: str
    label: str
    format: str
    format_label: str
    asked: dict[str, str]
    told: str
    with_values: bool
    by_name: str
    created_at: datetime
    state: str
    done: int
    total: int
    percent: int
    problem: str
    made_at: datetime | None
    expires_at: datetime | None
    expired_at: datetime | None
    because: str
    bytes: int | None
    rows: int | None
    sha256: str
    schedule_id: str

    @property
    def is_under_way(self) -> bool:
        return self.state in {"waiting", "running", "stopping"}


def page(workspace_id: str, *, after: str = "", limit: int = PAGE) -> list[ExportView]:
    """Newest first: one more than `limit` where there are more."""
    found = Export.everywhere.filter(workspace_id=workspace_id).order_by("-id")
    if after:
        found = found.filter(id__lt=after)
    rows = list(found[: limit + 1])
    work = jobs.several(workspace_id, [row.job_id for row in rows if row.made_at is None])
    return [view(row, work.get(row.job_id)) for row in rows]


def find(workspace_id: str, export_id: str) -> ExportView:
    """Raises NotFound."""
    row = row_of(workspace_id, export_id)
    return view(row, jobs.several(workspace_id, [row.job_id]).get(row.job_id))


def row_of(workspace_id: str, export_id: str) -> Export:
    """Raises NotFound."""
    shaped = ids.is_id(export_id, "exp")
    row = Export.everywhere.filter(pk=export_id, workspace_id=workspace_id).first() if shaped else None
    if row is None:
        raise NotFound(f"There is no export {export_id[:60]} here.")
    return row


def view(row: Export, job: JobView | None) -> ExportView:
    offer = offers.OFFERS.get(row.what)
    return ExportView(
        id=row.id,
        what=row.what,
        label=offer.label if offer else row.what,
        format=row.format,
        format_label=offers.FORMATS.get(row.format, row.format),
        asked=row.asked,
        told=filters.read(row.asked).told,
        with_values=row.with_values,
        by_name=row.by_name,
        created_at=row.created_at,
        state=_state(row, job),
        done=job.done if job else 0,
        total=job.total if job else 0,
        percent=job.percent if job else 0,
        problem=job.problem if job else "",
        made_at=row.made_at,
        expires_at=row.expires_at,
        expired_at=row.expired_at,
        because=row.because,
        bytes=row.bytes,
        rows=row.rows,
        sha256=row.sha256,
        schedule_id=row.schedule_id or "",
    )


def _state(row: Export, job: JobView | None) -> str:
    if row.expired_at is not None:
        return "expired"
    if row.made_at is not None:
        return "made"
    # Jobs that ended long ago are forgotten, and with them why.
    if job is None:
        return "failed"
    if job.outcome in {"failed", "cancelled"}:
        return job.outcome
    if job.is_cancelled:
        return "stopping"
    return "running" if job.total else "waiting"


@dataclass(frozen=True, slots=True)
class ScheduleView:
    id: str
    label: str
    format_label: str
    every: str
    to_name: str
    told: str
    next_at: datetime


def schedules(workspace_id: str) -> list[ScheduleView]:
    """Those that go on, newest first; a workspace may have SCHEDULES_MAX."""
    rows = Schedule.everywhere.filter(workspace_id=workspace_id, ended_at=None).select_related("user").order_by("-id")
    return [_schedule(row) for row in rows[:SCHEDULES_MAX]]


SCHEDULES_MAX = 50


def _schedule(row: Any) -> ScheduleView:
    offer = offers.OFFERS.get(row.what)
    return ScheduleView(
        id=row.id,
        label=offer.label if offer else row.what,
        format_label=offers.FORMATS.get(row.format, row.format),
        every=row.every,
        to_name=row.user.name,
        told=filters.read(row.asked).told,
        next_at=row.next_at,
    )


def what_choices() -> Sequence[tuple[str, str]]:
    return [(offer.what, offer.label) for offer in offers.OFFERS.values()]
