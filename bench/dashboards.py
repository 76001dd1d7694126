"""The four dashboards and the metrics at a million actions of one workspace, and what it takes to keep their numbers.

Milliseconds of whole answers, over one connection to the process of the pages. `rebuild_seconds` counts everything
anew; `hour_ms` is what it takes to count one hour, with its share of those actions, `waiting_ms` all that waits.
"""

import asyncio
import json
import os
import statistics
import time

import aiohttp
import psycopg

from bench import _servers
from bench.queue_page import fetch, log_in

ROWS = int(os.environ.get("DASHBOARD_ROWS", "1000000"))
TIMES = 15
PAGES = {
    f"{name}_{span}": f"/w/bench/{path}?range={span}"
    for name, path in (
        ("escalations", "escalations"),
        ("oversight", "oversight"),
        ("agents", "agents"),
        ("incidents", "incidents/figures"),
    )
    for span in ("24h", "30d")
} | {f"{name}_of_a_group": f"/w/bench/{name}?range=30d&group=reviewers" for name in ("escalations", "oversight")}
COUNT_WAITING = (
    "from django.utils import timezone; from approvals.services.boards import levels; levels.keep(at=timezone.now())"
)


async def measure(url: str, token: str) -> dict[str, float]:
    figures = {}
    async with aiohttp.ClientSession(cookie_jar=aiohttp.CookieJar(unsafe=True)) as client:
        await log_in(client, url)
        for name, path in PAGES.items():
            figures[name] = await _median(client, url + path)
    async with aiohttp.ClientSession(headers={"Authorization": f"Bearer {token}"}) as client:
        figures["metrics"] = await _median(client, f"{url}/api/v1/metrics")
    return figures


async def _median(client: aiohttp.ClientSession, url: str) -> float:
    took = []
    for _ in range(TIMES):
        began = time.perf_counter()
        if "/api/" in url:
            async with client.get(url) as answer:
                await answer.read()
                answer.raise_for_status()
        else:
            await fetch(client, url)
        took.append((time.perf_counter() - began) * 1000)
    return round(statistics.median(took), 1)


def kept(database: str) -> dict[str, int]:
    """Rows of the kept numbers, and what the last full hour and all that waits took to count."""
    with psycopg.connect(database) as connection:
        cells = connection.execute("select count(*) from approvals_rollupcell").fetchone()
        took = connection.execute(
            "select took_ms from approvals_rolluphour order by hour desc offset 1 limit 1"
        ).fetchone()
        waiting = connection.execute("select took_ms from approvals_waitingcount").fetchone()
    return {
        "cells": cells[0] if cells else 0,
        "hour_ms": took[0] if took else 0,
        "waiting_ms": waiting[0] if waiting else 0,
    }


def main() -> None:
    with _servers.prepared() as (environment, keys, database):
        began = time.monotonic()
        script = f"from bench import _dashboard_seed; _dashboard_seed.main({ROWS}, {keys['otto']!r})"
        _servers.manage(environment, "shell", "--no-imports", "-c", script)
        seeded = time.monotonic() - began
        _servers.manage(environment, "collectstatic", "--no-input", "--skip-checks", "-v0")
        began = time.monotonic()
        _servers.manage(environment, "rollup", "rebuild", "--workspace", "bench")
        rebuilt = time.monotonic() - began
        # What the pulse does every few seconds.
        _servers.manage(environment, "shell", "--no-imports", "-c", COUNT_WAITING)
        with _servers.web(environment) as server:
            figures = asyncio.run(measure(server.url, keys["ada"]))
        told = {"bench": "dashboards", "rows": ROWS, "ms": figures, **kept(database)}
    print(json.dumps({**told, "seed_seconds": round(seeded), "rebuild_seconds": round(rebuilt)}), flush=True)


if __name__ == "__main__":
    main()
