"""What workers do: deliveries, and long work."""

from collections.abc import Sequence
from datetime import datetime

from celery import shared_task
from django.conf import settings

from outbox import delivering, jobs


# Acknowledged on arrival: the lease in the row is what brings a lost delivery back, and sooner than a broker would. A
# worker that loses Redis with something unacknowledged in hand cannot put it back, and ends.
@shared_task(acks_late=False)
def deliver(*, message_ids: list[int], leased_until: str) -> None:
    """`leased_until` (ISO 8601) is the lease under which the relay gave these messages away."""
    delivering.deliver(message_ids=message_ids, leased_until=datetime.fromisoformat(leased_until))


def hand_over(message_ids: Sequence[int], leased_until: datetime, again: bool) -> None:
    """Queues a delivery, one that failed before apart: whoever does not answer holds up nobody who does.

    Raises at once when the broker cannot be reached; waiting is the relay's business.
    """
    given = {"message_ids": list(message_ids), "leased_until": leased_until.isoformat()}
    queue = settings.QUEUE_OF_RETRIES if again else settings.QUEUE_OF_DELIVERIES
    deliver.apply_async(kwargs=given, queue=queue, retry=False, ignore_result=True)


@shared_task(acks_late=False)
def work(*, job_id: str, leased_until: str) -> None:
    """`leased_until` (ISO 8601) is the lease under which the pulse gave this job away."""
    jobs.run(job_id=job_id, leased_until=datetime.fromisoformat(leased_until))


def hand_over_job(job_id: str, leased_until: datetime) -> None:
    """Queues a job. Raises at once when the broker cannot be reached."""
    given = {"job_id": job_id, "leased_until": leased_until.isoformat()}
    work.apply_async(kwargs=given, queue=settings.QUEUE_OF_JOBS, retry=False, ignore_result=True)
