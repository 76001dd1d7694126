"""kill -9 while agents ask and people decide: no half action, every state has its fact, every promise is kept.

A few seeded rounds here; `make soak` runs fifty.
"""

import random
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import pytest

from bench import _instance
from tests.flows.parts import PULSE, WORKER, Parts, demo, redis, until
from tests.plugins import migrated
from tests.soaking import SOAK

pytestmark = pytest.mark.process

ROUNDS = 50 if SOAK else 3
CLIENTS = 4
# How long nothing may arrive: three leases, one of which a killed worker may have left.
STANDSTILL = 90.0

Request = tuple[str, str, dict[str, Any]]


@pytest.fixture
def database(tmp_path: Path) -> Iterator[str]:
    with migrated.database(tmp_path, "kill_test") as url:
        yield url


@dataclass(slots=True)
class Client:
    """Asks as otto and approves as Ada until the server is gone. `open` is what was sent and not answered."""

    base_url: str
    demo: dict[str, Any]
    name: str
    asked: dict[str, str] = field(default_factory=dict)
    approved: list[str] = field(default_factory=list)
    open: tuple[str, Request] | None = None

    def press(self) -> None:
        with suppress(httpx.TransportError), httpx.Client(base_url=self.base_url, timeout=20) as http:
            for n in range(100_000):
                trace = f"{self.name}-{n}"
                args = {"customer_id": f"cus_{trace}", "amount_usd": 60 + n % 400}
                action = self._send(
                    http, trace, {"tool_call": {"name": "billing.refund", "args": args}, "trace_id": trace}
                )
                self.asked[trace] = action["id"]
                self.open = None
                self._approve(http, action)
                self.approved.append(action["id"])

    def _send(self, http: httpx.Client, trace: str, body: dict[str, Any]) -> dict[str, Any]:
        request = ("/api/v1/actions", self.demo["agents"]["otto"]["key"], body)
        self.open = (trace, request)
        return self.post(http, trace, request)

    def _approve(self, http: httpx.Client, action: dict[str, Any]) -> None:
        body = {"verdict": "approve", "revision": action["revision"], "digest": action["digest"]}
        token = self.demo["people"]["ada"]["token"]
        self.post(http, f"approve-{action['id']}", (f"/api/v1/actions/{action['id']}/reviews", token, body))

    def post(self, http: httpx.Client, key: str, request: Request) -> dict[str, Any]:
        path, bearer, body = request
        headers = {"Authorization": f"Bearer {bearer}", "Idempotency-Key": key}
        answer = http.post(path, json=body, headers=headers)
        assert answer.status_code in {200, 201}, answer.text
        given: dict[str, Any] = answer.json()
        return given


def hammer(base_url: str, demo_json: dict[str, Any], name: str) -> tuple[list[Client], list[threading.Thread]]:
    clients = [Client(base_url, demo_json, f"{name}-{n}") for n in range(CLIENTS)]
    threads = [threading.Thread(target=client.press) for client in clients]
    for thread in threads:
        thread.start()
    return clients, threads


# Each finds what must not be: rows, not counts, so that a failure shows what is wrong.
HALF_DONE = {
    "an action without its newest revision": """
        select a.id from approvals_action a
        where (select count(*) from approvals_revision r where r.action_id = a.id) <> a.revision""",
    "an action that nothing says was submitted": """
        select a.id from approvals_action a
        where (select count(*) from audit_event e where e.action_id = a.id and e.kind = 'action:submitted') <> 1""",
    "a final state without its decision, or a decision without the state": """
        select a.id, a.state from approvals_action a left join approvals_decision d on d.action_id = a.id
        where (a.state = 'pending') <> (d.id is null) or (d.id is not null and d.outcome <> a.state)""",
    "a decision without its fact": """
        select d.id from approvals_decision d left join audit_event e on e.id = d.event_id
        where e.id is null or e.kind <> 'action:decided' or e.action_id <> d.action_id""",
    "a fact of a decision that is none": """
        select e.id from audit_event e left join approvals_decision d on d.event_id = e.id
        where e.kind = 'action:decided' and d.id is null""",
    "a decision without what was shown": """
        select d.id from approvals_decision d left join approvals_snapshot s on s.decision_id = d.id
        where s.decision_id is null""",
    "an approval without its vote": """
        select d.id from approvals_decision d where d.source = 'people'
        and (select count(*) from approvals_review r where r.action_id = d.action_id) <> 1""",
    "an approval without its grant": """
        select a.id from approvals_action a left join approvals_grant g on g.action_id = a.id
        where (a.state = 'approved') <> (g.id is not null)""",
    "a pending action that nothing ends": """
        select a.id from approvals_action a where a.state = 'pending' and not exists (select 1 from approvals_timer t
        where t.action_id = a.id and t.kind = 'expire' and t.fired_at is null and t.cancelled_at is null)""",
    "a decision that nobody promised to learn from": """
        select d.id from approvals_decision d
        where not exists (select 1 from feedback_label l where l.decision_id = d.id)
        and not exists (select 1 from outbox_message m where m.sink = 'feedback' and m.subject = d.action_id)""",
}


