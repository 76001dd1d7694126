"""Submits a second: key, strict parse, policy of 50 rules, action, revision, timer, fact, promise, kept answer."""

import asyncio
import itertools
import os

from bench import _client, _servers
from bench._client import ROUNDS, SECONDS, SUBMIT_BODY, WARM_UP, Figures
from bench._servers import Pair


async def measure(pair: Pair) -> None:
    ours, theirs = Figures(), Figures()
    numbers = itertools.count()
    run = os.urandom(4).hex()
    async with _client.session() as client:

        async def bare() -> None:
            await _client.submit_bare(client, pair)

        async def whole() -> None:
            headers = {**_client.bearer(pair.keys["otto"]), "Idempotency-Key": f"{run}-{next(numbers)}"}
            await _client.post(client, f"{pair.api.url}/api/v1/actions", SUBMIT_BODY, headers, 201)

        for one in (bare, whole):
            await _client.drive(one, WARM_UP)
        for _ in range(ROUNDS):
            await _client.drive(bare, SECONDS, theirs, pair.yardstick)
            await _client.drive(whole, SECONDS, ours, pair.api)
    _client.report("submit", ours, theirs, server=_servers.SERVED_BY, payload_bytes=len(SUBMIT_BODY))


if __name__ == "__main__":
    with _servers.pair() as started:
        asyncio.run(measure(started))
