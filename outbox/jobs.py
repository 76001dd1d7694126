"""Long work that a page watches: rows with a lease, progress and a wish to stop.

A job belongs to whoever leased it, as a message does: the moment at which the lease ends is the worker's token, and a
worker that finds another one in the row stops. The pulse hands new jobs to workers and hands a lost one out again; a
job that was lost MOST_ATTEMPTS times is given up. The work must be able to begin anew.
"""

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from django.conf import settings
from django.db import connection, transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.module_loading import import_string

from outbox import wake
from outbox.models import Job
from tenancy import ids, scope

LEASE = timedelta(seconds=60)
PAUSE = timedelta(seconds=5)
MOST_ATTEMPTS = 3
BATCH = 10
KEPT = timedelta(days=30)

HandOver = Callable[[str, datetime], None]
Now = Callable[[], datetime]

log = logging.getLogger(__name__)


class NoTransaction(RuntimeError):
    """Work was ordered outside a transaction, where it could be done for a change that never happened."""


class Stopped(Exception):
    """Raised inside the work at its next step: it was cancelled, or somebody else has it now. Let it pass."""


class JobFailed(Exception):
    """The work cannot be done, and trying again would not help. The text is shown to whoever ordered it."""


@dataclass(slots=True)
class Work:
    """One job in the hands of a worker."""

    job_id: str
    workspace_id: str
    payload: Mapping[str, Any]
    leased_until: datetime
    now: Now

    def step(self, done: int, total: int) -> None:
        """Tells how far it is and keeps the lease. Call it at least every half minute. Raises Stopped."""
        until = self.now() + LEASE
        held = Job.objects.filter(pk=self.job_id, leased_until=self.leased_until, finished_at=None)
        if not held.filter(cancelled_at=None).update(done=done, total=total, leased_until=until):
            raise Stopped
        self.leased_until = until


Runner = Callable[[Work], dict[str, Any]]


