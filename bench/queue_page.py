"""The queue page among 100,000 pending actions: as it opens, searched, and filtered each way that it offers.

`value` is the slowest median of all ways in milliseconds, from the request to the last byte of the answer over one
connection on this machine; `ways` has the median and the 99th percentile of each. `kb` is what crosses the wire as a
browser asks for it: the largest page, and with the page's own scripts and styles.
"""

import asyncio
import json
import re
import time

import aiohttp
import psycopg

from bench import _client, _servers

SERVER = "uvicorn ASGI, 1 process"
ROWS, TIMES, WARM_UP = 100_000, 40, 3
PASSWORD = "a long password for a measurement"
BROWSER = {"Accept-Encoding": "gzip"}
WAYS = {
    "as it opens": "",
    "rare search": "text=cus_99999",
    "common search": "text=cus",
    "search without result": "text=nothing-like-this",
    "risk": "risk=low",
    "tool and agent": "tool=billing.refund&agent=otto",
    "tool without result": "tool=none.such",
    "group": "group=reviewers",
    "group without result": "group=nobody",
    "due": "due=1440",
    "due without result": "due=15",
    "claimed by nobody": "claimed=nobody",
    "claimed by me": "claimed=me",
    "all at once": "text=cus_5&risk=low&group=reviewers&claimed=nobody&due=1440",
}
# Copies of the one action that was sent through the door, each with its own customer, risk, deadline and revision.
GROW = """with n as (select g, 'act_01' || lpad(g::text, 24, '0') id from generate_series(1, %(rows)s::int) g),
 a as (insert into approvals_action select (jsonb_populate_record(t, jsonb_build_object('id', n.id,
  'counterpart', 'cus_' || n.g, 'effect_sentence', 'Moves 80.25 for "cus_' || n.g || '".',
  'risk', (array['low', 'medium', 'high', 'critical'])[1 + n.g %% 4], 'risk_rank', n.g %% 4,
  'expires_at', t.expires_at + n.g * interval '1 second'))).*
  from n, approvals_action t where t.id = %(one)s returning id)
 insert into approvals_revision select (jsonb_populate_record(r, jsonb_build_object('id', 'rev' || substr(a.id, 4),
  'action_id', a.id))).* from a, approvals_revision r where r.action_id = %(one)s"""


async def measure(url: str, key: str, database: str) -> dict[str, object]:
    # Cookies of an address without a name are kept only where that is asked for.
    async with aiohttp.ClientSession(cookie_jar=aiohttp.CookieJar(unsafe=True)) as client:
        sent = await _client.post(client, f"{url}/api/v1/actions", _client.SUBMIT_BODY, _client.bearer(key), 201)
        with psycopg.connect(database, autocommit=True) as connection:
            connection.execute(GROW.encode(), {"rows": ROWS - 1, "one": json.loads(sent)["id"]})
            connection.execute("vacuum analyze")
        await log_in(client, url)
        ways, largest = {}, 0
        for name, query in WAYS.items():
            figures = _client.Figures()
            for n in range(WARM_UP + TIMES):
                began = time.perf_counter()
                page, size = await fetch(client, f"{url}/w/bench/queue?view=all&{query}")
                if n >= WARM_UP:
                    figures.latencies.append((time.perf_counter() - began) * 1000)
                largest = max(largest, size)
            ways[name] = [figures.quantile(0.5), figures.quantile(0.99)]
        assets = sum([(await fetch(client, url + address))[1] for address in await addresses(client, url, page)])
    return {
        "value": max(middle for middle, _ in ways.values()),
        "ways": ways,
        "kb": {"page": round(largest / 1024, 1), "with_scripts_and_styles": round((largest + assets) / 1024, 1)},
    }


async def log_in(client: aiohttp.ClientSession, url: str) -> None:
    page, _ = await fetch(client, url + "/login/")
    token = re.findall(r'name="csrfmiddlewaretoken" value="(\w+)"', page)[0]
    form = {"csrfmiddlewaretoken": token, "email": "ada@example.com", "password": PASSWORD}
    async with client.post(url + "/login/", data=form, headers={"Origin": url, "Referer": url}) as answer:
        if "/w/bench/" not in str(answer.url):
            raise SystemExit(f"Ada cannot log in: {answer.status}")


async def fetch(client: aiohttp.ClientSession, url: str) -> tuple[str, int]:
    """The text, and its bytes as they came."""
    async with client.get(url, headers=BROWSER) as answer:
        # The length is that of the compressed body; the reader undoes the compression.
        text = await answer.text()
        if answer.status != 200:
            raise SystemExit(f"{url}: {answer.status}")
        return text, int(answer.headers["Content-Length"])


async def addresses(client: aiohttp.ClientSession, url: str, page: str) -> list[str]:
    """Everything that the page loads, with what its scripts and styles load in turn."""
    found = re.findall(r'(?:src|href)="(/static/[^"]+)"', page)
    for address in list(found):
        if address.endswith((".css", ".js")) and "/vendor/" not in address:
            text, _ = await fetch(client, url + address)
            folder = address.rpartition("/")[0]
            found += [f"{folder}/{name}" for name in re.findall(r'"\.?/?((?:css|js)/[\w.-]+)"', text)]
    return list(dict.fromkeys(found))


if __name__ == "__main__":
    with _servers.console() as (server, keys, address):
        measured = asyncio.run(measure(server.url, keys["otto"], address))
    figures = {"bench": "queue_page", "rows": ROWS, **measured, "client": "aiohttp, 1 connection", "server": SERVER}
    print(json.dumps(figures), flush=True)
