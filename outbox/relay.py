"""Finds the promises that are due: serves the direct sinks itself and lends the other messages to workers.

A message belongs to whoever leased it. A lease that runs out (its worker was killed) makes the message free again.
"""

import logging
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime, timedelta

from django.conf import settings
from django.db import connection, transaction
from django.db.models import Q, QuerySet
from django.utils import timezone

from outbox.delivering import LEASE, LONGEST_PAUSE, Now, send
from outbox.models import Message, Sent

BATCH = 100
CHUNK = 20
# What lies in the workers' queue for longer than its lease is lent a second time. So a backlog waits in the table: in
# the queue, workers would in the end come to nothing but what has been lent again since.
LENT = 1000
FRESH = timedelta(minutes=1)
DIRECT_LEASE = timedelta(seconds=5)
SENT_KEPT = timedelta(days=7)
SHORTEST_REST, LONGEST_REST = timedelta(seconds=1), timedelta(seconds=10)

HandOver = Callable[[Sequence[int], datetime, bool], None]

log = logging.getLogger(__name__)


class Relay:
    """Claims due messages, serves the direct sinks itself and gives the others to workers.

    `hand_over(message_ids, leased_until, again)` puts a task into the workers' queue; `again` are messages that failed
    before. While it fails (no broker), messages for workers rest unclaimed: the failure is not theirs, and the direct
    sinks go on.
    """

    def __init__(self, hand_over: HandOver, now: Now = timezone.now) -> None:
        self._hand_over = hand_over
        self._now = now
        self._rest = SHORTEST_REST
        self._rests_until: datetime | None = None

    def run(self, *, at: datetime) -> bool:
        """One pass over what is due. True when a whole batch was, so that more may be waiting."""
        for_workers = self._rests_until is None or not at < self._rests_until <= at + LONGEST_REST
        claimed = _claim(at, for_workers=for_workers)
        direct = [message for message in claimed if _is_direct(message)]
        self._give_away([message for message in claimed if not _is_direct(message)], at)
        for message in direct:
            # Whoever comes so late may no longer be alone with it.
            if self._now() < _token(message):
                send(message, self._now)
        return len(claimed) == BATCH

    def _give_away(self, messages: Sequence[Message], at: datetime) -> None:
        chunks = list(_chunks(messages))
        for n, chunk in enumerate(chunks):
            try:
                self._hand_over([message.pk for message in chunk], _token(chunk[0]), chunk[0].attempts > 0)
            except Exception:
                log.exception("The workers' queue takes nothing; trying again in %s s.", self._rest.total_seconds())
                unsent = [message.pk for rest in chunks[n:] for message in rest]
                Message.objects.filter(pk__in=unsent, leased_until=_token(messages[0])).update(leased_until=None)
                self._rests_until = at + self._rest
                self._rest = min(self._rest * 2, LONGEST_REST)
                return
            self._rest, self._rests_until = SHORTEST_REST, None


def forget_sent(*, at: datetime) -> int:
    """Drops what is known of deliveries that arrived long ago; says how many."""
    return Sent.objects.filter(sent_at__lt=at - SENT_KEPT).delete()[0]


def straighten(*, at: datetime) -> int:
    """Frees messages that a clock which was since set back has put into the future; says how many."""
    waiting = Message.objects.filter(dead_at=None)
    posted = waiting.filter(due_at__gt=at, created_at__gt=at + DIRECT_LEASE, leased_until=None).update(due_at=at)
    paused = waiting.filter(due_at__gt=at + LONGEST_PAUSE).update(due_at=at)
    leased = waiting.filter(leased_until__gt=at + 2 * LEASE).update(leased_until=None)
    return posted + paused + leased


def _claim(at: datetime, *, for_workers: bool) -> list[Message]:
    due = _due(at)
    if not for_workers:
        due = due.filter(sink__in=settings.OUTBOX_DIRECT_SINKS)
    # Most passes find nothing, and SQLite would stop every writer for it.
    if not due.exists():
        return []
    if for_workers and _lent(at) > LENT - BATCH:
        # What is older has its turn among the others: to find it, each pass would read the whole backlog.
        due = due.filter(sink__in=settings.OUTBOX_DIRECT_SINKS, due_at__gt=at - FRESH)
    with transaction.atomic():
        if connection.features.has_select_for_update_skip_locked:
            due = due.select_for_update(skip_locked=True)
        claimed = list(due.order_by("due_at", "id")[:BATCH])
        for direct, lease in ((True, DIRECT_LEASE), (False, LEASE)):
            mine = [message for message in claimed if _is_direct(message) is direct]
            for message in mine:
                message.leased_until = at + lease
            if mine:
                Message.objects.filter(pk__in=[message.pk for message in mine]).update(leased_until=at + lease)
    return claimed


def _lent(at: datetime) -> int:
    """How many messages lie with workers, or in their queue."""
    leased = Message.objects.filter(leased_until__gt=at, dead_at=None)
    return leased.exclude(sink__in=settings.OUTBOX_DIRECT_SINKS).count()


def _due(at: datetime) -> QuerySet[Message]:
    free = Q(leased_until=None) | Q(leased_until__lte=at)
    return Message.objects.filter(free, dead_at=None, due_at__lte=at)


def _is_direct(message: Message) -> bool:
    return message.sink in settings.OUTBOX_DIRECT_SINKS


def _token(message: Message) -> datetime:
    if message.leased_until is None:
        raise ValueError(f"message {message.pk} was not claimed")
    return message.leased_until


def _chunks(messages: Sequence[Message]) -> Iterator[Sequence[Message]]:
    """Handfuls. What failed before is by itself, and messages to one sink are together where they can be."""
    for again in (False, True):
        mine = sorted((m for m in messages if (m.attempts > 0) is again), key=lambda message: message.sink)
        yield from (mine[n : n + CHUNK] for n in range(0, len(mine), CHUNK))
