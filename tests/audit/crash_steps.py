"""What the forks of `crashing` do."""

import os
import signal
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

from django.db import connection

from audit.models import Checkpoint, UnsignedLog
from tests.audit import logging_events


class Killer:
    """Ends the process before statement number `n`. Commits are no statements, so they fall between two of them."""

    def __init__(self, n: int) -> None:
        self.left = n

    def __call__(self, execute: Callable[..., Any], *options: Any) -> Any:
        if self.left == 0:
            os.kill(os.getpid(), signal.SIGKILL)
        self.left -= 1
        return execute(*options)


def write(at: datetime, count: int) -> None:
    logging_events.write(at, count)


def keep_until_killed(killer: Killer, folder: Path, at: datetime) -> None:
    with connection.execute_wrapper(killer):
        logging_events.keep(logging_events.keeper(folder), at)


def keep_and_look(folder: Path, at: datetime) -> None:
    logging_events.keep(logging_events.keeper(folder), at)
    log_id = logging_events.the_log().id
    size = len(logging_events.in_order(log_id))
    newest = Checkpoint.objects.filter(log_id=log_id).order_by("-size").values_list("size", "root")[0]
    assert (newest[0], bytes(newest[1])) == (size, logging_events.derived(log_id, size))
    assert UnsignedLog.objects.count() == 0


def look_at_every_head() -> None:
    logging_events.nothing_is_lost("wsp_1")
