"""What a sink receives, and how it says that a message did not go through.

A sink is a function named in `OUTBOX_SINKS`. It returns when the message has arrived, and since a message may come a
second time (a worker died after sending), it makes nothing twice.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any


@dataclass(frozen=True, slots=True)
class Delivery:
    """One message on its way. `attempts` counts the failures so far; `payload` is a JSON tree."""

    id: int
    workspace_id: str
    kind: str
    subject: str
    payload: Mapping[str, Any]
    attempts: int
    created_at: datetime


Sink = Callable[[Delivery], None]
# Takes several messages of one workspace, all or none.
GatheredSink = Callable[[Sequence[Delivery]], None]


class DeliveryFailure(Exception):
    """Base of the two answers of a sink that could not deliver.

    DeliveryFailure
        PermanentFailure
        TransientFailure
    """


class PermanentFailure(DeliveryFailure):
    """It will never go through: the message becomes a dead letter at once. Mend the cause, then retry it by hand."""


class TransientFailure(DeliveryFailure):
    """It may go through later: the message is tried again, with growing pauses, for a day.

    `after` where the other side said how long to wait: then that is the pause.
    """

    def __init__(self, told: str = "", *, after: timedelta | None = None) -> None:
        super().__init__(told)
        self.after = after
