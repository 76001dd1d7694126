"""What auditors press, and what the worker then does."""

from pathlib import Path
from typing import Any

from audit.actor import Actor, Door
from compliance import filters, storage
from compliance.models import Export
from compliance.queries.exports import ExportView, find
from compliance.services import exports
from outbox import jobs
from tests.cast import Stage


def dana(stage: Stage) -> Actor:
    return stage.member("dana").actor(Door.WEB, "password")


def order(
    stage: Stage, what: str = "events", form: str = "jsonl", *, with_values: bool = False, **asked: Any
) -> ExportView:
    return exports.order_export(
        actor=dana(stage),
        at=stage.at,
        workspace_id=stage.id,
        what=what,
        form=form,
        wanted=filters.read(asked),
        with_values=with_values,
    )


def work(stage: Stage) -> None:
    """Does all that waits, as a worker would; it sees the clock as the stage does."""
    given: list[tuple[str, Any]] = []
    jobs.hand_out(lambda job_id, until: given.append((job_id, until)), at=stage.at)
    for job_id, until in given:
        assert jobs.run(job_id=job_id, leased_until=until, now=lambda: stage.at)


def made(stage: Stage, what: str = "events", form: str = "jsonl", **asked: Any) -> ExportView:
    view = order(stage, what, form, **asked)
    work(stage)
    found = find(stage.id, view.id)
    assert (found.state, found.problem) == ("made", "")
    return found


def file_of(view: ExportView) -> Path:
    return storage.path(Export.everywhere.get(pk=view.id).file)
