"""Long work: each job is done once by whoever holds its lease, tells how far it is, and stops when asked."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import transaction
from pytest_django.fixtures import Settings

from outbox import jobs
from outbox.jobs import JobFailed, JobView, Work
from outbox.models import Job

WORKSPACE = "wsp_1"
SEEN: list[str] = []


def count(work: Work) -> dict[str, Any]:
    for n in range(3):
        work.step(n, 3)
    SEEN.append(work.job_id)
    return {"said": work.payload["word"]}


def refuse(work: Work) -> dict[str, Any]:
    raise JobFailed("There is nothing to look at.")


def break_off(work: Work) -> dict[str, Any]:
    raise RuntimeError("out of order")


def stopped(work: Work) -> dict[str, Any]:
    jobs.cancel(workspace_id=WORKSPACE, job_id=work.job_id, at=work.now())
    work.step(1, 3)
    raise AssertionError("it went on")


def overtaken(work: Work) -> dict[str, Any]:
    Job.objects.filter(pk=work.job_id).update(leased_until=work.now() + timedelta(minutes=9))
    work.step(1, 3)
    raise AssertionError("it went on")


@pytest.fixture(autouse=True)
def kinds(settings: Settings) -> None:
    SEEN.clear()
    names = ("count", "refuse", "break_off", "stopped", "overtaken")
    settings.OUTBOX_JOBS = {name: f"{__name__}.{name}" for name in names}


def ordered(at: datetime, kind: str = "count") -> str:
    with transaction.atomic():
        return jobs.start(
            kind=kind, workspace_id=WORKSPACE, by_id="usr_1", by_name="Ada", payload={"word": "hello"}, at=at
        )


def handed(at: datetime) -> list[tuple[str, datetime]]:
    given: list[tuple[str, datetime]] = []
    jobs.hand_out(lambda job_id, until: given.append((job_id, until)), at=at)
    return given


def work_on(at: datetime) -> None:
    for job_id, until in handed(at):
        assert jobs.run(job_id=job_id, leased_until=until, now=lambda: at) is True


def view(job_id: str, kind: str = "count") -> JobView:
    found = jobs.find(WORKSPACE, job_id, kind)
    assert found is not None
    return found


def test_a_job_is_handed_out_once_and_says_what_it_found(db: None, at: datetime) -> None:
    job_id = ordered(at)
    assert (view(job_id).outcome, view(job_id).percent) == ("", 0)
    ((given, until),) = handed(at)
    assert (given, handed(at)) == (job_id, [])
    assert jobs.run(job_id=job_id, leased_until=until, now=lambda: at) is True
    done = view(job_id)
    assert (done.outcome, done.done, done.total, done.result, done.finished_at) == ("done", 2, 3, {"said": "hello"}, at)
    assert (SEEN, handed(at + timedelta(hours=1))) == ([job_id], [])


def test_a_task_that_comes_twice_finds_nothing_to_do(db: None, at: datetime) -> None:
    job_id = ordered(at)
    ((_, until),) = handed(at)
    jobs.run(job_id=job_id, leased_until=until, now=lambda: at)
    assert jobs.run(job_id=job_id, leased_until=until, now=lambda: at) is False
    assert [job_id] == SEEN


def test_a_lost_job_is_handed_out_again_and_given_up_in_the_end(db: None, at: datetime) -> None:
    job_id = ordered(at)
    for n in range(jobs.MOST_ATTEMPTS):
        assert [found for found, _ in handed(at + n * jobs.LEASE)] == [job_id]
    assert handed(at + 9 * jobs.LEASE) == []
    assert (view(job_id).outcome, view(job_id).problem.split(".")[0]) == ("failed", "It broke off 3 times")


def test_work_that_breaks_off_is_tried_again(db: None, at: datetime) -> None:
    job_id = ordered(at, "break_off")
    work_on(at)
    assert (view(job_id, "break_off").outcome, handed(at)) == ("", [])
    assert [found for found, _ in handed(at + jobs.PAUSE)] == [job_id]


def test_work_that_cannot_be_done_says_so(db: None, at: datetime) -> None:
    job_id = ordered(at, "refuse")
    work_on(at)
    failed = view(job_id, "refuse")
    assert (failed.outcome, failed.problem, failed.result) == ("failed", "There is nothing to look at.", None)


def test_work_stops_at_its_next_step_when_asked(db: None, at: datetime) -> None:
    job_id = ordered(at, "stopped")
    work_on(at)
    assert (view(job_id, "stopped").outcome, view(job_id, "stopped").is_cancelled) == ("cancelled", True)


def test_a_worker_that_lost_its_lease_stops_and_leaves_the_job_to_the_other(db: None, at: datetime) -> None:
    job_id = ordered(at, "overtaken")
    work_on(at)
    assert view(job_id, "overtaken").outcome == ""


def test_what_waits_is_cancelled_at_once(db: None, at: datetime) -> None:
    job_id = ordered(at)
    assert jobs.cancel(workspace_id="wsp_2", job_id=job_id, at=at) is False
    assert jobs.cancel(workspace_id=WORKSPACE, job_id=job_id, at=at) is True
    assert jobs.cancel(workspace_id=WORKSPACE, job_id=job_id, at=at) is False
    assert (view(job_id).outcome, handed(at)) == ("cancelled", [])


def test_a_queue_that_takes_nothing_costs_no_attempt(db: None, at: datetime) -> None:
    job_id = ordered(at)

    def unreachable(job_id: str, until: datetime) -> None:
        raise ConnectionError("no broker")

    for n in range(5):
        jobs.hand_out(unreachable, at=at + n * jobs.PAUSE)
    assert (Job.objects.get(pk=job_id).attempts, view(job_id).outcome) == (0, "")


def test_another_workspace_and_another_kind_see_nothing(db: None, at: datetime) -> None:
    job_id = ordered(at)
    assert (jobs.find("wsp_2", job_id, "count"), jobs.find(WORKSPACE, job_id, "refuse")) == (None, None)
    assert [job.id for job in jobs.newest(WORKSPACE, "count", 5)] == [job_id]


def test_what_ended_long_ago_is_forgotten(db: None, at: datetime) -> None:
    ordered(at)
    work_on(at)
    assert (jobs.forget(at=at + jobs.KEPT), jobs.forget(at=at + jobs.KEPT + timedelta(seconds=1))) == (0, 1)


def test_work_is_ordered_inside_a_transaction_alone(committed: None, at: datetime) -> None:
    with pytest.raises(jobs.NoTransaction):
        jobs.start(kind="count", workspace_id=WORKSPACE, by_id="", by_name="", payload={}, at=at)
