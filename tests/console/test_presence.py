"""Who else looks: told to colleagues alone, and forgotten within seconds."""

from typing import Any

import pytest
from asgiref.sync import sync_to_async
from channels.layers import get_channel_layer
from redis.exceptions import ConnectionError as RedisIsGone

from console.live import consumers, presence
from console.live.presence import BEAT, GONE, Company, Look
from tests.cast import Stage, set_other_stage
from tests.console.test_live import Page, listening, session_of, socket

ACTION = "act_01m7wazxb0esgvqf5qdsgq3vw5"
OTHER = "act_01m7wazxb0esgvqf5qdsgq3vw6"


def ben(page: str = "b1", action_id: str = ACTION) -> Look:
    return Look(page, "usr_ben", "Ben", action_id)


def test_a_person_counts_once_however_many_pages_they_have(stage: Stage) -> None:
    company = Company()
    for page in ("b1", "b2"):
        company.hear(ben(page), 0)
    company.hear(Look("e1", "usr_eve", "Eve", OTHER), 0)
    company.hear(Look("a1", "usr_ada", "Ada", ACTION), 0)
    assert company.present(1, but="usr_ada") == {ACTION: ["Ben"], OTHER: ["Eve"]}


def test_a_page_that_is_not_heard_of_any_more_is_gone() -> None:
    company = Company()
    assert [company.hear(ben(), 0), company.hear(ben(), 10)] == [True, False]
    assert company.present(10 + GONE - 1, but="") == {ACTION: ["Ben"]}
    assert company.present(10 + GONE, but="") == {}
    assert 2 * BEAT < GONE < GONE + BEAT < 30


def test_a_page_that_leaves_says_so() -> None:
    company = Company()
    company.hear(ben(), 0)
    company.hear(ben(action_id=""), 1)
    assert company.present(1, but="") == {}


async def looks(page: Page, action_id: str) -> None:
    await page.send(text=f'{{"looking": "{action_id}"}}')


async def test_ada_and_ben_see_each_other_come_and_go(open_stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(consumers, "SOONEST", 0)
    async with listening(await sync_to_async(session_of)(open_stage, "ada")) as ada:
        await looks(ada, ACTION)
        ben_client = await sync_to_async(session_of)(open_stage, "ben")
        async with listening(ben_client) as bens:
            await looks(bens, ACTION)
            assert await ada.heard() == {"kind": "presence", "people": {ACTION: ["Ben"]}}
            assert await bens.heard() == {"kind": "presence", "people": {ACTION: ["Ada"]}}
            await looks(bens, OTHER)
            assert await ada.heard() == {"kind": "presence", "people": {OTHER: ["Ben"]}}
        assert await ada.heard() == {"kind": "presence", "people": {}}


async def test_who_leafs_too_fast_is_told_with_the_next_beat(
    open_stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(consumers, "SOONEST", 60)
    monkeypatch.setattr(consumers, "BEAT", 1.0)
    async with (
        listening(await sync_to_async(session_of)(open_stage, "ada")) as ada,
        listening(await sync_to_async(session_of)(open_stage, "ben")) as bens,
    ):
        for action_id in (ACTION, OTHER):
            await looks(bens, action_id)
        assert await ada.heard() == {"kind": "presence", "people": {ACTION: ["Ben"]}}
        assert await ada.heard() == {"kind": "presence", "people": {OTHER: ["Ben"]}}


async def test_a_tab_that_died_is_gone_after_a_while(open_stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(consumers, "BEAT", 0.1)
    monkeypatch.setattr(presence, "GONE", 0.3)
    async with listening(await sync_to_async(session_of)(open_stage, "ada")) as ada:
        group = consumers.group_of(open_stage.id)
        look = {"page": "dead", "user_id": "usr_x", "name": "Ben", "action_id": ACTION}
        await layer().group_send(group, {"type": "looks", "look": look})
        assert await ada.heard() == {"kind": "presence", "people": {ACTION: ["Ben"]}}
        assert await ada.heard() == {"kind": "presence", "people": {}}


def layer() -> Any:
    return get_channel_layer()


async def test_cleo_hears_of_nobody_in_demo(open_stage: Stage) -> None:
    other = await sync_to_async(set_other_stage)(open_stage.at)
    cleo = socket(await sync_to_async(session_of)(other, "cleo"), "other")
    assert await cleo.connect()
    await looks(cleo, ACTION)
    async with listening(await sync_to_async(session_of)(open_stage, "ada")) as ada:
        await looks(ada, ACTION)
        assert await cleo.hears_nothing()
        assert await ada.hears_nothing()
    await cleo.disconnect()


@pytest.mark.parametrize(
    "text",
    ["{", "[]", "null", '{"looking": 5}', '{"looking": "act_<b>"}', '{"looking": {}}', '{"looking": "x"' + " " * 300],
)
async def test_what_is_no_action_is_nobodys_news(open_stage: Stage, text: str) -> None:
    async with (
        listening(await sync_to_async(session_of)(open_stage, "ada")) as ada,
        listening(await sync_to_async(session_of)(open_stage, "ben")) as bens,
    ):
        await bens.send(text=text)
        assert await ada.hears_nothing()


async def test_who_was_sent_away_hears_no_names(open_stage: Stage) -> None:
    client = await sync_to_async(session_of)(open_stage, "ada")
    page = socket(client)
    assert await page.connect()
    await sync_to_async(client.logout)()
    async with listening(await sync_to_async(session_of)(open_stage, "ben")) as bens:
        await looks(bens, ACTION)
        assert await page.is_closed()


async def test_without_redis_there_is_no_presence_and_nothing_breaks(
    open_stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with listening(await sync_to_async(session_of)(open_stage, "ada")) as ada:

        async def gone(*_: object) -> None:
            raise RedisIsGone

        with monkeypatch.context() as patch:
            patch.setattr(layer(), "group_send", gone)
            await looks(ada, ACTION)
            assert await ada.hears_nothing()
        async with listening(await sync_to_async(session_of)(open_stage, "ben")) as bens:
            await looks(bens, ACTION)
            assert await ada.heard() == {"kind": "presence", "people": {ACTION: ["Ben"]}}


async def refused(*_: object) -> None:
    raise RedisIsGone


async def swallowed(*_: object) -> None:
    """As while the layer takes up its connection again: it was sent, and nobody hears it."""


@pytest.mark.parametrize("sent", [refused, swallowed])
async def test_a_socket_that_would_hear_no_news_closes(
    open_stage: Stage, monkeypatch: pytest.MonkeyPatch, sent: Any
) -> None:
    monkeypatch.setattr(consumers, "BEAT", 0.1)
    monkeypatch.setattr(consumers, "ECHO", 0.1)
    page = socket(await sync_to_async(session_of)(open_stage, "ada"))
    assert await page.connect()
    monkeypatch.setattr(layer(), "send", sent)
    assert await page.is_closed(consumers.DEAF)


async def test_without_redis_there_is_no_socket(open_stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(layer(), "new_channel", refused)
    page = socket(await sync_to_async(session_of)(open_stage, "ada"))
    assert await page.is_closed(consumers.DEAF)
