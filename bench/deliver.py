"""From pressing approve to the parked agent's answer, with 8, 1,000 and 5,000 agents parked at one live process.

Set PARKED to measure one of them only. The yardstick parks as many, and both are pressed in turns.
"""

import asyncio
import json
import os
import time
from typing import Any

import aiohttp

from bench import _client, _servers
from bench._client import JSON, Figures
from bench._servers import Pair, Server
from bench.decide import BARE_BODY

SERVER = "granian WSGI decides, uvicorn x1 holds the parked; yardstick uvicorn, 1 process"
PARKED = [int(n) for n in os.environ.get("PARKED", "8,1000,5000").split(",")]
PRESSES, PAUSE = 100, 0.01


class Side:
    """One server with its parked agents, and the latencies of their deliveries in milliseconds."""

    def __init__(self, pair: Pair, client: aiohttp.ClientSession) -> None:
        self.pair, self.client = pair, client
        self.figures = Figures()
        self.parked: list[tuple[Any, asyncio.Task[float]]] = []

    async def park(self) -> None:
        action = await self.submit()
        self.parked.append((action, asyncio.create_task(self.answered(action))))

    async def deliver(self) -> None:
        """Decides what has been parked longest, and parks another in its place."""
        action, waiter = self.parked.pop(0)
        began = time.perf_counter()
        await self.decide(action)
        self.figures.latencies.append((await waiter - began) * 1000)
        await self.park()
        await asyncio.sleep(PAUSE)

    async def submit(self) -> Any:
        raise NotImplementedError

    async def decide(self, action: Any) -> None:
        raise NotImplementedError

    async def answered(self, action: Any) -> float:
        raise NotImplementedError


class Whole(Side):
    async def submit(self) -> Any:
        return await _client.submit(self.client, self.pair)

    async def decide(self, action: Any) -> None:
        await _client.approve(self.client, self.pair, action)

    async def answered(self, action: Any) -> float:
        url, headers = (
            f"{live(self.pair).url}/api/v1/actions/{action['id']}?wait=60",
            _client.bearer(self.pair.keys["otto"]),
        )
        while True:
            answer = json.loads(await _client.get(self.client, url, headers))
            if answer["state"] == "approved":
                return time.perf_counter()


class Bare(Side):
    async def submit(self) -> Any:
        return await _client.submit_bare(self.client, self.pair)

    async def decide(self, action: Any) -> None:
        await _client.post(self.client, f"{self.pair.yardstick.url}/actions/{action}/decide", BARE_BODY, JSON, 200)

    async def answered(self, action: Any) -> float:
        while True:
            url = f"{self.pair.yardstick.url}/actions/{action}/wait?timeout=60"
            if json.loads(await _client.get(self.client, url, {}))["status"] == 1:
                return time.perf_counter()


def live(pair: Pair) -> Server:
    if pair.live is None:
        raise ValueError("the pair was started without its live process")
    return pair.live


async def measure(pair: Pair, parked: int) -> None:
    async with _client.session(0) as client:
        whole, bare = Whole(pair, client), Bare(pair, client)
        before = live(pair).memory(), pair.yardstick.memory()
        for side in (bare, whole):
            for n in range(0, parked, 50):
                await asyncio.gather(*(side.park() for _ in range(min(50, parked - n))))
        await asyncio.sleep(3)
        grown = live(pair).memory() - before[0], pair.yardstick.memory() - before[1]
        for _ in range(PRESSES):
            await bare.deliver()
            await whole.deliver()
        print(json.dumps(summary(parked, whole.figures, bare.figures, grown)), flush=True)
        for _, waiter in (*whole.parked, *bare.parked):
            waiter.cancel()


def summary(parked: int, ours: Figures, theirs: Figures, grown: tuple[int, int]) -> dict[str, Any]:
    """Milliseconds, and KB of memory more for each that is parked."""
    return {
        "bench": "deliver",
        "parked": parked,
        "value": ours.quantile(0.5),
        "yardstick": theirs.quantile(0.5),
        "ratio": round(ours.quantile(0.5) / theirs.quantile(0.5), 2),
        "p50": ours.quantile(0.5),
        "p99": ours.quantile(0.99),
        "yardstick_p99": theirs.quantile(0.99),
        "p99_ratio": round(ours.quantile(0.99) / theirs.quantile(0.99), 2),
        "kb_per_waiter": round(grown[0] / parked / 1024, 1),
        "yardstick_kb_per_waiter": round(grown[1] / parked / 1024, 1),
        "client": _client.NAME.replace("8 connections, closed loop", f"{parked} parked, one pressed at a time"),
        "server": SERVER,
    }


if __name__ == "__main__":
    for count in PARKED:
        with _servers.pair(live=True) as started:
            asyncio.run(measure(started, count))