@dataclass(frozen=True, slots=True)
class JobView:
    """A job as pages show it. `outcome` is "" while it runs or waits; `result` is what the work answered."""

    id: str
    kind: str
    payload: dict[str, Any]
    by_name: str
    created_at: datetime
    done: int
    total: int
    is_cancelled: bool
    finished_at: datetime | None
    outcome: str
    problem: str
    result: dict[str, Any] | None

    @property
    def percent(self) -> int:
        return min(100, self.done * 100 // self.total) if self.total else 0


def start(*, kind: str, workspace_id: str, by_id: str, by_name: str, payload: Mapping[str, Any], at: datetime) -> str:
    """Orders a job in the open transaction and returns its id. `kind` is a name that `OUTBOX_JOBS` knows."""
    if not connection.in_atomic_block:
        raise NoTransaction(NoTransaction.__doc__)
    job = Job(
        id=ids.new("job", at),
        workspace_id=workspace_id,
        kind=kind,
        payload=dict(payload),
        by_id=by_id,
        by_name=by_name,
        created_at=at,
    )
    job.save(force_insert=True)
    transaction.on_commit(partial(wake.publish, wake.OUTBOX))
    return job.id


def cancel(*, workspace_id: str, job_id: str, at: datetime) -> bool:
    """Asks it to stop; True where it was still to be done. One that nobody works on ends at once."""
    asked = Job.objects.filter(pk=job_id, workspace_id=workspace_id, finished_at=None, cancelled_at=None)
    if not asked.update(cancelled_at=at):
        return False
    idle = Job.objects.filter(pk=job_id, finished_at=None).filter(Q(leased_until=None) | Q(leased_until__lte=at))
    idle.update(finished_at=at, outcome="cancelled")
    return True


def find(workspace_id: str, job_id: str, kind: str) -> JobView | None:
    job = Job.objects.filter(pk=job_id, workspace_id=workspace_id, kind=kind).first()
    return None if job is None else _view(job)


def several(workspace_id: str, job_ids: Sequence[str]) -> dict[str, JobView]:
    """Those of the jobs that are still known, without their results."""
    rows = Job.objects.filter(workspace_id=workspace_id, pk__in=job_ids).defer("result") if job_ids else ()
    return {job.pk: _view(job, with_result=False) for job in rows}


def newest(workspace_id: str, kind: str, limit: int) -> list[JobView]:
    """Newest first, without their results."""
    rows = Job.objects.filter(workspace_id=workspace_id, kind=kind).order_by("-id").defer("result")[:limit]
    return [_view(job, with_result=False) for job in rows]


def hand_out(hand_over: HandOver, *, at: datetime) -> bool:
    """Gives waiting and lost jobs to workers. True when there may be more."""
    claimed = _claim(at)
    for job_id, until in claimed:
        try:
            hand_over(job_id, until)
        except Exception:
            log.exception("The workers' queue takes no job; trying again in %s s.", PAUSE.total_seconds())
            held = Job.objects.filter(pk=job_id, leased_until=until)
            held.update(leased_until=at + PAUSE, attempts=_one_less(job_id))
    return len(claimed) == BATCH


def run(*, job_id: str, leased_until: datetime, now: Now = timezone.now) -> bool:
    """Does the job if the lease is still this one; says whether it did."""
    job = Job.objects.filter(pk=job_id, leased_until=leased_until, finished_at=None).first()
    if job is None:
        return False
    work = Work(job.pk, job.workspace_id, job.payload, leased_until, now)
    try:
        work.step(0, job.total)
        runner: Runner = import_string(settings.OUTBOX_JOBS[job.kind])
        with scope.workspace(job.workspace_id):
            result = runner(work)
    except Stopped:
        _finish(work, "cancelled", cancelled_at__isnull=False)
    except JobFailed as failure:
        _finish(work, "failed", problem=str(failure))
    except Exception:
        log.exception("Job %s (%s) broke off.", job.pk, job.kind)
        Job.objects.filter(pk=job.pk, leased_until=work.leased_until).update(leased_until=now() + PAUSE)
    else:
        _finish(work, "done", result=result)
    return True


def forget(*, at: datetime) -> int:
    """Drops jobs that ended long ago; says how many."""
    return Job.objects.filter(finished_at__lt=at - KEPT).delete()[0]


def _claim(at: datetime) -> list[tuple[str, datetime]]:
    free = Job.objects.filter(Q(leased_until=None) | Q(leased_until__lte=at), finished_at=None)
    if not free.exists():
        return []
    with transaction.atomic():
        if connection.features.has_select_for_update_skip_locked:
            free = free.select_for_update(skip_locked=True)
        claimed = []
        for job in free.order_by("id")[:BATCH]:
            if job.cancelled_at is not None:
                job.finished_at, job.outcome = at, "cancelled"
            elif job.attempts >= MOST_ATTEMPTS:
                job.finished_at, job.outcome = at, "failed"
                job.problem = f"It broke off {MOST_ATTEMPTS} times. The server's log says why; start it again then."
            else:
                job.attempts, job.leased_until = job.attempts + 1, at + LEASE
                claimed.append((job.pk, at + LEASE))
            job.save(update_fields=["attempts", "leased_until", "finished_at", "outcome", "problem"])
    return claimed


def _one_less(job_id: str) -> int:
    """A job that no worker saw was not tried."""
    attempts: int = Job.objects.values_list("attempts", flat=True).get(pk=job_id)
    return max(0, attempts - 1)


def _finish(work: Work, outcome: str, *, problem: str = "", result: dict[str, Any] | None = None, **only: bool) -> None:
    held = Job.objects.filter(pk=work.job_id, leased_until=work.leased_until, finished_at=None, **only)
    held.update(finished_at=work.now(), outcome=outcome, problem=problem, result=result)


def _view(job: Job, *, with_result: bool = True) -> JobView:
    return JobView(
        id=job.pk,
        kind=job.kind,
        payload=job.payload,
        by_name=job.by_name,
        created_at=job.created_at,
        done=job.done,
        total=job.total,
        is_cancelled=job.cancelled_at is not None,
        finished_at=job.finished_at,
        outcome=job.outcome,
        problem=job.problem,
        result=job.result if with_result else None,
    )
