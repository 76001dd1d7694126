"""Requests to erase, as pages and the API read them."""

from dataclasses import dataclass
from datetime import datetime

from approvals.errors import NotFound
from compliance.models import Erasure
from compliance.words import Basis
from outbox import jobs
from outbox.jobs import JobView
from tenancy import ids

PAGE = 50
JOB = "erasure"


@dataclass(frozen=True, slots=True)
class ErasureView:
    """`subject` is empty once it is executed. `job` is there while one works on it."""

    id: str
    kind: str
    subject: str
    basis: str
    note: str
    requested_by: str
    requested_name: str
    requested_at: datetime
    agreed_by: str
    agreed_name: str
    agreed_at: datetime | None
    closed_at: datetime | None
    closed_name: str
    outcome: str
    job_id: str
    actions: int
    erased: int
    passed_by: int

    @property
    def state(self) -> str:
        return self.outcome or ("agreed" if self.agreed_at else "requested")

    @property
    def basis_told(self) -> str:
        return str(Basis(self.basis).label)


def page(workspace_id: str, *, after: str = "", limit: int = PAGE) -> list[ErasureView]:
    """Newest first."""
    rows = Erasure.everywhere.filter(workspace_id=workspace_id)
    if after:
        rows = rows.filter(id__lt=after)
    return [view(row) for row in rows.order_by("-id")[:limit]]


def find(workspace_id: str, erasure_id: str) -> ErasureView:
    """Raises NotFound."""
    rows = Erasure.everywhere.filter(pk=erasure_id, workspace_id=workspace_id)
    row = rows.first() if ids.is_id(erasure_id, "ers") else None
    if row is None:
        raise NotFound(f"There is no erasure {erasure_id[:60]} here.")
    return view(row)


def work_on(workspace_id: str, erasure: ErasureView) -> JobView | None:
    """How far the job is."""
    return jobs.find(workspace_id, erasure.job_id, JOB) if erasure.job_id else None


def view(row: Erasure) -> ErasureView:
    return ErasureView(**{name: getattr(row, name) for name in ErasureView.__dataclass_fields__})
