"""Says "look again at X" to whoever waits for X, in this process and in others.

Keys are ids (`act_…`) or `OUTBOX`. A wake-up carries nothing else: whoever wakes reads the database, so a lost one
costs time, never truth, and every waiter looks again by itself after `SAFETY_NET` seconds.

On PostgreSQL a move sends NOTIFY inside its transaction and each process listens on one connection; embedded, a move
publishes in this process after commit.
"""

import asyncio
import logging
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

import psycopg
from django.db import connection

CHANNEL = "countersign"
OUTBOX = "outbox"
SAFETY_NET = 1.0

log = logging.getLogger(__name__)


class Waiter:
    """Waits on one event loop for one key; may be woken from any thread."""

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._event = asyncio.Event()

    def wake(self) -> None:
        # A loop that closes in this moment has nobody waiting any more.
        with suppress(RuntimeError):
            self._loop.call_soon_threadsafe(self._event.set)

    async def wait(self, seconds: float) -> bool:
        """True when woken, False when `seconds` passed first."""
        try:
            async with asyncio.timeout(seconds):
                await self._event.wait()
        except TimeoutError:
            return False
        self._event.clear()
        return True


class Hub:
    """Who waits for what, in this process."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._waiters: dict[str, set[Callable[[], None]]] = {}

    @contextmanager
    def waiting(self, key: str) -> Iterator[Waiter]:
        """Registered before the first read and until the block ends, so that no wake-up falls between."""
        waiter = Waiter()
        with self.calling(key, waiter.wake):
            yield waiter

    @contextmanager
    def calling(self, key: str, callback: Callable[[], None]) -> Iterator[None]:
        """Calls `callback`, from whatever thread publishes, until the block ends. It must not block."""
        with self._lock:
            self._waiters.setdefault(key, set()).add(callback)
        try:
            yield
        finally:
            with self._lock:
                callbacks = self._waiters[key]
                callbacks.discard(callback)
                if not callbacks:
                    del self._waiters[key]

    def publish(self, key: str) -> None:
        with self._lock:
            callbacks = list(self._waiters.get(key, ()))
        for callback in callbacks:
            callback()

    def publish_all(self) -> None:
        """After a lost connection: anything may have happened meanwhile."""
        with self._lock:
            keys = list(self._waiters)
        for key in keys:
            self.publish(key)

    def count(self) -> int:
        with self._lock:
            return sum(map(len, self._waiters.values()))


hub = Hub()


def publish(key: str) -> None:
    """After commit: tells this process. Other processes hear of it from PostgreSQL, inside the transaction."""
    hub.publish(key)


class Listener:
    """One daemon thread a process that passes PostgreSQL's notifications on to the hub. Does nothing on SQLite."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None
        self._stop = threading.Event()

    def ensure(self) -> None:
        """Starts listening once; cheap to call again."""
        if self._thread is not None or connection.vendor != "postgresql":
            return
        with self._lock:
            if self._thread is None:
                parameters = connection.get_connection_params()
                for name in ("context", "cursor_factory", "prepare_threshold", "pool"):
                    parameters.pop(name, None)
                self._thread = threading.Thread(target=self._run, args=(parameters,), name="wake", daemon=True)
                self._thread.start()

    def _run(self, parameters: dict[str, object]) -> None:
        while not self._stop.is_set():
            try:
                with psycopg.connect(**parameters, autocommit=True) as conn:  # type: ignore[arg-type]
                    conn.execute(f"listen {CHANNEL}")
                    hub.publish_all()
                    while not self._stop.is_set():
                        for notification in conn.notifies(timeout=5):
                            hub.publish(notification.payload)
                            if self._stop.is_set():
                                break
            except psycopg.Error as error:
                log.warning("Lost the notification connection, trying again: %s", error)
                self._stop.wait(1)

    def stop(self) -> None:
        """The thread ends at the next notification, or within seconds."""
        self._stop.set()


listener = Listener()
