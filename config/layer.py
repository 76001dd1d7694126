"""The embedded channel layer: the in-memory one, usable from the pulse's and the workers' threads."""

import asyncio
from collections.abc import Coroutine
from typing import Any

from channels.layers import InMemoryChannelLayer


class ThreadSafeLayer(InMemoryChannelLayer):
    """A put from another thread does not wake the server's loop, so every send hops onto that loop first."""

    home: asyncio.AbstractEventLoop | None = None

    async def receive(self, channel: str) -> Any:
        self.home = self.home or asyncio.get_running_loop()
        return await super().receive(channel)

    async def send(self, channel: str, message: dict[str, Any]) -> None:
        await self._hop(super().send(channel, message))

    async def group_send(self, group: str, message: dict[str, Any]) -> None:
        await self._hop(super().group_send(group, message))

    async def _hop(self, work: Coroutine[Any, Any, None]) -> None:
        home = self.home
        if home is None or home is asyncio.get_running_loop() or not home.is_running():
            await work
        else:
            await asyncio.wrap_future(asyncio.run_coroutine_threadsafe(work, home))
