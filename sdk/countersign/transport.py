"""The two drivers: they send by httpx, sleep and run functions for generators that only say what they need."""

import asyncio
import inspect
import os
import platform
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any, TypeVar
from weakref import WeakKeyDictionary

import httpx

from countersign.errors import JournalError, NotConfigured
from countersign.version import VERSION
from countersign.wire import Answer, Call, Do, Effect, Lost, Outcome, Pause, Send, Steps

T = TypeVar("T")

PREFIX = "/api/v1"
# A parked wait holds its connection, so a pool limit would be a limit of waiting agents.
LIMITS = httpx.Limits(max_connections=None, max_keepalive_connections=100, keepalive_expiry=60.0)
# httpcore looks at every connection of a pool for every request: a thousand waits in one pool would be its square.
WAITS_PER_POOL = 8


@dataclass(frozen=True, slots=True)
class Target:
    """Where to, as whom, and for how long: `timeout` seconds to connect, to write, and to read where nothing waits."""

    base_url: str
    api_key: str
    timeout: float

    @classmethod
    def find(cls, base_url: str | None, api_key: str | None, timeout: float) -> "Target":
        """Fills what is None from COUNTERSIGN_URL and COUNTERSIGN_API_KEY. Raises NotConfigured."""
        url = (base_url or os.environ.get("COUNTERSIGN_URL", "")).strip().rstrip("/").removesuffix(PREFIX)
        key = (api_key or os.environ.get("COUNTERSIGN_API_KEY", "")).strip()
        if not url.startswith(("http://", "https://")):
            raise NotConfigured("Give base_url or set COUNTERSIGN_URL, such as https://countersign.example.org")
        if not key or not key.isascii() or not key.isprintable():
            raise NotConfigured("Give api_key or set COUNTERSIGN_API_KEY; the console shows a key once")
        return Target(url, key, timeout)

    @property
    def headers(self) -> dict[str, str]:
        return {
            "Authorization": f"Bearer {self.api_key}",
            "Accept": "application/json",
            "User-Agent": f"countersign-sdk/{VERSION} python/{platform.python_version()}",
        }

    def timeouts(self, read: float | None) -> httpx.Timeout:
        return httpx.Timeout(self.timeout, read=self.timeout if read is None else read, pool=None)

    def request(self, client: httpx.Client | httpx.AsyncClient, send: Send) -> httpx.Request:
        return client.build_request(
            send.method,
            f"{self.base_url}{PREFIX}{send.path}",
            params=send.params or None,
            headers=dict(send.headers),
            content=send.body,
            timeout=self.timeouts(send.read_timeout),
        )


def _answer(response: httpx.Response) -> Answer:
    return Answer(response.status_code, response.headers, response.content)


def _outcome(work: Callable[[], Any]) -> Outcome[Any]:
    try:
        value = work()
    except Exception as error:  # noqa: BLE001  # whatever it is, it is reported and raised to the caller
        return Outcome(error=error)
    if inspect.iscoroutine(value):
        value.close()
        return Outcome(error=TypeError("the function returned a coroutine: use AsyncCountersign, or gate an async def"))
    return Outcome(value)


async def _awaited(work: Callable[[], Any]) -> Outcome[Any]:
    """A coroutine function runs on the loop, any other in a thread, so that it cannot hold up the loop."""
    try:
        value = work() if is_async(work) else await asyncio.to_thread(work)
        return Outcome(await value if inspect.isawaitable(value) else value)
    except Exception as error:  # noqa: BLE001  # whatever it is, it is reported and raised to the caller
        return Outcome(error=error)


def is_async(work: Callable[..., Any]) -> bool:
    """Whether calling gives a coroutine; partials are looked into, and objects with an async __call__."""
    while isinstance(work, partial):
        work = work.func
    return inspect.iscoroutinefunction(work) or inspect.iscoroutinefunction(getattr(work, "__call__", None))  # noqa: B004


class SyncTransport:
    """For threads: one pool of kept-alive connections, shared by all of them."""

    def __init__(self, target: Target) -> None:
        self._target = target
        self._client = httpx.Client(headers=target.headers, limits=LIMITS)

    def drive(self, steps: Steps[T]) -> T:
        """Runs the generator to its end; Lost and JournalError are raised at their yield."""
        try:
            effect = next(steps)
            while True:
                try:
                    done = self.perform(effect)
                except (Lost, JournalError) as error:
                    effect = steps.throw(error)
                else:
                    effect = steps.send(done)
        except StopIteration as stop:
            return stop.value  # type: ignore[no-any-return]  # typeshed leaves the value of StopIteration open

    def perform(self, effect: Effect) -> Any:
        match effect:
            case Send():
                return self._send(effect)
            case Pause(seconds=seconds):
                time.sleep(seconds)
                return None
            case Do(work=work):
                return work()
            case Call(work=work):
                return _outcome(work)

    def _send(self, send: Send) -> Answer:
        try:
            return _answer(self._client.send(self._target.request(self._client, send)))
        except httpx.TransportError as error:
            raise Lost(f"{type(error).__name__}: {error}") from error

    async def drive_async(self, steps: Steps[T]) -> T:
        """Runs an async function gated by a sync client: it runs on the caller's loop, all else in a thread."""

        async def perform(effect: Effect) -> Any:
            if isinstance(effect, Call):
                return await _awaited(effect.work)
            return await asyncio.to_thread(self.perform, effect)

        return await drive_async(steps, perform)

    def close(self) -> None:
        self._client.close()


@dataclass(slots=True)
class Pool:
    client: httpx.AsyncClient
    busy: int = 0


class AsyncTransport:
    """For asyncio: small pools of kept-alive connections, for each event loop its own, as connections cannot move."""

    def __init__(self, target: Target) -> None:
        self._target = target
        self._verify = httpx.create_ssl_context()
        self._pools: WeakKeyDictionary[asyncio.AbstractEventLoop, list[Pool]] = WeakKeyDictionary()

    async def drive(self, steps: Steps[T]) -> T:
        return await drive_async(steps, self.perform)

    async def perform(self, effect: Effect) -> Any:
        match effect:
            case Send():
                return await self._send(effect)
            case Pause(seconds=seconds):
                return await asyncio.sleep(seconds)
            case Do(work=work):
                return await asyncio.to_thread(work)
            case Call(work=work):
                return await _awaited(work)

    async def _send(self, send: Send) -> Answer:
        pool = self._pool()
        pool.busy += 1
        try:
            return _answer(await pool.client.send(self._target.request(pool.client, send)))
        except httpx.TransportError as error:
            raise Lost(f"{type(error).__name__}: {error}") from error
        finally:
            pool.busy -= 1

    def _pool(self) -> Pool:
        pools = self._pools.setdefault(asyncio.get_running_loop(), [])
        for pool in pools:
            if pool.busy < WAITS_PER_POOL:
                return pool
        client = httpx.AsyncClient(headers=self._target.headers, limits=LIMITS, verify=self._verify)
        pools.append(Pool(client))
        return pools[-1]

    async def close(self) -> None:
        """Closes the connections of the running loop."""
        for pool in self._pools.pop(asyncio.get_running_loop(), []):
            await pool.client.aclose()


async def drive_async(steps: Steps[T], perform: Callable[[Effect], Any]) -> T:
    """SyncTransport.drive, awaiting each effect."""
    try:
        effect = next(steps)
        while True:
            try:
                done = await perform(effect)
            except (Lost, JournalError) as error:
                effect = steps.throw(error)
            else:
                effect = steps.send(done)
    except StopIteration as stop:
        return stop.value  # type: ignore[no-any-return]  # typeshed leaves the value of StopIteration open
