"""Sinks of the tests, and a workers' queue that is a list."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import pytest
from pytest_django.fixtures import Settings

from outbox import delivering
from outbox.models import Message
from outbox.relay import Relay
from tests.outbox import sinks


@dataclass(slots=True)
class Post:
    """Promises at a moment that the test moves; tasks wait in `queue` until the test works them off."""

    now: datetime
    queue: list[tuple[list[int], datetime]] = field(default_factory=list)
    broken: bool = False
    handed: int = 0
    again: list[bool] = field(default_factory=list)
    relay: Relay = field(init=False)

    def __post_init__(self) -> None:
        self.relay = Relay(self.hand_over, self.clock)

    def clock(self) -> datetime:
        return self.now

    def hand_over(self, ids: Sequence[int], leased_until: datetime, again: bool) -> None:
        self.handed += 1
        self.again.append(again)
        if self.broken:
            raise ConnectionError("no broker")
        self.queue.append((list(ids), leased_until))

    def promise(self, sink: str = "keep", subject: str = "act_1", at: datetime | None = None) -> Message:
        message = self.written(sink, subject, at)
        message.save()
        return message

    def written(
        self, sink: str = "keep", subject: str = "act_1", at: datetime | None = None, workspace_id: str = "wsp_1"
    ) -> Message:
        """One that is not saved yet."""
        moment = at or self.now
        return Message(
            workspace_id=workspace_id,
            sink=sink,
            kind="action.decided",
            subject=subject,
            payload={"id": subject},
            created_at=moment,
            due_at=moment,
        )

    def pass_on(self, seconds: float = 0) -> bool:
        """Moves the clock and lets the relay look once."""
        self.now += timedelta(seconds=seconds)
        return self.relay.run(at=self.now)

    def work(self, seconds: float = 0) -> int:
        """Workers take everything in the queue, `seconds` after it was handed over."""
        self.now += timedelta(seconds=seconds)
        tasks, self.queue = self.queue, []
        return sum(delivering.deliver(message_ids=ids, leased_until=until, now=self.clock) for ids, until in tasks)


@pytest.fixture
def known_sinks(settings: Settings) -> Iterator[None]:
    names = ("keep", "gather", "linger", "refuse", "fail", "break_down")
    settings.OUTBOX_SINKS = {name: f"tests.outbox.sinks.{name}" for name in names} | {
        "direct": "tests.outbox.sinks.keep",
        "direct_fail": "tests.outbox.sinks.fail",
    }
    settings.OUTBOX_DIRECT_SINKS = {"direct", "direct_fail"}
    settings.OUTBOX_GATHERED_SINKS = {"gather": "tests.outbox.sinks.gather_all"}
    sinks.forget()
    yield
    sinks.forget()


@pytest.fixture
def post(db: None, known_sinks: None, at: datetime) -> Post:
    return Post(at)
