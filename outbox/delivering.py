"""Delivers messages to their sinks, each at least once, in no promised order, and settles what came of it.

The moment at which a lease ends is also its token: a worker takes a message over only while that token still stands in
the row, so a task that ran twice, or came too late, finds nothing to do. Delivered rows are deleted.
"""

import logging
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime, timedelta
from itertools import groupby
from operator import attrgetter
from random import SystemRandom

from django.conf import settings
from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.module_loading import import_string

from outbox.models import Message, Sent
from outbox.types import Delivery, GatheredSink, PermanentFailure, Sink, TransientFailure
from tenancy import scope

LEASE = timedelta(seconds=30)
LONGEST_PAUSE = timedelta(hours=1)
GIVE_UP_AFTER = timedelta(hours=24)

Now = Callable[[], datetime]

log = logging.getLogger(__name__)
_random = SystemRandom()


def deliver(*, message_ids: Sequence[int], leased_until: datetime, now: Now = timezone.now) -> int:
    """Delivers those of the messages that still carry this lease, and says how many it tried."""
    together = _take_over(message_ids, leased_until, now)
    for group in _groups(together):
        _send_together(group, now)
    tried, sent = len(together), {message.pk for message in together}
    for message_id in message_ids:
        if message_id in sent:
            continue
        until = now() + LEASE
        held = Message.objects.filter(pk=message_id, dead_at=None, leased_until=leased_until)
        if held.update(leased_until=until):
            send(Message.objects.get(pk=message_id), now)
            tried += 1
    return tried


def _take_over(message_ids: Sequence[int], leased_until: datetime, now: Now) -> list[Message]:
    """Those that their sinks take in one go. The others are taken over one by one, since each may take as long as a
    lease lasts.
    """
    gathered, until = settings.OUTBOX_GATHERED_SINKS, now() + LEASE
    held = Message.objects.filter(pk__in=message_ids, sink__in=list(gathered), dead_at=None)
    if not gathered or len(message_ids) < 2 or not held.filter(leased_until=leased_until).update(leased_until=until):
        return []
    return list(held.filter(leased_until=until).order_by("sink", "workspace_id", "id"))


def _groups(messages: Sequence[Message]) -> Iterator[list[Message]]:
    for _, group in groupby(messages, key=attrgetter("sink", "workspace_id")):
        yield list(group)


def _send_together(messages: Sequence[Message], now: Now) -> None:
    """All or none; where one of them fails, each is sent by itself and gets an answer of its own."""
    try:
        sinks: GatheredSink = import_string(settings.OUTBOX_GATHERED_SINKS[messages[0].sink])
        with scope.workspace(messages[0].workspace_id):
            sinks([_delivery(message) for message in messages])
    except Exception as failure:  # noqa: BLE001 (each is tried again at once, and then it is logged)
        log.info("Sink %s refused %s messages together: %s", messages[0].sink, len(messages), failure)
        for message in messages:
            send(message, now)
    else:
        _arrived(messages, now())


def pause(attempts: int, draw: float) -> timedelta:
    """How long to wait after so many failures (1 or more): 2 s, 4 s, 8 s … up to an hour.

    `draw` (0 to 1) shortens it by up to a half, so that messages which failed together do not come back together.
    """
    longest = min(2.0 ** min(attempts, 12), LONGEST_PAUSE.total_seconds())
    return timedelta(seconds=longest * (1 - draw / 2))


def send(message: Message, now: Now) -> None:
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
        _arrived([message], now())


def _arrived(messages: Sequence[Message], at: datetime) -> None:
    """Of messages to one sink. What leaves the house is remembered for a while, so that somebody who asks can be told
    that it was sent.
    """
    gone = Message.objects.filter(pk__in=[message.pk for message in messages])
    if messages[0].sink not in settings.OUTBOX_REMEMBERED_SINKS:
        gone.delete()
        return
    with transaction.atomic():
        # One that was sent twice, after a lost lease, is one row.
        Sent.objects.bulk_create([_sent(message, at) for message in messages], ignore_conflicts=True)
        gone.delete()


def _sent(message: Message, at: datetime) -> Sent:
    told = {name: getattr(message, name) for name in ("workspace_id", "sink", "kind", "subject", "created_at")}
    if message.sink in settings.OUTBOX_REPLAYED_SINKS:
        told["payload"] = message.payload
    return Sent(id=message.pk, attempts=message.attempts + 1, sent_at=at, **told)


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
