"""The time of keeping: a workspace sets it, and the pulse erases what is older and not held."""

from datetime import datetime

from accounts import queries as accounts_queries
from audit import record
from audit.actor import Actor
from audit.kinds import EventKind
from compliance import retention, subjects
from compliance.models import Retention
from compliance.retention import DEFAULT_DAYS, LEAST_DAYS, MOST_DAYS
from compliance.services.executing import by_retention, erase_actions
from tenancy import scope


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


def retain_due(*, at: datetime) -> bool:
    """One look at every workspace; True where more of it is waiting."""
    more = [_sweep(workspace_id, at) for workspace_id in accounts_queries.workspace_ids()]
    return True in more


def _sweep(workspace_id: str, at: datetime) -> bool:
    """Erases the oldest that are over time. What is held is passed by until its hold is lifted."""
    with scope.acting(workspace_id):
        row = Retention.objects.select_for_update(of=("self",)).filter(workspace_id=workspace_id).first()
        days, after = (row.days, row.swept_to) if row else (DEFAULT_DAYS, "")
        found = retention.overdue(workspace_id, at, days=days, after=after)
        due = [action_id for action_id, is_erased in found if not is_erased]
        if due:
            erase_actions(by_retention(workspace_id), due, at)
        if found:
            swept = {"swept_to": found[-1][0]}
            Retention.objects.update_or_create(
                workspace_id=workspace_id, defaults=swept, create_defaults={"days": DEFAULT_DAYS, **swept}
            )
    return len(found) == retention.CHUNK
