"""Two workers with the same decision in hand: one label."""

import threading

import pytest
from django.db import connection
from django.utils import timezone

from feedback.capture import capture
from feedback.models import Label
from outbox.types import Delivery
from tests.cast import Stage

WORKERS = 4


@pytest.mark.race
def test_workers_that_capture_at_once_make_one_label(open_stage: Stage) -> None:
    for n in range(10):
        view = open_stage.review("ada", open_stage.submit(at=timezone.now()), at=timezone.now())
        delivery = Delivery(n, open_stage.id, "action.decided", view.id, {"id": view.id}, 0, open_stage.at)
        barrier, errors = threading.Barrier(WORKERS), list[Exception]()

        def work(delivery: Delivery = delivery, barrier: threading.Barrier = barrier) -> None:
            try:
                barrier.wait(10)
                capture(delivery)
            except Exception as error:  # noqa: BLE001
                errors.append(error)  # noqa: B023
            finally:
                connection.close()

        threads = [threading.Thread(target=work) for _ in range(WORKERS)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(30)
        assert errors == []
        assert Label.everywhere.filter(action_id=view.id).count() == 1
