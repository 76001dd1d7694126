"""Carries promises to their sinks: each at least once, in no promised order.

A message belongs to whoever leased it. The moment at which a lease ends is also its token: a worker takes a message
over only while that token still stands in the row, so a task that ran twice, or came too late, finds nothing to do. A
lease that runs out (its worker was killed) makes the message free again. Delivered rows are deleted.
"""

import logging
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from random import SystemRandom

from django.conf import settings
from django.db import connection, transaction
from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.module_loading import import_string

from outbox.models import Message, Sent
from outbox.types import Delivery, PermanentFailure, Sink, TransientFailure
from tenancy import scope

BATCH = 100
CHUNK = 20
LEASE = timedelta(seconds=30)
DIRECT_LEASE = timedelta(seconds=5)
LONGEST_PAUSE = timedelta(hours=1)
GIVE_UP_AFTER = timedelta(hours=24)
SENT_KEPT = timedelta(days=7)
SHORTEST_REST, LONGEST_REST = timedelta(seconds=1), timedelta(seconds=10)

HandOver = Callable[[Sequence[int], datetime], None]
Now = Callable[[], datetime]

log = logging.getLogger(__name__)
_random = SystemRandom()


class Relay:
    """Claims due messages, serves the direct sinks itself and gives the others to workers.

    `hand_over(message_ids, leased_until)` puts a task into the workers' queue. While it fails (no broker), messages for
    workers rest unclaimed: the failure is not theirs, and the direct sinks go on.
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
                _send(message, self._now)
        return len(claimed) == BATCH

    def _give_away(self, messages: Sequence[Message], at: datetime) -> None:
        chunks = list(_chunks([message.pk for message in messages]))
        for n, chunk in enumerate(chunks):
            try:
                self._hand_over(chunk, _token(messages[0]))
            except Exception:
                log.exception("The workers' queue takes nothing; trying again in %s s.", self._rest.total_seconds())
                unsent = [pk for rest in chunks[n:] for pk in rest]
                Message.objects.filter(pk__in=unsent, leased_until=_token(messages[0])).update(leased_until=None)
                self._rests_until = at + self._rest
                self._rest = min(self._rest * 2, LONGEST_REST)
                return
            self._rest, self._rests_until = SHORTEST_REST, None


def deliver(*, message_ids: Iterable[int], leased_until: datetime, now: Now = timezone.now) -> int:
    """Delivers those of the messages that still carry this lease, and says how many it tried."""
    tried = 0
    for message_id in message_ids:
        until = now() + LEASE
        held = Message.objects.filter(pk=message_id, dead_at=None, leased_until=leased_until)
        if held.update(leased_until=until):
            _send(Message.objects.get(pk=message_id), now)
            tried += 1
    return tried


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


def pause(attempts: int, draw: float) -> timedelta:
    """How long to wait after so many failures (1 or more): 2 s, 4 s, 8 s … up to an hour.

    `draw` (0 to 1) shortens it by up to a half, so that messages which failed together do not come back together.
    """
    longest = min(2.0 ** min(attempts, 12), LONGEST_PAUSE.total_seconds())
    return timedelta(seconds=longest * (1 - draw / 2))


def _claim(at: datetime, *, for_workers: bool) -> list[Message]:
    due = _due(at)
    if not for_workers:
        due = due.filter(sink__in=settings.OUTBOX_DIRECT_SINKS)
    # Most passes find nothing, and SQLite would stop every writer for it.
    if not due.exists():
        return []
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


def _due(at: datetime) -> QuerySet[Message]:
    free = Q(leased_until=None) | Q(leased_until__lte=at)
    return Message.objects.filter(free, dead_at=None, due_at__lte=at)


def _send(message: Message, now: Now) -> None:
    try:
        sink = _sink(message.sink)
        with scope.workspace(message.workspace_id):
            sink(_delivery(message))
    except PermanentFailure as failure:
        _bury(message, failure, now())
    except TransientFailure as failure:
        _put_off(message, failure, now())
    except Exception as failure:
        log.exception("Sink %s failed on message %s (%s).", message.sink, message.pk, message.kind)
        _put_off(message, failure, now())
    else:
        _arrived(message, now())


def _arrived(message: Message, at: datetime) -> None:
    """What leaves the house is remembered for a while, so that somebody who asks can be told that it was sent."""
    if message.sink not in settings.OUTBOX_REMEMBERED_SINKS:
        Message.objects.filter(pk=message.pk).delete()
        return
    told = {name: getattr(message, name) for name in ("workspace_id", "sink", "kind", "subject", "created_at")}
    if message.sink in settings.OUTBOX_REPLAYED_SINKS:
        told["payload"] = message.payload
    with transaction.atomic():
        sent = Sent(id=message.pk, attempts=message.attempts + 1, sent_at=at, **told)
        # One that was sent twice, after a lost lease, is one row.
        Sent.objects.bulk_create([sent], ignore_conflicts=True)
        Message.objects.filter(pk=message.pk).delete()


def _sink(name: str) -> Sink:
    try:
        path = settings.OUTBOX_SINKS[name]
    except KeyError:
        raise PermanentFailure(f"No sink is named {name!r}; add it to OUTBOX_SINKS.") from None
    sink: Sink = import_string(path)
    return sink


def _delivery(message: Message) -> Delivery:
    return Delivery(
        id=message.pk,
        workspace_id=message.workspace_id,
        kind=message.kind,
        subject=message.subject,
        payload=message.payload,
        attempts=message.attempts,
        created_at=message.created_at,
    )


def _bury(message: Message, failure: Exception, at: datetime) -> None:
    log.error("Message %s (%s to %s) is a dead letter: %s", message.pk, message.kind, message.sink, failure)
    _mine(message).update(dead_at=at, leased_until=None, attempts=message.attempts + 1, last_error=_said(failure))


def _put_off(message: Message, failure: Exception, at: datetime) -> None:
    if at - message.created_at >= GIVE_UP_AFTER:
        _bury(message, failure, at)
        return
    attempts = message.attempts + 1
    asked = failure.after if isinstance(failure, TransientFailure) else None
    due_at = at + (pause(attempts, _random.random()) if asked is None else min(asked, LONGEST_PAUSE))
    _mine(message).update(due_at=due_at, leased_until=None, attempts=attempts, last_error=_said(failure))


def _mine(message: Message) -> QuerySet[Message]:
    return Message.objects.filter(pk=message.pk, leased_until=message.leased_until)


def _said(failure: Exception) -> str:
    return f"{type(failure).__name__}: {failure}"[:2000]


def _is_direct(message: Message) -> bool:
    return message.sink in settings.OUTBOX_DIRECT_SINKS


def _token(message: Message) -> datetime:
    if message.leased_until is None:
        raise ValueError(f"message {message.pk} was not claimed")
    return message.leased_until


def _chunks(ids: Sequence[int]) -> Iterator[Sequence[int]]:
    return (ids[n : n + CHUNK] for n in range(0, len(ids), CHUNK))
