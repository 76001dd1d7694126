"""Many hands at one moment: threads with connections of their own, held at a barrier."""

import threading
from collections.abc import Callable, Sequence
from typing import Any

from django.db import connections

PATIENCE = 60


def press(buttons: Sequence[Callable[[], Any]]) -> list[Any]:
    """What each button gave, or the exception that it raised; all are pressed at the same moment."""
    barrier = threading.Barrier(len(buttons))
    told: list[Any] = [None] * len(buttons)

    def hand(n: int) -> None:
        try:
            connections["default"].ensure_connection()
            barrier.wait(PATIENCE)
            told[n] = buttons[n]()
        except Exception as error:  # noqa: BLE001 (the story looks at every refusal)
            told[n] = error
        finally:
            connections.close_all()

    threads = [threading.Thread(target=hand, args=(n,)) for n in range(len(buttons))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(2 * PATIENCE)
    return told
