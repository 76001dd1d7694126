"""What people do with promises."""

from collections.abc import Iterable
from datetime import datetime
from functools import partial

from django.db import transaction

from outbox import wake
from outbox.models import Endpoint, Job, Message, Sent
from outbox.sending import send_webhook as send_webhook


def retry(*, at: datetime, message_ids: Iterable[int], workspace_id: str = "") -> int:
    """Sends dead letters once more and says how many there were; one that fails again is a dead letter again.

    With a workspace, only letters of it.
    """
    dead = Message.objects.filter(pk__in=list(message_ids), dead_at__isnull=False)
    if workspace_id:
        dead = dead.filter(workspace_id=workspace_id)
    count = dead.update(dead_at=None, leased_until=None, due_at=at)
    transaction.on_commit(partial(wake.publish, wake.OUTBOX))
    return count


def send_again(*, at: datetime, message_id: int, workspace_id: str) -> bool:
    """Promises once more what has arrived; False where it is not known any more, or its sink keeps nothing to send."""
    row = Sent.objects.filter(pk=message_id, workspace_id=workspace_id, payload__isnull=False).first()
    if row is None:
        return False
    told = {name: getattr(row, name) for name in ("workspace_id", "sink", "kind", "subject", "payload")}
    Message.objects.create(**told, created_at=at, due_at=at)
    transaction.on_commit(partial(wake.publish, wake.OUTBOX))
    return True


def forget_person(*, workspace_id: str, user_id: str, instead: str) -> None:
    """Takes a person's name off the work that they ordered, also where the order itself repeats it as `by`."""
    mine = Job.objects.filter(workspace_id=workspace_id, by_id=user_id)
    mine.update(by_name=instead)
    for job in mine.filter(payload__has_key="by"):
        payload = {**job.payload, "by": {**job.payload["by"], "label": instead}}
        Job.objects.filter(pk=job.pk).update(payload=payload)
    Endpoint.everywhere.filter(workspace_id=workspace_id, by_id=user_id).update(by_name=instead)


def forget_about(*, workspace_id: str, subjects: Iterable[str]) -> int:
    """Drops dead letters about these, because what they were about is erased; says how many. What is still under way is
    sent: it says where to look, and what is looked up there is gone.
    """
    dead = Message.objects.filter(dead_at__isnull=False, workspace_id=workspace_id, subject__in=list(subjects))
    return dead.delete()[0]
