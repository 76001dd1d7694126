"""What people wait for, receivers that failed before and long work lie in queues apart, so that each may have workers
of its own; a worker that is told nothing takes all three.
"""

from collections.abc import Callable
from datetime import datetime
from queue import Empty
from typing import Any

import pytest

from config.celery import app
from outbox import tasks

# No other test hands over under this lease.
LEASED_UNTIL = datetime.fromisoformat("1999-12-31T23:59:59+00:00")


def taken(name: str) -> list[dict[str, Any]]:
    """What this test put into the queue, off the broker."""
    found: list[dict[str, Any]] = []
    with app.connection_for_read() as connection, connection.SimpleQueue(name) as queue:
        while True:
            try:
                message = queue.get(timeout=0.2)
            except Empty:
                return [kwargs for kwargs in found if kwargs["leased_until"] == LEASED_UNTIL.isoformat()]
            found.append(message.payload[1])
            message.ack()


def declare_all() -> None:
    """As a worker does when it starts."""
    with app.connection_for_write() as connection:
        for queue in app.amqp.queues.values():
            queue(connection.default_channel).declare()


@pytest.mark.parametrize(
    ("hand_over", "name", "expected"),
    [
        (lambda: tasks.hand_over([7, 8], LEASED_UNTIL, again=False), "deliveries", {"message_ids": [7, 8]}),
        (lambda: tasks.hand_over([9], LEASED_UNTIL, again=True), "retries", {"message_ids": [9]}),
        (lambda: tasks.hand_over_job("job_1", LEASED_UNTIL), "jobs", {"job_id": "job_1"}),
    ],
    ids=["deliveries", "retries", "jobs"],
)
def test_each_lies_in_its_own_queue(hand_over: Callable[[], None], name: str, expected: dict[str, Any]) -> None:
    declare_all()
    hand_over()
    found = {queue: taken(queue) for queue in ("deliveries", "retries", "jobs")}
    assert found.pop(name) == [expected | {"leased_until": LEASED_UNTIL.isoformat()}]
    assert list(found.values()) == [[], []]


def test_a_worker_that_is_told_nothing_takes_all_three() -> None:
    assert set(app.amqp.queues.consume_from) == {"deliveries", "retries", "jobs"}
