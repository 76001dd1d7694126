"""Writers, late ones too, and several keepers of the log at once, each over a connection of its own."""

import threading
import time
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import pytest
from django.db import connections, transaction

from audit.models import Checkpoint
from audit.services import Keeper
from tests.audit.logging_events import in_order, keep, keeper, nothing_is_lost, write
from tests.flows.at_once import press

pytestmark = pytest.mark.race
PATIENCE = 30.0
WRITERS, TIMES = 4, 15


def signed_meanwhile(log_id: str) -> None:
    """Returns once a keeper has signed that log: the writers could be through before a keeper had its turn."""
    ends = time.monotonic() + PATIENCE
    while not Checkpoint.objects.filter(log_id=log_id).exists():
        assert time.monotonic() < ends
        time.sleep(0.01)


@pytest.mark.postgres
def test_what_was_written_first_and_committed_last_is_sequenced_last(
    committed: None, at: datetime, tmp_path: Path
) -> None:
    written, may_commit = threading.Event(), threading.Event()
    late: list[str] = []

    def dawdle() -> None:
        with transaction.atomic():
            late.extend(write(at))
            written.set()
            may_commit.wait(PATIENCE)
        connections.close_all()

    slow = threading.Thread(target=dawdle)
    slow.start()
    assert written.wait(PATIENCE)
    early = write(at, 3)
    mine = keeper(tmp_path)
    keep(mine, at)
    assert in_order() == early
    may_commit.set()
    slow.join(PATIENCE)
    keep(mine, at)
    assert in_order() == early + late
    nothing_is_lost("wsp_1")


def test_several_keepers_make_one_log(committed: None, at: datetime, tmp_path: Path) -> None:
    done = threading.Event()
    left = threading.Semaphore(0)

    def writing(n: int) -> None:
        for turn in range(TIMES):
            write(datetime.now(UTC), 2, f"wsp_{n % 2}")
            if turn == TIMES // 2:
                signed_meanwhile(f"wsp_{n % 2}")
        left.release()

    def keeping(mine: Keeper) -> None:
        while not done.is_set():
            mine.run(at=datetime.now(UTC))

    def ending() -> None:
        assert all(left.acquire(timeout=PATIENCE) for _ in range(WRITERS))
        done.set()

    keepers = [keeper(tmp_path) for _ in range(3)]
    told = press(
        [*(partial(writing, n) for n in range(WRITERS)), *(partial(keeping, each) for each in keepers), ending]
    )
    assert told == [None] * len(told)
    keep(keeper(tmp_path), at)
    nothing_is_lost("wsp_0", "wsp_1")
    assert all(Checkpoint.objects.filter(log_id=one).count() > 1 for one in ("wsp_0", "wsp_1"))
