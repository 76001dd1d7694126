"""The socket of an open page. It only tells that something changed; the page fetches it with an authorised GET."""

import asyncio
import logging
import time
from contextlib import suppress
from dataclasses import asdict, replace
from importlib import import_module
from typing import Any
from urllib.parse import urlsplit

import orjson
from channels.db import database_sync_to_async
from channels.generic.websocket import AsyncJsonWebsocketConsumer
from django.conf import settings
from django.contrib.auth import get_user
from django.http import HttpRequest
from redis.exceptions import RedisError

from accounts import queries
from accounts.queries import Member
from accounts.roles import Verb
from console.live.presence import BEAT, Company, Look
from tenancy import ids

CHECK_EVERY = 30.0
LONGEST, SOONEST = 200, 0.1
# Seconds within which what this process publishes has to come back to it.
ECHO = 4.0
NOT_YOU, NOT_HERE, DEAF = 4401, 4403, 4503
# What the layer raises while Redis is gone.
GONE = (RedisError, OSError, TimeoutError)

log = logging.getLogger(__name__)


def group_of(workspace_id: str) -> str:
    return f"workspace.{workspace_id}"


def member_behind(session_key: str, workspace: str) -> Member | None:
    """Who this session belongs to now, if it still lives and its person still belongs to the workspace."""
    request = HttpRequest()
    request.session = import_module(settings.SESSION_ENGINE).SessionStore(session_key)
    user = get_user(request)
    member = queries.member_of(str(user.pk), workspace) if user.is_authenticated else None
    return member if member and member.may(Verb.SEE) else None


def same_origin(headers: dict[bytes, bytes]) -> bool:
    """Whether the page that opened the socket came from this very host and port. No Origin, no socket."""
    origin = urlsplit(headers.get(b"origin", b"").decode("latin-1"))
    return origin.scheme in {"http", "https"} and origin.netloc == headers.get(b"host", b"").decode("latin-1")


class QueueConsumer(AsyncJsonWebsocketConsumer):
    """One page's ear in one workspace. A page says which action it shows, for its colleagues' eyes; all else that it
    sends is ignored: a socket changes nothing.
    """

    group = ""
    me = Look("", "", "", "")
    tasks: tuple[asyncio.Task[None], ...] = ()

    def __init__(self) -> None:
        super().__init__()
        self.company = Company()
        self.said_at = 0.0
        self.drawn: dict[str, list[str]] = {}
        self.echoed = asyncio.Event()

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Without the layer no news could arrive: then there is no socket, and the page looks by itself."""
        try:
            await super().__call__(scope, receive, send)
        except GONE as error:
            log.warning("No news for open pages: %s", error)
            await send({"type": "websocket.close", "code": DEAF})

    async def connect(self) -> None:
        member = await self._member() if same_origin(dict(self.scope["headers"])) else None
        if member is None:
            await self.close(NOT_YOU)
            return
        self.group = group_of(member.workspace_id)
        await self.channel_layer.group_add(self.group, self.channel_name)
        await self.accept()
        self.me = Look(self.channel_name, member.user_id, member.name, "")
        self.tasks = (asyncio.create_task(self._watch()), asyncio.create_task(self._beat()))

    async def disconnect(self, code: int) -> None:
        for task in self.tasks:
            task.cancel()
        # Whatever a task may have died of, the others are told that this page is gone.
        await asyncio.gather(*self.tasks, return_exceptions=True)
        if self.me.action_id:
            await self._look_at("")
        if self.group:
            with suppress(*GONE):
                await self.channel_layer.group_discard(self.group, self.channel_name)

    async def receive(self, text_data: str | None = None, bytes_data: bytes | None = None, **_: Any) -> None:
        """`{"looking": "<id of the action that the page shows, or empty>"}`."""
        try:
            said = orjson.loads((text_data or "")[:LONGEST])
        except orjson.JSONDecodeError:
            return
        looking = said.get("looking") if isinstance(said, dict) else None
        if looking != self.me.action_id and (looking == "" or ids.is_id(str(looking), "act")):
            await self._look_at(str(looking))

    async def news(self, message: dict[str, Any]) -> None:
        """Passed on only to somebody who may still look."""
        if await self._still():
            await self.send_json({name: message[name] for name in ("kind", "id", "version")})

    async def looks(self, message: dict[str, Any]) -> None:
        """A page of the workspace is at an action. One that is new here is answered, so that it knows of this one."""
        look = Look(**message["look"])
        if look.page == self.me.page:
            return
        if self.company.hear(look, time.monotonic()) and self.me.action_id:
            await self._say(self.me)
        await self._draw()

    async def echo(self, _: dict[str, Any]) -> None:
        self.echoed.set()

    async def _look_at(self, action_id: str) -> None:
        self.me = replace(self.me, action_id=action_id)
        # A page that leafs faster than a person waits for the next beat.
        if time.monotonic() - self.said_at > SOONEST or not action_id:
            self.said_at = time.monotonic()
            await self._say(self.me)

    async def _say(self, look: Look) -> None:
        # Presence is a kindness: without the layer there is none, and everything else goes on.
        with suppress(*GONE):
            await self.channel_layer.group_send(self.group, {"type": "looks", "look": asdict(look)})

    async def _beat(self) -> None:
        while True:
            await asyncio.sleep(BEAT)
            if not await self._hears():
                await self.close(DEAF)
                return
            if self.me.action_id:
                await self._say(self.me)
            await self._draw()

    async def _hears(self) -> bool:
        """Whether news would arrive. The layer takes up a lost connection by itself and tells nobody meanwhile; a page
        that believed itself live would wait for what never comes.
        """
        self.echoed.clear()
        with suppress(*GONE):
            async with asyncio.timeout(ECHO):
                await self.channel_layer.send(self.channel_name, {"type": "echo"})
                await self.echoed.wait()
        return self.echoed.is_set()

    async def _draw(self) -> None:
        """Names are told to members alone, and only when somebody came or went."""
        present = self.company.present(time.monotonic(), but=self.me.user_id)
        if present == self.drawn:
            return
        # Noted before the look at the rights: a beat in between must not tell the same once more, nor an older state
        # follow a newer one.
        self.drawn = present
        if await self._still() and self.drawn is present:
            await self.send_json({"kind": "presence", "people": present})

    async def _watch(self) -> None:
        """A quiet socket of somebody who was sent away closes by itself too."""
        while await self._still():  # noqa: ASYNC110 (nothing tells of a session that ended, so it is looked at)
            await asyncio.sleep(CHECK_EVERY)

    async def _still(self) -> bool:
        member = await self._member()
        if member is not None and group_of(member.workspace_id) == self.group:
            return True
        await self.close(NOT_HERE)
        return False

    async def _member(self) -> Member | None:
        key = self.scope["cookies"].get(settings.SESSION_COOKIE_NAME, "")
        workspace = self.scope["url_route"]["kwargs"]["workspace"]
        return await database_sync_to_async(member_behind)(key, workspace) if key else None
