"""Fifty of an agent's pending actions, newest first: among 1,000 and among 100,000.

The yardstick lists fifty rows of a table of the same size. `flat` is the time at 100,000 over the time at 1,000.
"""

import asyncio

import psycopg

from bench import _client, _servers
from bench._client import ROUNDS, SECONDS, WARM_UP, Figures
from bench._servers import Pair

FEW, MANY = 1_000, 100_000

# Copies of the one action that was sent through the door, each with an id and a revision of its own.
GROW = """with n as (select 'act_01' || lpad(g::text, 24, '0') id
  from generate_series(%(from)s::int, %(to)s::int) g),
 a as (insert into approvals_action select (jsonb_populate_record(t, jsonb_build_object('id', n.id))).*
  from n, approvals_action t where t.id = %(one)s returning id)
 insert into approvals_revision select (jsonb_populate_record(r, jsonb_build_object('id', 'rev' || substr(a.id, 4),
  'action_id', a.id))).* from a, approvals_revision r where r.action_id = %(one)s"""
GROW_BARE = """insert into action(org, agent, payload, created_at) select 1, agent, payload,
 created_at + g * interval '1 millisecond' from action, generate_series(%(from)s::int, %(to)s::int) g
 where id = %(one)s"""


async def measure(pair: Pair) -> dict[int, tuple[Figures, Figures]]:
    figures: dict[int, tuple[Figures, Figures]] = {}
    async with _client.session() as client:
        one, bare_one = (await _client.submit(client, pair))["id"], await _client.submit_bare(client, pair)
        headers = _client.bearer(pair.keys["otto"])

        async def whole() -> None:
            await _client.get(client, f"{pair.api.url}/api/v1/actions?state=pending&limit=50", headers)

        async def bare() -> None:
            await _client.get(client, f"{pair.yardstick.url}/actions?limit=50", {})

        rows = 1
        for size in (FEW, MANY):
            grow(pair, {"from": rows, "to": size - 1, "one": one}, {"from": rows, "to": size - 1, "one": bare_one})
            rows = size
            ours, theirs = figures[size] = (Figures(), Figures())
            for each in (bare, whole):
                await _client.drive(each, WARM_UP, sides=1)
            for _ in range(ROUNDS):
                await _client.drive(bare, SECONDS / 2, theirs, pair.yardstick, sides=1)
                await _client.drive(whole, SECONDS / 2, ours, pair.api, sides=1)
    return figures


def grow(pair: Pair, ours: dict[str, object], bare: dict[str, object]) -> None:
    for address, statement, values in ((pair.database, GROW, ours), (pair.bare, GROW_BARE, bare)):
        with psycopg.connect(address, autocommit=True) as connection:
            connection.execute(statement.encode(), values)
            connection.execute("analyze")


if __name__ == "__main__":
    with _servers.pair() as started:
        measured = asyncio.run(measure(started))
    (few, _), (many, bare_many) = measured[FEW], measured[MANY]
    more = {
        "times_yardstick": round(many.quantile(0.5) / bare_many.quantile(0.5), 2),
        "flat": round(many.quantile(0.5) / few.quantile(0.5), 2),
        "connections": 1,
    }
    _client.report("list", many, bare_many, server=_servers.SERVED_BY, **more)
