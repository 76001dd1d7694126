"""Sinks for the tests of the relay, and what they received."""

import threading
from collections.abc import Sequence
from contextlib import suppress

from outbox.types import Delivery, PermanentFailure, TransientFailure
from tenancy import scope

received: list[Delivery] = []
workspaces: list[str] = []
gathered: list[int] = []
# Where two deliveries of one message meet, both are here at once.
present: set[int] = set()
met: list[int] = []
slow = threading.Event()


def forget() -> None:
    for kept in (received, workspaces, gathered, present, met):
        kept.clear()
    slow.clear()


def keep(delivery: Delivery) -> None:
    received.append(delivery)
    workspaces.append(scope.current())


def gather(delivery: Delivery) -> None:
    """Refuses the bad one."""
    if delivery.subject == "bad":
        raise PermanentFailure("it is bad")
    keep(delivery)


def gather_all(deliveries: Sequence[Delivery]) -> None:
    if any(delivery.subject == "bad" for delivery in deliveries):
        raise ValueError("one of them is bad")
    gathered.append(len(deliveries))
    for delivery in deliveries:
        keep(delivery)


def linger(delivery: Delivery) -> None:
    """Takes a moment, and notices when somebody delivers the same message meanwhile."""
    if delivery.id in present:
        met.append(delivery.id)
    present.add(delivery.id)
    slow.wait(0.005)
    with suppress(KeyError):
        present.remove(delivery.id)
    received.append(delivery)


def refuse(delivery: Delivery) -> None:
    raise PermanentFailure(f"no such address for {delivery.subject}")


def fail(delivery: Delivery) -> None:
    raise TransientFailure("busy")


def break_down(delivery: Delivery) -> None:
    raise KeyError("channel")
