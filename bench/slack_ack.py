"""How soon does Slack hear that a press was taken? 50 presses of Approve a second, each on an action of its own.

The presses come at their moments whether or not earlier ones were answered (open loop), and each is timed from its
moment: a server that falls behind is not spared. Everything of the product runs in one process (`manage.py up` on
PostgreSQL) and draws cards meanwhile; the stand-in for Slack shares the two cores too.
"""

import asyncio
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import aiohttp

from bench import _client, _instance, _servers
from bench._instance import Instance
from bench._servers import Server
from tests.slack_server import payloads, server, town
from tests.slack_server.carriers import Parcel, parcel
from tests.slack_server.server import SlackServer
from tests.slack_server.town import Town
from tests.slack_server.world import Message

A_SECOND, SECONDS, WARM_UP = 50, 20, 2
GOAL_MS = 500
SERVER = "manage.py up, 1 process: web, worker and pulse"
SEED = "from bench import _slack_seed; _slack_seed.main()"


def seed(instance: Instance, acme: Town) -> list[str]:
    """The values of so many Approve buttons."""
    asked = {
        "team": acme.acme.id,
        "channel": acme.channels["approvals"].id,
        "user": acme["ada"].id,
        "bot_user": acme.bot.bot_user_id,
        "bot_token": acme.bot.bot_token,
        "actions": A_SECOND * (SECONDS + WARM_UP),
    }
    command = [sys.executable, "manage.py", "shell", "--no-imports", "-c", SEED]
    done = subprocess.run(
        command,
        cwd=_instance.ROOT,
        env=instance.environment,
        input=json.dumps(asked),
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    values: list[str] = json.loads(done.stdout.splitlines()[-1])
    return values


def press(slack: SlackServer, acme: Town, value: str) -> Parcel:
    """A press of Ada's on a card with this value, signed now."""
    channel, world = acme.channels["approvals"], slack.world
    with world.lock:
        message = Message(world.new_ts(), channel.id, acme.bot.bot_user_id, "A card")
        action = {"action_id": "cs_approve", "block_id": "row", "type": "button", "value": value}
        told = payloads.press(world, acme["ada"], channel, message, [], action, slack.origin)
    return parcel("interactive", told, world.app.signing_secret, time.time())


async def measure(slack: SlackServer, acme: Town, instance: Instance, values: list[str]) -> _client.Figures:
    figures, product = _client.Figures(), Server(instance.base_url, instance.process.pid)
    url, used = f"{instance.base_url}/slack/events", product.cpu_seconds()
    async with _client.session(connections=200) as client:
        began = time.perf_counter()
        pressing = []
        for n, value in enumerate(values):
            moment = began + n / A_SECOND
            await asyncio.sleep(max(0.0, moment - time.perf_counter()))
            kept = figures if n >= A_SECOND * WARM_UP else None
            pressing.append(asyncio.create_task(send(client, url, press(slack, acme, value), moment, kept)))
        await asyncio.gather(*pressing)
    figures.cpu.append((product.cpu_seconds() - used) / len(values) * 1000)
    return figures


async def send(
    client: aiohttp.ClientSession, url: str, sent: Parcel, moment: float, figures: _client.Figures | None
) -> None:
    async with client.post(url, data=sent.body, headers=dict(sent.headers)) as answer:
        body = await answer.read()
        if answer.status != 200:
            raise SystemExit(f"{url}: {answer.status} {body[:400]!r}")
    if figures is not None:
        figures.latencies.append((time.perf_counter() - moment) * 1000)


def decided(instance: Instance) -> int:
    """How many of the actions the presses have approved."""
    count = "from approvals.models import Action; print(Action.everywhere.filter(state='approved').count())"
    return int(instance.manage("shell", "--no-imports", "-c", count).splitlines()[-1])


def environment(slack: SlackServer, database: str) -> dict[str, str]:
    return {
        "DATABASE_URL": database,
        "REDIS_URL": os.environ.get("REDIS_URL", ""),
        "COUNTERSIGN_LOG_LEVEL": "ERROR",
        "COUNTERSIGN_SLACK_API_URL": slack.api_url,
        "COUNTERSIGN_SLACK_SIGNING_SECRET": slack.world.app.signing_secret,
    }


def report(figures: _client.Figures, approved: int) -> None:
    p99 = figures.quantile(0.99)
    told: dict[str, Any] = {
        "bench": "slack_ack",
        "value": p99,
        "p50": figures.quantile(0.5),
        "p99": p99,
        "worst": figures.quantile(1.0),
        "clicks_a_second": A_SECOND,
        "clicks": len(figures.latencies),
        "approved": approved,
        "cpu_ms": round(figures.cpu[0], 1),
        "limit_ms": GOAL_MS,
        "within": p99 < GOAL_MS,
        "client": "aiohttp, open loop",
        "server": SERVER,
    }
    print(json.dumps(told), flush=True)


def main() -> None:
    with (
        tempfile.TemporaryDirectory() as folder,
        _instance.database(_servers.database_url(), "bench_slack") as database,
        server.running() as slack,
    ):
        acme = town.build(slack.world)
        with _instance.running(Path(folder), env=environment(slack, database)) as instance:
            values = seed(instance, acme)
            figures = asyncio.run(measure(slack, acme, instance, values))
            report(figures, decided(instance))


if __name__ == "__main__":
    main()
