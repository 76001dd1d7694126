"""Socket Mode: addresses for one use each, and the connections that apps opened with them."""

import asyncio
import itertools
import json
import secrets
from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from concurrent.futures import Future
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs

from tests.slack_server.world import Json

MOST_LINKS = 10
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]


@dataclass(eq=False, slots=True)
class Link:
    send: Send
    waiting: dict[str, "Future[Json | None]"] = field(default_factory=dict)


class Links:
    """`send` may be called from any thread but the server's own."""

    def __init__(self) -> None:
        self.base = ""
        self.app_id = ""
        self._loop: asyncio.AbstractEventLoop | None = None
        self._tickets: set[str] = set()
        self._open: list[Link] = []
        self._turn = itertools.count()

    @property
    def count(self) -> int:
        return len(self._open)

    def new_address(self) -> str:
        """A ws:// address that opens one connection."""
        ticket = secrets.token_urlsafe(16)
        self._tickets.add(ticket)
        return f"{self.base}/link/?ticket={ticket}&app_id={self.app_id}"

    async def serve(self, query: str, receive: Receive, send: Send) -> None:
        ticket = parse_qs(query).get("ticket", [""])[0]
        await receive()
        if ticket not in self._tickets or len(self._open) >= MOST_LINKS:
            await send({"type": "websocket.close", "code": 1008})
            return
        self._tickets.discard(ticket)
        self._loop = asyncio.get_running_loop()
        await send({"type": "websocket.accept"})
        link = Link(send)
        self._open.append(link)
        try:
            await _write(link, self._hello())
            await _listen(link, receive)
        finally:
            self._forget(link)
            for future in link.waiting.values():
                future.set_result(None)

    def send(self, kind: str, payload: Json, extra: Mapping[str, str], seconds: float) -> Json | None:
        """Hands an envelope to one of the connections; what it was acknowledged with, None where it was not in time."""
        if not self._open or self._loop is None:
            return None
        link = self._open[next(self._turn) % len(self._open)]
        envelope: Json = {"envelope_id": secrets.token_hex(16), "type": kind, "payload": payload}
        envelope["accepts_response_payload"] = kind != "events_api"
        if kind == "events_api":
            envelope["retry_attempt"] = int(extra.get("X-Slack-Retry-Num", "0"))
            envelope["retry_reason"] = extra.get("X-Slack-Retry-Reason", "")
        answer: Future[Json | None] = Future()
        link.waiting[envelope["envelope_id"]] = answer
        asyncio.run_coroutine_threadsafe(_write(link, envelope), self._loop).result(seconds)
        try:
            return answer.result(seconds)
        except TimeoutError:
            link.waiting.pop(envelope["envelope_id"], None)
            return None

    def refresh(self) -> None:
        """Tells all connections to come again, as Slack does every few hours."""
        if self._loop is not None:
            for link in list(self._open):
                told = {"type": "disconnect", "reason": "refresh_requested", "debug_info": {"host": "local"}}
                asyncio.run_coroutine_threadsafe(_write(link, told), self._loop).result(5)

    def hang_up(self) -> None:
        """Closes all connections; from now on nothing is sent through them."""
        if self._loop is not None:
            for link in list(self._open):
                self._forget(link)
                asyncio.run_coroutine_threadsafe(_close(link), self._loop).result(5)

    def _forget(self, link: Link) -> None:
        if link in self._open:
            self._open.remove(link)

    def _hello(self) -> Json:
        return {
            "type": "hello",
            "num_connections": len(self._open),
            "debug_info": {"host": "local", "approximate_connection_time": 18060},
            "connection_info": {"app_id": self.app_id},
        }


async def _write(link: Link, tree: Json) -> None:
    await link.send({"type": "websocket.send", "text": json.dumps(tree)})


async def _close(link: Link) -> None:
    await link.send({"type": "websocket.close", "code": 1000})


async def _listen(link: Link, receive: Receive) -> None:
    while True:
        message = await receive()
        if message["type"] == "websocket.disconnect":
            return
        told = json.loads(message.get("text") or message.get("bytes") or "{}")
        future = link.waiting.pop(told.get("envelope_id", ""), None)
        if future is not None:
            future.set_result(told.get("payload") or {})