def half_done(parts: Parts) -> dict[str, list[tuple[Any, ...]]]:
    return {what: rows for what, statement in HALF_DONE.items() if (rows := parts.rows(statement))}


def promises_are_kept(parts: Parts) -> None:
    """Fifty rounds leave a backlog that takes minutes: as long as it shrinks, it is waited for."""
    least, since = float("inf"), time.monotonic()
    while owed := parts.rows("select count(*) from outbox_message")[0][0]:
        if owed < least:
            least, since = owed, time.monotonic()
        assert time.monotonic() - since < STANDSTILL, f"{owed} promises are not kept, and it goes no further"
        time.sleep(0.5)
    unlearned = (
        "select d.id from approvals_decision d left join feedback_label l on l.decision_id = d.id where l.id is null"
    )
    assert parts.rows(unlearned) == []
    labels, decisions = parts.rows(
        "select (select count(*) from feedback_label), (select count(*) from approvals_decision)"
    )[0]
    assert labels == decisions > 0


def test_the_server_dies_while_agents_ask_and_people_decide(tmp_path: Path, database: str) -> None:
    chance = random.Random(9)
    env = {"DATABASE_URL": database, "REDIS_URL": ""}
    instance = _instance.wait(_instance.start(tmp_path, "--demo", env=env))
    _instance.approve_at_once(instance)
    port = int(instance.base_url.rpartition(":")[2])
    parts = Parts(tmp_path, instance.environment, instance.demo, base_url=instance.base_url)
    try:
        for n in range(ROUNDS):
            clients, threads = hammer(instance.base_url, instance.demo, f"round-{n}")
            until(lambda: any(client.approved for client in clients), 30, "Ada approves the first")  # noqa: B023
            time.sleep(chance.uniform(0.3, 1.5))
            instance.process.kill()
            instance.process.wait()
            for thread in threads:
                thread.join(30)
            assert half_done(parts) == {}
            kept(parts, clients)
            instance = _instance.wait(_instance.start(tmp_path, "--demo", port=port, env=env))
            ask_again(parts, clients)
        promises_are_kept(parts)
        assert half_done(parts) == {}
    finally:
        instance.process.kill()
        instance.process.wait()


def kept(parts: Parts, clients: list[Client]) -> None:
    """What the server answered before it died has happened."""
    asked = {action_id for client in clients for action_id in client.asked.values()}
    approved = {action_id for client in clients for action_id in client.approved}
    assert approved
    states = dict(parts.rows("select id, state from approvals_action"))
    assert {states.get(action_id) for action_id in approved} == {"approved"}
    assert asked <= set(states)


def ask_again(parts: Parts, clients: list[Client]) -> None:
    """A request that was never answered is sent again under its key: it has happened once in the end, not twice."""
    with httpx.Client(base_url=parts.base_url, timeout=20) as http:
        for client in clients:
            if client.open is not None:
                trace, request = client.open
                given = client.post(http, trace, request)
                found = parts.rows(f"select id from approvals_action where trace_id = '{trace}'")
                assert found == [(given["id"],)]


@pytest.mark.redis
def test_pulse_and_worker_die_while_labels_are_on_their_way(tmp_path: Path, database: str) -> None:
    chance, port = random.Random(9), _instance.free_port()
    with demo(tmp_path, DATABASE_URL=database) as parts, redis(tmp_path, port):
        parts.environment["REDIS_URL"] = f"redis://127.0.0.1:{port}/0"
        parts.start_web()
        clients, threads = hammer(parts.base_url, parts.demo, "round")
        for n in range(ROUNDS):
            for name, command in (("pulse", PULSE), ("second-pulse", PULSE), ("worker", WORKER)):
                parts.start(name, *command)
            until(lambda: (tmp_path / "worker.log").read_text().count(" ready.") > n, 60, "the worker is ready")  # noqa: B023
            time.sleep(chance.uniform(0.1, 1.0))
            for name in chance.sample(["pulse", "second-pulse", "worker"], 3):
                parts.kill(name)
        parts.kill("web")
        for thread in threads:
            thread.join(30)
        assert half_done(parts) == {}
        parts.start("pulse", *PULSE)
        parts.start("worker", *WORKER)
        promises_are_kept(parts)
        kept(parts, clients)
