"""The one client of all measurements: aiohttp, closed loop, a fixed number of connections."""

import asyncio
import json
import platform
import time
from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from statistics import median
from typing import Any

import aiohttp

from bench._servers import Pair, Server

CONNECTIONS = 8
SECONDS, WARM_UP = 2.0, 1.0
ROUNDS = 5
NAME = f"python {platform.python_version()} aiohttp {aiohttp.__version__}, {CONNECTIONS} connections, closed loop"

One = Callable[[], Awaitable[None]]

_ARGS = {"customer_id": "cus_123", "amount_usd": 80.25, "currency": "EUR", "note": "n" * 200}
_ENVELOPE = {
    "trace_id": "tr_9c12",
    "intent": "issue_refund",
    "tool_call": {"name": "billing.refund", "args": _ARGS},
    "summary": "Refund the duplicate charge of 12 November.",
    "reasoning": "r" * 420,
    "confidence": 0.62,
    "agent_version": {"label": "v4", "model": "m-1", "prompt_sha256": "0" * 40},
    "group_key": "conv_77",
}


def compact(tree: Any) -> bytes:
    return json.dumps(tree, separators=(",", ":")).encode()


SUBMIT_BODY = compact(_ENVELOPE)
YARDSTICK_BODY = compact({"agent": "otto", "payload": _ENVELOPE})
JSON = {"Content-Type": "application/json"}


def session(connections: int = CONNECTIONS) -> AbstractAsyncContextManager[aiohttp.ClientSession]:
    timeout = aiohttp.ClientTimeout(total=120)
    return aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=connections), timeout=timeout)


def bearer(token: str) -> dict[str, str]:
    return {**JSON, "Authorization": f"Bearer {token}"}


@dataclass(slots=True)
class Figures:
    """Latencies in milliseconds; for each round requests a second and CPU microseconds a request at the server."""

    latencies: list[float] = field(default_factory=list)
    rates: list[float] = field(default_factory=list)
    cpu: list[float] = field(default_factory=list)

    def quantile(self, share: float) -> float:
        ordered = sorted(self.latencies)
        return round(ordered[min(len(ordered) - 1, int(share * len(ordered)))], 2)


async def drive(
    one: One, seconds: float, figures: Figures | None = None, server: Server | None = None, sides: int = CONNECTIONS
) -> None:
    """Presses from so many sides until the time is over."""
    began, done, dry = time.perf_counter(), 0, False
    used = server.cpu_seconds() if server else 0.0

    async def press() -> None:
        nonlocal done, dry
        while not dry and time.perf_counter() - began < seconds:
            start = time.perf_counter()
            try:
                await one()
            except IndexError:
                # The stock of pending actions is used up: the round ends for all sides at once.
                dry = True
                return
            done += 1
            if figures is not None:
                figures.latencies.append((time.perf_counter() - start) * 1000)

    await asyncio.gather(*(press() for _ in range(sides)))
    if figures is not None:
        figures.rates.append(done / (time.perf_counter() - began))
    if figures is not None and server is not None:
        figures.cpu.append((server.cpu_seconds() - used) / done * 1e6)


async def post(client: aiohttp.ClientSession, url: str, body: bytes, headers: dict[str, str], status: int) -> bytes:
    async with client.post(url, data=body, headers=headers) as response:
        answer = await response.read()
        if response.status != status:
            raise SystemExit(f"{url}: {response.status} {answer[:400]!r}")
        return answer


async def get(client: aiohttp.ClientSession, url: str, headers: dict[str, str]) -> bytes:
    async with client.get(url, headers=headers) as response:
        answer = await response.read()
        if response.status != 200:
            raise SystemExit(f"{url}: {response.status} {answer[:400]!r}")
        return answer


async def submit(client: aiohttp.ClientSession, pair: Pair) -> dict[str, Any]:
    """One pending action of Countersign."""
    answer = await post(client, f"{pair.api.url}/api/v1/actions", SUBMIT_BODY, bearer(pair.keys["otto"]), 201)
    action: dict[str, Any] = json.loads(answer)
    return action


async def submit_bare(client: aiohttp.ClientSession, pair: Pair) -> str:
    """One pending action of the yardstick."""
    answer = await post(client, f"{pair.yardstick.url}/actions", YARDSTICK_BODY, JSON, 201)
    return str(json.loads(answer)["id"])


async def approve(client: aiohttp.ClientSession, pair: Pair, action: dict[str, Any]) -> None:
    url = f"{pair.api.url}/api/v1/actions/{action['id']}/reviews"
    await post(client, url, review_body(action), bearer(pair.keys["ada"]), 200)


def review_body(action: dict[str, Any]) -> bytes:
    return compact({"verdict": "approve", "revision": action["revision"], "digest": action["digest"]})


def ratio_of(ours: Figures, theirs: Figures) -> float:
    """The median of the rounds' own ratios: both sides of each were measured within seconds of each other."""
    return round(median(a / b for a, b in zip(ours.rates, theirs.rates, strict=True)), 3)


def report(bench: str, ours: Figures, theirs: Figures, *, server: str, **more: Any) -> None:
    """The one JSON line. `value` and `yardstick` are requests a second, quantiles are milliseconds."""
    figures = {
        "bench": bench,
        "value": round(median(ours.rates), 1),
        "yardstick": round(median(theirs.rates), 1),
        "ratio": ratio_of(ours, theirs),
        "p50": ours.quantile(0.5),
        "p99": ours.quantile(0.99),
        "yardstick_p50": theirs.quantile(0.5),
        "yardstick_p99": theirs.quantile(0.99),
        "p99_ratio": round(ours.quantile(0.99) / theirs.quantile(0.99), 2),
        "cpu_us": round(median(ours.cpu)) if ours.cpu else None,
        "yardstick_cpu_us": round(median(theirs.cpu)) if theirs.cpu else None,
        **more,
        "client": NAME,
        "server": server,
    }
    print(json.dumps(figures), flush=True)
