"""Waking: from any thread onto the loop, never lost between the first look and the wait, and across processes."""

import asyncio
import threading
from collections.abc import Iterator
from functools import partial

import psycopg
import pytest
from django.db import connection, transaction

from outbox import post, wake
from outbox.wake import Hub, Listener
from tests import hearing
from tests.cast import Stage

SOON, NEVER = 5.0, 0.05


async def test_a_thread_wakes_who_waits_on_the_loop() -> None:
    hub = Hub()
    with hub.waiting("act_1") as waiter:
        threading.Timer(0.02, hub.publish, ["act_1"]).start()
        assert await waiter.wait(SOON)


async def test_a_wake_up_before_the_wait_is_not_lost_and_counts_once() -> None:
    hub = Hub()
    with hub.waiting("act_1") as waiter:
        await asyncio.to_thread(hub.publish, "act_1")
        await asyncio.to_thread(hub.publish, "act_1")
        assert [await waiter.wait(SOON), await waiter.wait(NEVER)] == [True, False]


async def test_each_key_wakes_its_own_waiters_and_all_of_them() -> None:
    hub = Hub()
    with hub.waiting("act_1") as one, hub.waiting("act_1") as two, hub.waiting("act_2") as other:
        hub.publish("act_1")
        woken = await asyncio.gather(one.wait(SOON), two.wait(SOON), other.wait(NEVER))
        assert list(woken) == [True, True, False]
        hub.publish_all()
        assert list(await asyncio.gather(one.wait(SOON), two.wait(SOON), other.wait(SOON))) == [True, True, True]


async def test_who_stops_waiting_is_forgotten() -> None:
    hub = Hub()
    with hub.waiting("act_1"), hub.waiting("act_1"):
        assert hub.count() == 2
    hub.publish("act_1")
    assert (hub.count(), hub._waiters) == (0, {})


async def test_200_wake_ups_from_4_threads_lose_no_waiter() -> None:
    hub = Hub()
    everybody = threading.Event()

    async def waits(key: str) -> bool:
        with hub.waiting(key) as waiter:
            if hub.count() == 200:
                everybody.set()
            return await waiter.wait(SOON)

    def publishes(part: int) -> None:
        everybody.wait(SOON)
        for n in range(part, 200, 4):
            hub.publish(f"act_{n}")

    threads = [threading.Thread(target=publishes, args=(part,)) for part in range(4)]
    for thread in threads:
        thread.start()
    assert await asyncio.gather(*[waits(f"act_{n}") for n in range(200)]) == [True] * 200
    for thread in threads:
        thread.join()


def test_a_loop_that_is_gone_keeps_nobody_else_from_being_woken() -> None:
    hub = Hub()
    heard = threading.Event()

    async def leave_behind() -> wake.Waiter:
        return wake.Waiter()

    gone = asyncio.run(leave_behind())
    with hub.calling("act_1", gone.wake), hub.calling("act_1", heard.set):
        hub.publish("act_1")
    assert heard.is_set()


def test_a_promise_needs_a_transaction(committed: None, at: object) -> None:
    with pytest.raises(post.NoTransaction):
        post.post(sink="live", kind="x", workspace_id="", subject="s", payload={}, at=at)  # type: ignore[arg-type]


def test_a_decision_wakes_who_waits_for_it_only_after_its_commit(open_stage: Stage, listening: None) -> None:
    heard = threading.Event()
    view = open_stage.submit()
    with wake.hub.calling(view.id, heard.set):
        with transaction.atomic():
            open_stage.review("ada", view)
            assert not heard.wait(0.2)
        assert heard.wait(SOON)


@pytest.fixture
def listening() -> Iterator[None]:
    """What a process does at its start; on SQLite there is nothing to listen to."""
    listener = Listener()
    ready = threading.Event()
    with wake.hub.calling("ready", ready.set):
        listener.ensure()
        if listener._thread is not None:
            assert ready.wait(SOON)
    yield
    hearing.close(listener)


@pytest.mark.postgres
def test_another_connection_is_heard_in_this_process(committed: None, listening: None) -> None:
    heard = threading.Event()
    parameters = connection.get_connection_params()
    for name in ("context", "cursor_factory", "prepare_threshold"):
        parameters.pop(name, None)
    with wake.hub.calling("act_1", heard.set), psycopg.connect(**parameters, autocommit=True) as far:
        far.execute("select pg_notify(%s, 'act_1')", [wake.CHANNEL])
        assert heard.wait(SOON)


@pytest.mark.postgres
def test_a_cut_connection_is_taken_up_again_and_everybody_looks_again(committed: None, listening: None) -> None:
    heard = threading.Event()
    with wake.hub.calling("act_1", heard.set), connection.cursor() as cursor:
        cursor.execute(
            "select pg_terminate_backend(pid) from pg_stat_activity"
            " where query like 'listen %%' and datname = current_database()"
        )
        assert heard.wait(SOON)
        heard.clear()
        cursor.execute("select pg_notify(%s, 'act_1')", [wake.CHANNEL])
        assert heard.wait(SOON)


def test_listening_starts_once(committed: None, listening: None) -> None:
    before = threading.active_count()
    listener = Listener()
    for start in [partial(listener.ensure)] * 3:
        start()
    started = threading.active_count() - before
    assert started == (connection.vendor == "postgresql")
    hearing.close(listener)
