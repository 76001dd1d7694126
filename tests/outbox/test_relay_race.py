"""Several relays and workers over one database: each message is delivered once, never by two at the same time."""

import threading
import time
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from functools import partial
from queue import Empty, SimpleQueue

import pytest
from django.db import connection
from django.utils import timezone
from pytest_django.fixtures import Settings

from outbox import delivering
from outbox.models import Message
from outbox.relay import Relay
from tests.outbox import sinks

RELAYS = 4
MESSAGES = 200

pytestmark = pytest.mark.race

Queue = SimpleQueue[tuple[list[int], datetime]]


def promise(sink: str, count: int) -> list[int]:
    at = timezone.now()
    rows = [
        Message(workspace_id="wsp_1", sink=sink, kind="k", subject=str(n), payload={}, created_at=at, due_at=at)
        for n in range(count)
    ]
    return [message.pk for message in Message.objects.bulk_create(rows)]


def all_at_once(*works: Callable[[], object]) -> None:
    """Runs each in a thread with a connection of its own, behind one barrier; their errors are raised here."""
    barrier, errors = threading.Barrier(len(works)), list[Exception]()

    def run(work: Callable[[], object]) -> None:
        try:
            barrier.wait(10)
            work()
        except Exception as error:  # noqa: BLE001
            errors.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=(work,)) for work in works]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert errors == []


def pass_until_nothing_is_left(queue: Queue, repeat: int) -> Callable[[], object]:
    """One relay. It queues each task `repeat` times, as a broker that lost an acknowledgement does."""

    def hand_over(ids: Sequence[int], until: datetime, _again: bool) -> None:
        for _ in range(repeat):
            queue.put((list(ids), until))

    def run() -> None:
        own = Relay(hand_over)
        ends = time.monotonic() + 30
        while Message.objects.exists() and time.monotonic() < ends:
            own.run(at=timezone.now())

    return run


def work_until_nothing_is_left(queue: Queue) -> Callable[[], object]:
    def run() -> None:
        ends = time.monotonic() + 30
        while Message.objects.exists() and time.monotonic() < ends:
            try:
                ids, until = queue.get(timeout=0.05)
            except Empty:
                continue
            delivering.deliver(message_ids=ids, leased_until=until)

    return run


@pytest.mark.parametrize("direct", [set(), {"linger"}], ids=["workers", "direct"])
def test_relays_and_workers_never_meet_over_a_message(
    committed: None, known_sinks: None, settings: Settings, direct: set[str]
) -> None:
    settings.OUTBOX_DIRECT_SINKS = direct
    ids, queue = promise("linger", MESSAGES), Queue()
    relays = [pass_until_nothing_is_left(queue, repeat=2) for _ in range(RELAYS)]
    workers = [work_until_nothing_is_left(queue) for _ in range(RELAYS)]
    all_at_once(*relays, *workers)
    assert sorted(delivery.id for delivery in sinks.received) == ids
    assert sinks.met == []
    assert Message.objects.count() == 0


def test_two_workers_with_the_same_task_deliver_it_once(committed: None, known_sinks: None) -> None:
    for _ in range(20):
        [pk] = promise("linger", 1)
        until = timezone.now() + timedelta(seconds=30)
        Message.objects.update(leased_until=until)
        task = partial(delivering.deliver, message_ids=[pk], leased_until=until)
        all_at_once(task, task, task)
        assert [delivery.id for delivery in sinks.received] == [pk]
        assert sinks.met == []
        sinks.forget()


def test_of_workers_with_the_same_task_for_several_one_takes_each_over(committed: None, known_sinks: None) -> None:
    for _ in range(20):
        pks = promise("gather", 5)
        until = timezone.now() + timedelta(seconds=30)
        Message.objects.update(leased_until=until)
        task = partial(delivering.deliver, message_ids=pks, leased_until=until)
        all_at_once(task, task, task)
        assert sorted(delivery.id for delivery in sinks.received) == pks
        assert Message.objects.count() == 0
        sinks.forget()
