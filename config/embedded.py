"""The embedded size: web server, Celery worker and pulse in one process, which stops within five seconds.

What is guaranteed is guaranteed by rows: a broker in memory forgets on exit, and the pulse sends what is still owed.
"""

import asyncio
import logging
import os
import signal
import socket
import threading
import time
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from types import FrameType

import uvicorn
from celery.worker import WorkController

from config.celery import app as celery_app
from config.pulse import Pulses

DRAIN_SECONDS = 1
THREADS_SECONDS = 2.0
# Past this, a thread that hangs is left behind: nothing that is owed lives in it.
STOP_SECONDS = 4.5
# Two that take minutes leave one for what people wait for.
TASKS_AT_ONCE = 3
# They tell of each start and each task, which a person at a terminal need not read.
CHATTY = ("uvicorn", "celery")

Tell = Callable[[], None]

log = logging.getLogger(__name__)


class _NotStopping(logging.Filter):
    """Requests that are still open when the server stops are cancelled on purpose; that is no error to be told."""

    def filter(self, record: logging.LogRecord) -> bool:
        return not (record.exc_info and record.exc_info[0] is asyncio.CancelledError)


class Server(uvicorn.Server):
    """A server that says when it answers and leaves signals to whoever runs it.

    uvicorn's own handlers raise the signal again after the server has stopped, and that would end the process before
    worker and pulse are drained.
    """

    def __init__(self, config: uvicorn.Config, answering: Tell) -> None:
        super().__init__(config)
        self._answering = answering

    def capture_signals(self) -> AbstractContextManager[None]:  # type: ignore[override]
        return nullcontext()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets=sockets)
        self._answering()

    def stop(self, _signal: int, _frame: FrameType | None) -> None:
        self.force_exit = self.should_exit
        self.should_exit = True


def listen(host: str, port: int) -> socket.socket:
    """Raises OSError where the address is taken."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    return socket.create_server((host, port), family=family, backlog=2048)


def serve(listening: socket.socket, answering: Tell) -> None:
    """Runs everything until SIGINT or SIGTERM. `answering` is called once the server answers."""
    for name in CHATTY:
        logging.getLogger(name).setLevel(logging.WARNING)
    logging.getLogger("uvicorn.error").addFilter(_NotStopping())
    config = uvicorn.Config(
        "config.asgi:application",
        lifespan="off",
        log_config=None,
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=DRAIN_SECONDS,
        backlog=2048,
    )
    server = Server(config, answering)
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, server.stop)
    with _Companions():
        server.run(sockets=[listening])
        _give_up_in(STOP_SECONDS)


class _Companions:
    """The threads beside the server."""

    def __init__(self) -> None:
        self._pulse = Pulses()
        self._worker: WorkController | None = None
        self._threads = [
            threading.Thread(target=self._work, name="worker", daemon=True),
            threading.Thread(target=self._pulse.run, name="pulse", daemon=True),
        ]

    def __enter__(self) -> None:
        for thread in self._threads:
            thread.start()

    def __exit__(self, *_: object) -> None:
        self._pulse.stop()
        if self._worker is not None:
            self._worker.stop()
        ends = time.monotonic() + THREADS_SECONDS
        for thread in self._threads:
            thread.join(max(0.0, ends - time.monotonic()))

    def _work(self) -> None:
        self._worker = celery_app.WorkController(
            pool="threads",
            concurrency=TASKS_AT_ONCE,
            without_gossip=True,
            without_mingle=True,
            without_heartbeat=True,
        )
        self._worker.start()


def _give_up_in(seconds: float) -> None:
    timer = threading.Timer(seconds, _give_up)
    timer.daemon = True
    timer.start()


def _give_up() -> None:
    hanging = [thread.name for thread in threading.enumerate() if not thread.daemon]
    log.warning("Stopped without waiting any longer for %s.", ", ".join(hanging))
    logging.shutdown()
    os._exit(0)
