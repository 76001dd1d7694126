"""Submit, list, decide and long-poll without anything else: what a figure of Countersign is divided by."""

import asyncio
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Any

import asyncpg  # type: ignore[import-not-found, import-untyped, unused-ignore]
import orjson
from starlette.applications import Starlette  # type: ignore[import-not-found, import-untyped, unused-ignore]
from starlette.requests import Request  # type: ignore[import-not-found, import-untyped, unused-ignore]
from starlette.responses import Response  # type: ignore[import-not-found, import-untyped, unused-ignore]
from starlette.routing import Route  # type: ignore[import-not-found, import-untyped, unused-ignore]

DSN = os.environ["DSN"]
POOL = int(os.environ.get("POOL", "8"))

SUBMIT = """with a as (insert into action(org,agent,payload) values (1,$1,$2) returning id,payload),
 u as (insert into audit(action_id,kind,body) select id,'submitted',payload from a),
 o as (insert into outbox(topic,body) select 'action.submitted', jsonb_build_object('id',id) from a)
 select id::text from a"""
DECIDE = """with u as (update action set status=$2, decided_at=now(), version=version+1
  where id=$1 and status=0 returning id),
 d as (insert into decision(action_id,reviewer,verdict,body) select id,$3,$4,$5 from u),
 e as (insert into audit(action_id,kind,body) select id,'decided',$5 from u) select count(*) from u"""
LIST = """select id::text, agent, created_at, payload from action where org=1 and status=0
 order by created_at desc, id limit $1"""
STATUS = "select status from action where id=$1"

waiters: dict[str, list[asyncio.Future[None]]] = {}


def answer(tree: Any, status: int = 200) -> Response:
    return Response(orjson.dumps(tree, default=str), status, media_type="application/json")


def wake(action_id: str) -> None:
    for future in waiters.pop(action_id, ()):
        if not future.done():
            future.set_result(None)


async def submit(request: Request) -> Response:
    body = orjson.loads(await request.body())
    payload = orjson.dumps(body["payload"]).decode()
    return answer({"id": await request.app.state.pool.fetchval(SUBMIT, body["agent"], payload)}, 201)


async def listing(request: Request) -> Response:
    rows = await request.app.state.pool.fetch(LIST, int(request.query_params.get("limit", "50")))
    items = (b'{"id":"%b","agent":"%b","payload":%b}' % (r[0].encode(), r[1].encode(), r[3].encode()) for r in rows)
    return Response(b"[" + b",".join(items) + b"]", media_type="application/json")


async def decide(request: Request) -> Response:
    action_id, raw = request.path_params["id"], await request.body()
    body = orjson.loads(raw)
    status = 1 if body["verdict"] == "approved" else 2
    async with request.app.state.pool.acquire() as connection, connection.transaction():
        if await connection.fetchval("select status from action where id=$1 for update", action_id) is None:
            return answer({"error": "not found"}, 404)
        n = await connection.fetchval(DECIDE, action_id, status, body["reviewer"], body["verdict"], raw.decode())
        if n:
            await connection.execute("select pg_notify('decided',$1)", action_id)
    return answer({"id": action_id, "applied": bool(n)}, 200 if n else 409)


async def wait(request: Request) -> Response:
    action_id = request.path_params["id"]
    future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
    # Registered before the read, so that no wake-up is lost.
    waiters.setdefault(action_id, []).append(future)
    status = await request.app.state.pool.fetchval(STATUS, action_id)
    if status == 0:
        with suppress(TimeoutError):
            await asyncio.wait_for(future, float(request.query_params.get("timeout", "30")))
        status = await request.app.state.pool.fetchval(STATUS, action_id)
    if future in waiters.get(action_id, ()):
        waiters[action_id].remove(future)
    return answer({"id": action_id, "status": status})


async def health(_: Request) -> Response:
    return answer({"ok": 1})


@asynccontextmanager
async def life(app: Starlette) -> AsyncIterator[None]:
    app.state.pool = await asyncpg.create_pool(DSN, min_size=POOL, max_size=POOL)
    listening = await asyncpg.connect(DSN)
    await listening.add_listener("decided", lambda _connection, _pid, _channel, payload: wake(payload))
    yield
    await listening.close()
    await app.state.pool.close()


app = Starlette(
    lifespan=life,
    routes=[
        Route("/healthz", health),
        Route("/actions", submit, methods=["POST"]),
        Route("/actions", listing),
        Route("/actions/{id}/decide", decide, methods=["POST"]),
        Route("/actions/{id}/wait", wait),
    ],
)
