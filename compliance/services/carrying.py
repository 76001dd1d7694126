"""Carries the log to the receivers of streams, through the outbox: in its order, each entry at least once.

A message only says which stream to look at; what is to be sent is read when it is sent, and the position moves once a
batch has arrived. So a worker that dies in between sends a batch twice, under the same id, and an outage of any length
costs nothing but time: while one lasts the outbox tries again for a day, and after that a new message is promised.
"""

import time
from datetime import datetime, timedelta
from typing import Any

from django.db.models import DateTimeField, F, Q, Value
from django.db.models.functions import Coalesce
from django.utils import timezone

from compliance import formats
from compliance.models import Stream
from compliance.queries import streams
from compliance.queries.streams import Batch
from outbox import post, webhooks
from outbox.delivering import GIVE_UP_AFTER, Now
from outbox.outward import Outward
from outbox.types import Delivery, PermanentFailure, TransientFailure
from outbox.webhooks import Webhook
from tenancy import scope, sealing
from tenancy.sealing import Unreadable

EVERY = 1.0
SINK, KIND = "siem", "stream.carried"
# The outbox has given a message up by then.
AGAIN = GIVE_UP_AFTER + timedelta(hours=1)
# One message carries batches for so many seconds at most, and the last of them may take as long as a request may.
TURN = 10.0
# A receiver that refuses is asked again so much later: nothing of the log is ever passed by.
REFUSED_FOR = timedelta(minutes=10)
ERROR_MAX = 500


def promise_due(*, at: datetime) -> int:
    """Promises a message to each stream that has something to send and none on its way; says how many."""
    free = Q(promised_at=None) | Q(promised_at__lte=at - AGAIN)
    promised = 0
    for row in streams.waiting().filter(free):
        with scope.acting(row.workspace_id):
            mine = Stream.everywhere.filter(free, pk=row.pk)
            if mine.update(promised_at=at):
                post.post(
                    sink=SINK,
                    kind=KIND,
                    workspace_id=row.workspace_id,
                    subject=row.id,
                    payload={"stream": row.id},
                    at=at,
                )
                promised += 1
    return promised


def deliver(message: Delivery) -> None:
    """The `siem` sink. Raises TransientFailure where the receiver did not take a batch, whatever it answered."""
    carry(message.payload["stream"], Outward.configured(), timezone.now)


def carry(stream_id: str, outward: Outward, now: Now) -> int:
    """Sends what there is, for TURN seconds; says how many entries. Runs inside the workspace's scope."""
    until, sent = time.monotonic() + TURN, 0
    while time.monotonic() < until:
        row = Stream.objects.filter(pk=stream_id, paused_at=None, ended_at=None).first()
        if row is None:
            break
        try:
            batch = streams.next_batch(row)
            if batch is None:
                break
            _send(row, batch, outward, now())
        except (PermanentFailure, TransientFailure) as failure:
            raise _noted(row, failure, now()) from failure
        if not _moved(row, batch, now()):
            break
        sent += batch.end - batch.first
    Stream.objects.filter(pk=stream_id).update(promised_at=None)
    return sent


def _send(row: Stream, batch: Batch, outward: Outward, at: datetime) -> None:
    try:
        keys = [sealing.unseal(row.secret, row.id)]
        if row.before_until is not None and at < row.before_until:
            keys.append(sealing.unseal(row.secret_before, row.id))
        authorization = sealing.unseal(row.authorization, row.id)
    except Unreadable as error:
        raise PermanentFailure(str(error)) from error
    headers = {"Authorization": authorization} if authorization else {}
    webhook = Webhook(row.url, batch.id(row.id), batch.body, formats.MEDIA[row.format], headers)
    webhooks.send(webhook, keys, outward, at=at)


def _moved(row: Stream, batch: Batch, at: datetime) -> bool:
    """False where somebody else sent the batch too, and was quicker."""
    here = Stream.objects.filter(pk=row.pk, log_id=row.log_id, position=row.position)
    there: dict[str, Any] = {"log_id": batch.log_id, "generation": batch.generation, "position": batch.end}
    told = {"sent": F("sent") + batch.end - batch.first, "sent_at": at, "failing_since": None, "last_error": ""}
    return bool(here.update(**there, **told))


def _noted(row: Stream, failure: Exception, at: datetime) -> TransientFailure:
    """The failure as the page tells it. What another try cannot help is tried again all the same, only later: somebody
    may mend the receiver, and the entries wait.
    """
    told = str(failure)[:ERROR_MAX]
    Stream.objects.filter(pk=row.pk).update(
        last_error=told, failing_since=Coalesce("failing_since", Value(at, DateTimeField()))
    )
    if isinstance(failure, TransientFailure):
        return TransientFailure(told, after=failure.after)
    return TransientFailure(told, after=REFUSED_FOR)
