"""What people do with promises."""

from collections.abc import Iterable
from datetime import datetime
from functools import partial

from django.db import transaction

from outbox import wake
from outbox.models import Job, Message


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


def forget_person(*, workspace_id: str, user_id: str, instead: str) -> None:
    """Takes a person's name off the work that they ordered."""
    Job.objects.filter(workspace_id=workspace_id, by_id=user_id).update(by_name=instead)


def forget_about(*, workspace_id: str, subjects: Iterable[str]) -> int:
    """Drops dead letters about these, because what they were about is erased; says how many. What is still under way is
    sent: it says where to look, and what is looked up there is gone.
    """
    dead = Message.objects.filter(dead_at__isnull=False, workspace_id=workspace_id, subject__in=list(subjects))
    return dead.delete()[0]
