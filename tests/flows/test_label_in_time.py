"""Ada decides, and within two seconds the label is there: embedded, and with every part a process of its own."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from bench import _instance
from tests.flows.parts import PULSE, WORKER, Parts, demo, redis, until
from tests.plugins import migrated

pytestmark = pytest.mark.process

DECISIONS = 8


@pytest.fixture
def database(tmp_path: Path) -> Iterator[str]:
    with migrated.database(tmp_path, "flow_test") as url:
        yield url


def decide(parts: Parts, amount: int) -> str:
    with parts.agent() as otto, parts.person("ada") as ada:
        action = otto.submit("billing.refund", {"customer_id": "cus_1", "amount_usd": amount})
        ada.review(action, "approve")
        return action.id


def seconds_until_labelled(parts: Parts) -> list[float]:
    taken = []
    for n in range(DECISIONS):
        action_id = decide(parts, 60 + n)
        taken.append(until(lambda: parts.label_of(action_id), 10, "a label"))  # noqa: B023 (called at once)
    return taken


def test_embedded_the_label_is_there_within_two_seconds(tmp_path: Path, database: str) -> None:
    env = {"DATABASE_URL": database, "REDIS_URL": ""}
    with _instance.running(tmp_path, "--demo", env=env, at_once=True) as instance:
        parts = Parts(tmp_path, instance.environment, instance.demo, base_url=instance.base_url)
        assert max(seconds_until_labelled(parts)) < 2


@pytest.mark.postgres
@pytest.mark.redis
def test_with_every_part_apart_the_label_is_there_within_two_seconds(tmp_path: Path, database: str) -> None:
    port = _instance.free_port()
    with demo(tmp_path, DATABASE_URL=database) as parts, redis(tmp_path, port):
        parts.environment["REDIS_URL"] = f"redis://127.0.0.1:{port}/0"
        parts.start("pulse", *PULSE)
        parts.start("worker", *WORKER)
        parts.start_web()
        until(lambda: "ready." in (tmp_path / "worker.log").read_text(), 60, "the worker is ready")
        assert max(seconds_until_labelled(parts)) < 2
        assert parts.stop("pulse") < 5


def labelled(parts: Parts, action_id: str) -> bool:
    """A worker that had something in hand when it lost Redis ends; whoever supervises it starts it again."""
    if parts.running["worker"].poll() is not None:
        parts.start("worker", *WORKER)
    return parts.label_of(action_id)


@pytest.mark.redis
def test_without_redis_decisions_go_on_and_their_labels_come_later(tmp_path: Path, database: str) -> None:
    port = _instance.free_port()
    with demo(tmp_path, DATABASE_URL=database) as parts:
        parts.environment["REDIS_URL"] = f"redis://127.0.0.1:{port}/0"
        parts.start("pulse", *PULSE)
        parts.start_web()
        decided = [decide(parts, 60)]
        with redis(tmp_path, port):
            parts.start("worker", *WORKER)
            until(lambda: parts.label_of(decided[0]), 40, "the label of the decision without Redis")
        decided.append(decide(parts, 61))
        with redis(tmp_path, port):
            until(lambda: labelled(parts, decided[1]), 60, "the label of the decision after Redis was lost")
        assert parts.rows("select count(*) from outbox_message where dead_at is not null") == [(0,)]
