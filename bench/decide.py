"""Decisions a second: token and rights read afresh, digest, votes, fact, promises, snapshot, grant."""

import asyncio
from typing import Any

from bench import _client, _servers
from bench._client import JSON, ROUNDS, SECONDS, WARM_UP, Figures
from bench._servers import Pair

BARE_BODY = _client.compact({"verdict": "approved", "reviewer": "ada"})
STOCK_SECONDS = 3.0


async def measure(pair: Pair) -> None:
    ours, theirs = Figures(), Figures()
    async with _client.session() as client:
        pending: list[dict[str, Any]] = []
        bare_pending: list[str] = []

        async def stock() -> None:
            pending.append(await _client.submit(client, pair))

        async def stock_bare() -> None:
            bare_pending.append(await _client.submit_bare(client, pair))

        async def whole() -> None:
            await _client.approve(client, pair, pending.pop())

        async def bare() -> None:
            await _client.post(
                client, f"{pair.yardstick.url}/actions/{bare_pending.pop()}/decide", BARE_BODY, JSON, 200
            )

        for n in range(ROUNDS + 1):
            await _client.drive(stock_bare, STOCK_SECONDS)
            await _client.drive(stock, STOCK_SECONDS)
            seconds, to_bare, to_ours = (SECONDS, theirs, ours) if n else (WARM_UP, None, None)
            await _client.drive(bare, seconds, to_bare, pair.yardstick)
            await _client.drive(whole, seconds, to_ours, pair.api)
    _client.report("decide", ours, theirs, server=_servers.SERVED_BY)


if __name__ == "__main__":
    with _servers.pair() as started:
        asyncio.run(measure(started))
