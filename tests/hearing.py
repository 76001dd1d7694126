"""Ears of a test's own, closed at once."""

from django.db import connection

from outbox import wake
from outbox.wake import Listener

PATIENCE = 10


def close(listener: Listener) -> None:
    """Its connection would keep the test database from being dropped."""
    listener.stop()
    if listener._thread is None:
        return
    # A thread that waits for a notification learns by one that it shall end.
    with connection.cursor() as cursor:
        cursor.execute(f"notify {wake.CHANNEL}, 'the end'")
    listener._thread.join(PATIENCE)
    assert not listener._thread.is_alive()
