"""How soon does Slack hear that a press was taken? 50 presses of Approve a second, each on an action of its own.

The presses come at their moments whether or not earlier ones were answered (open loop), and each is timed from its
moment: a server that falls behind is not spared. One process answers; a second one, worker and pulse, brings the cards
to what was decided, at Slack's pace. The stand-in for Slack, the client and PostgreSQL share the two cores.
"""

import asyncio
import json
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import aiohttp
import psycopg

from bench import _client, _instance, _servers
from bench._servers import Server
from tests.slack_server import payloads, server, town
from tests.slack_server.carriers import Parcel, parcel
from tests.slack_server.server import SlackServer
from tests.slack_server.town import Town
from tests.slack_server.world import Message

A_SECOND, SECONDS, WARM_UP = 50, 20, 2
GOAL_MS = 500
SERVER = "uvicorn ASGI, 1 process with a pool of connections; manage.py up beside it as worker and pulse"
SEED = "from bench import _slack_seed; _slack_seed.main()"


def seed(environment: dict[str, str], acme: Town, cards: list[str]) -> list[str]:
    """The values of the Approve buttons of these messages."""
    asked = {
        "team": acme.acme.id,
        "channel": acme.channels["approvals"].id,
        "user": acme["ada"].id,
        "bot_user": acme.bot.bot_user_id,
        "bot_token": acme.bot.bot_token,
        "cards": cards,
    }
    command = [sys.executable, "manage.py", "shell", "--no-imports", "-c", SEED]
    done = subprocess.run(
        command,
        cwd=_instance.ROOT,
        env=environment,
        input=json.dumps(asked),
        capture_output=True,
        text=True,
        check=True,
    )
    values: list[str] = json.loads(done.stdout.splitlines()[-1])
    return values


def drawn(slack: SlackServer, acme: Town) -> list[str]:
    """The names of as many messages as will be pressed."""
    world, channel = slack.world, acme.channels["approvals"]
    with world.lock:
        for _ in range(A_SECOND * (SECONDS + WARM_UP)):
            world.messages.append(Message(world.new_ts(), channel.id, acme.bot.bot_user_id, "A card"))
        return [message.ts for message in world.messages]


def press(slack: SlackServer, acme: Town, message: Message, value: str) -> Parcel:
    """A press of Ada's on Approve, signed now."""
    channel, world = acme.channels["approvals"], slack.world
    with world.lock:
        action = {"action_id": "cs_approve", "block_id": "row", "type": "button", "value": value}
        told = payloads.press(world, acme["ada"], channel, message, [], action, slack.origin)
    return parcel("interactive", told, world.app.signing_secret, time.time())


async def measure(slack: SlackServer, acme: Town, product: Server, values: list[str]) -> _client.Figures:
    figures = _client.Figures()
    url, used, messages = f"{product.url}/slack/events", product.cpu_seconds(), list(slack.world.messages)
    async with _client.session(connections=200) as client:
        began = time.perf_counter()
        pressing = []
        for n, value in enumerate(values):
            moment = began + n / A_SECOND
            await asyncio.sleep(max(0.0, moment - time.perf_counter()))
            kept = figures if n >= A_SECOND * WARM_UP else None
            pressing.append(
                asyncio.create_task(send(client, url, press(slack, acme, messages[n], value), moment, kept))
            )
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


def approved(database: str) -> int:
    """How many of the actions the presses have approved."""
    with psycopg.connect(database) as connection:
        [count] = connection.execute("select count(*) from approvals_action where state = 'approved'").fetchone() or [0]
    return int(count)


def report(figures: _client.Figures, count: int) -> None:
    p99 = figures.quantile(0.99)
    told: dict[str, Any] = {
        "bench": "slack_ack",
        "value": p99,
        "p50": figures.quantile(0.5),
        "p99": p99,
        "worst": figures.quantile(1.0),
        "clicks_a_second": A_SECOND,
        "clicks": len(figures.latencies),
        "approved": count,
        "cpu_ms": round(figures.cpu[0], 1),
        "limit_ms": GOAL_MS,
        "within": p99 < GOAL_MS,
        "client": "aiohttp, open loop",
        "server": SERVER,
    }
    print(json.dumps(told), flush=True)


def main() -> None:
    with server.running() as slack, _servers.prepared() as (environment, _, database):
        environment |= {
            "COUNTERSIGN_SLACK_API_URL": slack.api_url,
            "COUNTERSIGN_SLACK_SIGNING_SECRET": slack.world.app.signing_secret,
        }
        acme = town.build(slack.world)
        values = seed(environment, acme, drawn(slack, acme))
        folder = Path(environment["COUNTERSIGN_DATA_DIR"])
        with _servers.web(environment) as product, _instance.running(folder, env=environment):
            report(asyncio.run(measure(slack, acme, product, values)), approved(database))


if __name__ == "__main__":
    main()
