"""A backtest as long work: the active policy and another one on the past of a window."""

from datetime import datetime, timedelta
from typing import Any

from approvals import past_calls, policies
from approvals.errors import BadRequest, Conflict, Fault, NotFound
from approvals.models import ActivePolicy, PolicyVersion
from approvals.policy.backtest import Backtest, Report
from approvals.policy.compiled import Policy
from audit.actor import Actor
from outbox import jobs
from outbox.jobs import JobFailed, JobView, Work
from tenancy import ids, scope

KIND = "backtest"
Job = JobView
DAYS_MAX = 366
AT_ONCE = 2
LISTED = 10


def start_backtest(*, actor: Actor, at: datetime, workspace_id: str, version_id: str, days: int = 30) -> str:
    """Orders a backtest of a saved version over the last days and returns the job's id.

    Raises NotFound, BadRequest, and Conflict while AT_ONCE of the workspace are under way.
    """
    if not 1 <= days <= DAYS_MAX:
        detail = f"Look back 1 to {DAYS_MAX} days."
        raise BadRequest(detail, code="out_of_range", faults=[Fault("/days", "out_of_range", detail)])
    with scope.acting(workspace_id):
        if not ids.is_id(version_id, "pol") or not PolicyVersion.objects.filter(pk=version_id).exists():
            raise NotFound(f"There is no policy version {version_id[:60]} here.")
        active_id = ActivePolicy.objects.values_list("version_id", flat=True).first()
        if active_id is None:
            raise NotFound("This workspace has no policy yet.")
        under_way = [job for job in jobs.newest(workspace_id, KIND, LISTED) if not job.outcome]
        if len(under_way) >= AT_ONCE:
            raise Conflict("Two backtests are under way already. Wait for one, or cancel it.", code="busy")
        payload = {
            "before": active_id,
            "after": version_id,
            "since": (at - timedelta(days=days)).isoformat(),
            "until": at.isoformat(),
            "days": days,
        }
        return jobs.start(
            kind=KIND, workspace_id=workspace_id, by_id=actor.id, by_name=actor.label, payload=payload, at=at
        )


def cancel_backtest(*, actor: Actor, at: datetime, workspace_id: str, job_id: str) -> None:
    """Raises NotFound."""
    find_backtest(workspace_id, job_id)
    jobs.cancel(workspace_id=workspace_id, job_id=job_id, at=at)


def find_backtest(workspace_id: str, job_id: str) -> JobView:
    """Raises NotFound."""
    found = jobs.find(workspace_id, job_id, KIND) if ids.is_id(job_id, "job") else None
    if found is None:
        raise NotFound(f"There is no backtest {job_id[:60]} here.")
    return found


def newest_backtests(workspace_id: str) -> list[JobView]:
    """Newest first, without their reports."""
    return jobs.newest(workspace_id, KIND, LISTED)


def run(work: Work) -> dict[str, Any]:
    """The job itself: the report as JSON."""
    said = work.payload
    try:
        before, after = policies.compiled(said["before"]), policies.compiled(said["after"])
    except NotFound as error:
        raise JobFailed(error.detail) from error
    since, until = datetime.fromisoformat(said["since"]), datetime.fromisoformat(said["until"])
    total = past_calls.count(work.workspace_id, since, until)
    testing, done = Backtest(before, after), 0
    for chunk in past_calls.chunks(work.workspace_id, since, until):
        for past in chunk:
            testing.see(past)
        done += len(chunk)
        work.step(done, max(total, done))
    return testing.report().tree()


def backtest_now(workspace_id: str, before: Policy, after: Policy, *, since: datetime, until: datetime) -> Report:
    """The same in this process, for the command line."""
    testing = Backtest(before, after)
    for chunk in past_calls.chunks(workspace_id, since, until):
        for past in chunk:
            testing.see(past)
    return testing.report()
