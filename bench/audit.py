"""What the log costs: a transaction with its fact against the same without, and how soon a fact is signed for.

The transaction is a submission of 1 KB by the product's own verb, with its event, its place in the queue and what it
discloses, and without them. Both run in turn from eight processes, while a pulse keeps the log. Then facts come at a
steady pace, with the wake-up of a move, and a second connection sees when a checkpoint covers each.
"""

import json
import random
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from statistics import median

import psycopg

from bench import _servers
from tenancy import ids

SIDES, ROUNDS, SECONDS = 8, 5, 4.0
PACE, FACTS = 50, 1000
PATIENCE = 60.0
WORKSPACE = "wsp_bench"
CHANNEL = "countersign"
WITH, WITHOUT = "with", "without"
BODY = b"x" * 1024

FACT = """with told as (insert into audit_event (id, workspace_id, kind, subject_type, subject_id, action_id,
 actor_kind, actor_id, door, occurred_at, body) values (%(id)s, %(log)s, 'bench:made', 'thing', '1', '',
 'system', 'bench', 'system', now(), %(body)s) returning id),
 waits as (insert into audit_pendingevent (event_id, workspace_id) select id, %(log)s from told)
 select pg_notify(%(channel)s, 'outbox') from told"""
SIGNED = "select coalesce(max(size), 0) from audit_checkpoint where log_id = %s"


class Side:
    """A process that submits when it is told to."""

    def __init__(self, environment: dict[str, str], token: str) -> None:
        command = f"from bench import _fact_worker; _fact_worker.main({token!r})"
        self.process = subprocess.Popen(
            [sys.executable, "manage.py", "shell", "--no-imports", "-c", command],
            cwd=_servers.ROOT,
            env=environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def tell(self, line: str) -> None:
        if self.process.stdin:
            self.process.stdin.write(line)
            self.process.stdin.flush()

    def said(self) -> str:
        return self.process.stdout.readline().strip() if self.process.stdout else ""


def rate(sides: list[Side], how: str) -> float:
    """Submissions a second, from all sides together."""
    for side in sides:
        side.tell(f"{how} {SECONDS}\n")
    return sum(int(side.said()) for side in sides) / SECONDS


def compared(environment: dict[str, str], token: str) -> dict[str, float]:
    sides = [Side(environment, token) for _ in range(SIDES)]
    for side in sides:
        if side.said() != "ready":
            raise SystemExit("A side did not start.")
    pairs = []
    for number in range(ROUNDS + 1):
        order = [WITHOUT, WITH][:: 1 if number % 2 else -1]
        found = {how: rate(sides, how) for how in order}
        pairs.append((found[WITHOUT], found[WITH]))
    for side in sides:
        side.process.kill()
        side.process.communicate()
    # The first round warms up.
    measured = pairs[1:]
    return {
        "without_fact": round(median(bare for bare, _ in measured), 1),
        "with_fact": round(median(told for _, told in measured), 1),
        "ratio": round(median(told / bare for bare, told in measured), 3),
    }


def watched(address: str, seen: list[tuple[float, int]], stop: threading.Event) -> None:
    """When each size was first seen to be signed."""
    with psycopg.connect(address, autocommit=True, prepare_threshold=0) as connection:
        while not stop.is_set():
            row = connection.execute(SIGNED, [WORKSPACE]).fetchone()
            if row and (not seen or row[0] > seen[-1][1]):
                seen.append((time.monotonic(), row[0]))
            time.sleep(0.002)


def signed_in(address: str) -> dict[str, float]:
    """Milliseconds from commit to signed checkpoint, at a steady pace; the queue is empty before."""
    committed: dict[str, float] = {}
    seen: list[tuple[float, int]] = []
    stop = threading.Event()
    watcher = threading.Thread(target=watched, args=(address, seen, stop))
    with psycopg.connect(address, autocommit=True, prepare_threshold=0) as connection:
        _until(lambda: not _one(connection, "select count(*) from audit_pendingevent"))
        watcher.start()
        chance, due = random.Random(6), time.monotonic()
        for _ in range(FACTS):
            due += chance.expovariate(PACE)
            time.sleep(max(0.0, due - time.monotonic()))
            event_id = ids.new("evt")
            connection.execute(FACT, {"body": BODY, "id": event_id, "log": WORKSPACE, "channel": CHANNEL})
            committed[event_id] = time.monotonic()
        total = _one(connection, "select count(*) from audit_event where workspace_id = 'wsp_bench'")
        _until(lambda: bool(seen) and seen[-1][1] == total)
        stop.set()
        watcher.join()
        rows = connection.execute("select event_id, seq from audit_leaf where event_id = any(%s)", [list(committed)])
        waits = sorted(
            next(moment for moment, size in seen if size > seq) - committed[event_id]
            for event_id, seq in rows.fetchall()
        )
    return {f"p{share}": round(1000 * waits[min(len(waits) - 1, len(waits) * share // 100)], 1) for share in (50, 99)}


def _one(connection: psycopg.Connection, statement: str) -> int:
    row = connection.execute(statement.encode()).fetchone()
    return int(row[0]) if row else 0


def _until(happened: Callable[[], bool]) -> None:
    ends = time.monotonic() + PATIENCE
    while not happened():
        if time.monotonic() > ends:
            raise TimeoutError("The pulse does not keep up.")
        time.sleep(0.05)


@contextmanager
def pulse(environment: dict[str, str]) -> Iterator[None]:
    process = subprocess.Popen([sys.executable, "manage.py", "pulse"], cwd=_servers.ROOT, env=environment)
    try:
        yield
    finally:
        process.terminate()
        process.wait()


if __name__ == "__main__":
    with _servers.prepared() as (environment, keys, database), pulse(environment):
        cost = compared(environment, keys["otto"])
        began = time.monotonic()
        with psycopg.connect(database, autocommit=True) as looking:
            backlog = _one(looking, "select count(*) from audit_pendingevent")
            _until(lambda: not _one(looking, "select count(*) from audit_pendingevent"))
        drained = time.monotonic() - began
        soon = signed_in(database)
    more = {"backlog": backlog, "drained_a_second": round(backlog / drained, 1)}
    print(json.dumps({"bench": "audit", **cost, "signed_ms": soon, **more, "connections": SIDES}), flush=True)
