"""The time of keeping: a workspace sets it, and the pulse erases what is older and not held."""

from datetime import datetime
from typing import Any

from accounts import queries as accounts_queries
from audit import record
from audit.actor import SYSTEM, Actor
from audit.kinds import EventKind
from compliance import retention, subjects
from compliance.models import Retention
from compliance.retention import DEFAULT_DAYS, LEAST_DAYS, MOST_DAYS
from compliance.services.executing import Doing, by_retention, erase_actions
from outbox import jobs
from outbox.jobs import Work
from tenancy import scope

JOB = "retention"


def keep_for(*, actor: Actor, at: datetime, workspace_id: str, days: int) -> None:
    """Counts from the next sweep. Raises BadRequest."""
    if not LEAST_DAYS <= days <= MOST_DAYS:
        raise subjects.fault(
            "/days", "out_of_range", f"Keep for {LEAST_DAYS} days (six months) to {MOST_DAYS} days (a hundred years)."
        )
    with scope.acting(workspace_id):
        before = retention.days_kept(workspace_id)
        Retention.objects.update_or_create(workspace_id=workspace_id, defaults={"days": days, "swept_to": ""})
        record.record(
            kind=EventKind.RETENTION_CHANGED,
            workspace_id=workspace_id,
            actor=actor,
            at=at,
            subject=("workspace", workspace_id),
            data={"from": before, "to": days},
        )


def retain_due(*, at: datetime) -> int:
    """Orders the work wherever something is over time; says in how many workspaces."""
    due = [workspace_id for workspace_id in accounts_queries.workspace_ids() if _is_due(workspace_id, at)]
    for workspace_id in due:
        with scope.acting(workspace_id):
            jobs.start(kind=JOB, workspace_id=workspace_id, by_id=SYSTEM.id, by_name=SYSTEM.label, payload={}, at=at)
    return len(due)


def run(work: Work) -> dict[str, Any]:
    """The job: everything of one workspace that is over time, oldest first, a batch in a transaction."""
    doing, looked_at = by_retention(work.workspace_id), 0
    while count := _sweep(doing, work.now()):
        looked_at += count
        work.step(looked_at, looked_at)
    return {"actions": doing.actions, "values": doing.gone, "passed_by": doing.passed_by}


def _is_due(workspace_id: str, at: datetime) -> bool:
    row = Retention.everywhere.filter(workspace_id=workspace_id).first()
    days, after = (row.days, row.swept_to) if row else (DEFAULT_DAYS, "")
    if not retention.overdue(workspace_id, at, days=days, after=after, limit=1):
        return False
    return all(job.outcome for job in jobs.newest(workspace_id, JOB, 1))


def _sweep(doing: Doing, at: datetime) -> int:
    """Erases the oldest that are over time, and says at how many it looked. What is held is passed by until its hold is
    lifted.
    """
    workspace_id = doing.workspace_id
    with scope.acting(workspace_id):
        row = Retention.objects.select_for_update(of=("self",)).filter(workspace_id=workspace_id).first()
        days, after = (row.days, row.swept_to) if row else (DEFAULT_DAYS, "")
        found = retention.overdue(workspace_id, at, days=days, after=after)
        due = [action_id for action_id, is_erased in found if not is_erased]
        if due:
            erase_actions(doing, due, at)
        if found:
            swept = {"swept_to": found[-1][0]}
            Retention.objects.update_or_create(
                workspace_id=workspace_id, defaults=swept, create_defaults={"days": DEFAULT_DAYS, **swept}
            )
    return len(found)
