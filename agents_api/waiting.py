"""GET of one action, at once or parked until there is news.

A parked request holds one timer and nothing else: no thread, no connection, no read. A wake-up by key makes its own
waiters read and nobody else. One look a second at the marks of all that is parked is the net for lost wake-ups.
"""

import asyncio
from collections.abc import Callable, Coroutine
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime
from threading import Barrier
from typing import Any, TypeVar
from weakref import WeakKeyDictionary

from asgiref.sync import sync_to_async
from django.core.handlers.asgi import ASGIRequest
from django.db import InterfaceError, OperationalError, connection
from django.http import HttpRequest

from accounts import keys
from accounts.queries import Caller, Member
from agents_api import auth, output, reading
from agents_api.auth import Who
from agents_api.parking import Lot, mark_of
from approvals import services
from approvals.answers import ActionView
from outbox import wake

WAIT_MAX = 60
THREADS = 4

T = TypeVar("T")
Read = Callable[[Callable[[], T]], Coroutine[Any, Any, T]]


@dataclass(frozen=True, slots=True)
class Seen:
    """An action as its reader sees it now."""

    body: bytes
    etag: str
    mark: str
    revision: int
    settled: bool

    def is_news(self, known: frozenset[str]) -> bool:
        """Whether a parked request is answered with this: something else than known, or an answer worth having."""
        return not known & {self.etag, "*"} if known else self.settled


async def who(request: HttpRequest, at: datetime) -> Who:
    token = auth.token_of(request)
    digest = keys.digest(token)
    return auth.remembered(digest, at) or await reads(request)(lambda: auth.look_up(token, digest, at))


async def look(request: HttpRequest, found: Who, action_id: str, stays: float | None = 0) -> Seen:
    """The action now. `stays` is for how many seconds its agent goes on waiting; None: that is noted already."""
    seen: Seen = await reads(request)(lambda: _seen(reading.find(found, action_id), found, stays))
    return seen


async def opened(request: HttpRequest, found: Who, action_id: str, seen: Seen) -> None:
    """A person is shown the action: from now on it counts how long they have read this revision."""
    if isinstance(found, Member):
        await reads(request)(lambda: reading.opened(found, action_id, seen.revision, datetime.now(UTC)))


async def wait(request: HttpRequest, found: Who, action_id: str, seconds: float, known: frozenset[str]) -> Seen:
    """The action as soon as there is news of it, else as it is after `seconds`."""
    loop = asyncio.get_running_loop()
    until = loop.time() + seconds
    wake.listener.ensure()
    stays: float | None = seconds
    with wake.hub.waiting(action_id) as waiter, _lot(reads(request)).parked(action_id) as place:
        while True:
            seen = await look(request, found, action_id, stays)
            stays = None
            left = until - loop.time()
            if seen.is_news(known) or left <= 0:
                return seen
            place.mark = seen.mark
            del seen  # thousands sleep here; what they saw would be their largest part
            await waiter.wait(left)


def _seen(view: ActionView, found: Who, stays: float | None) -> Seen:
    now = datetime.now(UTC)
    if stays is not None and view.is_open and isinstance(found, Caller):
        services.note_listening(workspace_id=view.workspace_id, action_id=view.id, at=now, seconds=stays)
    body = reading.shown(view, found, now)
    return Seen(body, output.etag(body), mark_of(view), view.revision, bool(not view.is_open or view.question))


_lots: WeakKeyDictionary[asyncio.AbstractEventLoop, Lot] = WeakKeyDictionary()


def _lot(read: Read[Any]) -> Lot:
    return _lots.setdefault(asyncio.get_running_loop(), Lot(read))


class Threads:
    """A few threads that keep their database connections, shared by all who wait on an event loop.

    Django would give each request a thread of its own for as long as it is parked.
    """

    def __init__(self, count: int) -> None:
        self._count = count
        self._pool = ThreadPoolExecutor(count, "reads")

    async def __call__(self, work: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._pool, _once_more, work)

    def close(self) -> None:
        """Gives back every connection; the threads open new ones when they are needed again."""
        together = Barrier(self._count)
        for closing in [self._pool.submit(_close, together) for _ in range(self._count)]:
            closing.result()


def _once_more(work: Callable[[], T]) -> T:
    """These connections live long, so one may have died since its last use."""
    try:
        return work()
    except (OperationalError, InterfaceError):
        connection.close()
        return work()


def _close(together: Barrier) -> None:
    together.wait()
    connection.close()


threads = Threads(THREADS)


def reads(request: HttpRequest) -> Read[Any]:
    """How this request reads: over the shared threads on an event loop, on its own thread under a WSGI server."""
    return threads if isinstance(request, ASGIRequest) else _on_this_thread


async def _on_this_thread(work: Callable[[], T]) -> T:
    return await sync_to_async(work)()
