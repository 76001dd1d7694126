"""What stories of erasure share."""

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest

from audit.actor import Door
from compliance import erasures, services
from compliance.erasures import ErasureView
from outbox import jobs
from outbox.models import Job, Message
from outbox.types import Delivery
from tests.cast import Stage

Erase = Callable[..., ErasureView]


def ask(
    stage: Stage, kind: str, subject: str, *, by: str = "dana", note: str = "", at: datetime | None = None
) -> ErasureView:
    return services.request_erasure(
        actor=stage.member(by).actor(Door.WEB, "password"),
        at=at or stage.at,
        workspace_id=stage.id,
        kind=kind,
        subject=subject,
        basis="objection",
        note=note,
    )


def agree(stage: Stage, erasure: ErasureView, *, by: str = "eve", at: datetime | None = None) -> ErasureView:
    return services.agree_to_erase(
        actor=stage.member(by).actor(Door.WEB, "password"),
        at=at or stage.at,
        workspace_id=stage.id,
        erasure_id=erasure.id,
    )


def work(stage: Stage, erasure: ErasureView, at: datetime | None = None) -> ErasureView:
    """A worker takes the job up."""
    now = at or stage.at
    job = Job.objects.get(pk=erasures.find(stage.id, erasure.id).job_id)
    until = now + timedelta(seconds=60)
    Job.objects.filter(pk=job.pk).update(leased_until=until, finished_at=None)
    assert jobs.run(job_id=job.pk, leased_until=until, now=lambda: now)
    return erasures.find(stage.id, erasure.id)


@pytest.fixture
def erase(stage: Stage) -> Erase:
    """Dana asks, Eve agrees, a worker does it; some minutes later, when grants are over."""

    def do(kind: str, subject: str, at: datetime | None = None) -> ErasureView:
        return work(stage, agree(stage, ask(stage, kind, subject, at=at), at=at), at)

    return do


def deliver(sink: Callable[[Delivery], None], name: str) -> None:
    """Everything that is owed to one sink arrives."""
    for message in Message.objects.filter(sink=name).order_by("id"):
        sink(
            Delivery(
                message.pk,
                message.workspace_id,
                message.kind,
                message.subject,
                message.payload,
                message.attempts,
                message.created_at,
            )
        )
        message.delete()
