"""A parked request is woken by its own news, at once, and holds up nobody meanwhile."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Coroutine
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from django.test import AsyncClient

from agents_api import parking, reading, waiting
from agents_api.auth import Who
from approvals import services
from approvals.answers import ActionView
from audit.actor import Door
from outbox import wake
from tests.agents_api.calling import Reply, approved, otto, person
from tests.cast import Stage

Look = Callable[..., Coroutine[Any, Any, Reply]]


@pytest.fixture
async def look(open_stage: Stage) -> AsyncIterator[Look]:
    """GET of an action with otto's key, over the same event loop as the test."""

    async def get(path: str, **headers: str) -> Reply:
        sent = {"Authorization": f"Bearer {open_stage.keys['otto']}", **headers}
        response = await AsyncClient().get(f"/api/v1{path}", headers=sent)
        return Reply(response.status_code, dict(response.headers), bytes(response.content))

    yield get
    await sync_to_async(waiting.threads.close)()


pytestmark = pytest.mark.usefixtures("own_listener")


@pytest.fixture
def no_net(monkeypatch: pytest.MonkeyPatch) -> None:
    """Only a wake-up can be the reason for an answer."""
    monkeypatch.setattr(wake, "SAFETY_NET", 60.0)


in_thread: Any = sync_to_async


async def parked(count: int = 1) -> None:
    """Until so many wait in the hub, and their first read is over."""
    for _ in range(1000):
        if wake.hub.count() >= count:
            break
        await asyncio.sleep(0.01)
    await asyncio.sleep(0.5)


async def test_a_decision_wakes_the_waiter_at_once(open_stage: Stage, look: Look, no_net: None) -> None:
    action = (await in_thread(otto(open_stage).submit)()).action
    waiter = asyncio.create_task(look(f"/actions/{action.id}?wait=30"))
    await parked()
    began = time.monotonic()
    await in_thread(person(open_stage, "ada").review)(action)
    answer = await waiter
    assert (answer.status, answer.action.state) == (200, "approved")
    assert answer.action.decision is not None
    assert answer.action.decision.grant is not None
    assert time.monotonic() - began < 5


async def test_an_undecided_action_is_answered_when_the_time_is_over(open_stage: Stage, look: Look) -> None:
    action = (await in_thread(otto(open_stage).submit)()).action
    began = time.monotonic()
    answer = await look(f"/actions/{action.id}?wait=1")
    assert (answer.status, answer.action.state) == (200, "pending")
    assert 1 <= time.monotonic() - began < 5


async def test_a_final_action_is_answered_without_waiting(open_stage: Stage, look: Look) -> None:
    _, action, _ = await in_thread(approved)(open_stage)
    began = time.monotonic()
    assert (await look(f"/actions/{action.id}?wait=30")).action.state == "approved"
    assert time.monotonic() - began < 5


async def test_a_new_question_is_news_and_an_old_one_no_hot_loop(open_stage: Stage, look: Look, no_net: None) -> None:
    action = (await in_thread(otto(open_stage).submit)()).action
    waiter = asyncio.create_task(look(f"/actions/{action.id}?wait=30"))
    await parked()
    await in_thread(_ask)(open_stage, action.id)
    asked = await waiter
    assert asked.action.question == "Which charge?"
    same = await look(f"/actions/{action.id}?wait=1", **{"If-None-Match": asked.headers["ETag"]})
    assert (same.status, same.body) == (304, b"")


async def test_a_vote_is_news_for_who_knows_the_answer_before(open_stage: Stage, look: Look, no_net: None) -> None:
    big = {"tool_call": {"name": "billing.refund", "args": {"customer_id": "c", "amount_usd": 900}}}
    first = await in_thread(otto(open_stage).submit)(big)
    waiter = asyncio.create_task(
        look(f"/actions/{first.action.id}?wait=30", **{"If-None-Match": first.headers["ETag"]})
    )
    await parked()
    await in_thread(person(open_stage, "ada").review)(first.action)
    answer = await waiter
    assert (answer.status, answer.action.state, answer.action.needs[0].approvals) == (200, "pending", 1)


async def test_a_wake_up_that_was_lost_is_made_good_within_seconds(
    open_stage: Stage, look: Look, monkeypatch: pytest.MonkeyPatch
) -> None:
    action = (await in_thread(otto(open_stage).submit)()).action
    waiter = asyncio.create_task(look(f"/actions/{action.id}?wait=30"))
    await parked()
    publish = wake.hub.publish
    monkeypatch.setattr(wake.hub, "publish", lambda key: None)
    await in_thread(person(open_stage, "ada").review)(action)
    await asyncio.sleep(0.3)
    assert not waiter.done()
    monkeypatch.setattr(wake.hub, "publish", publish)
    began = time.monotonic()
    assert (await waiter).action.state == "approved"
    assert time.monotonic() - began < 5


async def test_one_wake_up_makes_one_waiter_read_and_the_net_reads_once_for_all(
    open_stage: Stage, look: Look, monkeypatch: pytest.MonkeyPatch
) -> None:
    actions = [(await in_thread(otto(open_stage).submit)()).action for _ in range(20)]
    waiters = [asyncio.create_task(look(f"/actions/{action.id}?wait=4")) for action in actions]
    await parked(20)
    read: list[str] = []
    swept: list[int] = []
    find, marks = reading.find, parking.marks

    def noted_find(who: Who, action_id: str) -> ActionView:
        read.append(action_id)
        return find(who, action_id)

    def noted_marks(action_ids: list[str]) -> dict[str, str]:
        swept.append(len(action_ids))
        return marks(action_ids)

    monkeypatch.setattr(reading, "find", noted_find)
    monkeypatch.setattr(parking, "marks", noted_marks)
    await in_thread(person(open_stage, "ada").review)(actions[7])
    assert (await waiters[7]).action.state == "approved"
    assert read == [actions[7].id]
    await asyncio.sleep(1.5)
    assert read == [actions[7].id]
    assert set(swept) <= {19, 20}
    assert [(await waiter).action.state for waiter in waiters].count("pending") == 19


async def test_who_leaves_is_forgotten(open_stage: Stage, look: Look) -> None:
    action = (await in_thread(otto(open_stage).submit)()).action
    waiter = asyncio.create_task(look(f"/actions/{action.id}?wait=30"))
    await parked()
    waiter.cancel()
    await asyncio.gather(waiter, return_exceptions=True)
    await asyncio.sleep(0.05)
    assert wake.hub.count() == 0


def _ask(stage: Stage, action_id: str) -> None:
    ada = stage.member("ada")
    actor = ada.actor(Door.WEB, "password")
    services.ask(actor=actor, at=stage.at, member=ada, action_id=action_id, text="Which charge?")
