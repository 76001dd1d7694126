"""The socket tells who may look that something changed, and nothing else to anybody else."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any, cast

import orjson
import pytest
from asgiref.sync import sync_to_async
from asgiref.testing import ApplicationCommunicator
from django.conf import settings
from django.test import Client

from accounts.models import Membership, User
from console.live import consumers, deliver, routing
from outbox.types import Delivery
from tests.cast import Stage, set_other_stage

ORIGIN = b"http://testserver"


class Page:
    """One page's socket, straight at the application."""

    def __init__(self, scope: dict[str, Any]) -> None:
        # asgiref's communicator has no types.
        self._wire: Any = cast(Any, ApplicationCommunicator)(routing.application, scope)

    async def connect(self) -> bool:
        await self._wire.send_input({"type": "websocket.connect"})
        return bool((await self._wire.receive_output(5))["type"] == "websocket.accept")

    async def disconnect(self) -> None:
        await self._wire.send_input({"type": "websocket.disconnect", "code": 1000})
        await self._wire.wait(5)

    async def send(self, **message: str | bytes) -> None:
        await self._wire.send_input({"type": "websocket.receive", **message})

    async def heard(self) -> Any:
        return orjson.loads((await self._wire.receive_output(5))["text"])

    async def hears_nothing(self) -> bool:
        return bool(await self._wire.receive_nothing())

    async def is_closed(self, code: int = consumers.NOT_HERE) -> bool:
        message: dict[str, Any] = await self._wire.receive_output(5)
        return message == {"type": "websocket.close", "code": code}


def session_of(stage: Stage, name: str) -> Client:
    client = Client()
    client.force_login(User.objects.get(pk=stage.people[name]))
    return client


def socket(client: Client | None, workspace: str = "demo", origin: bytes = ORIGIN) -> Page:
    headers = [(b"host", b"testserver"), (b"origin", origin)]
    if client:
        cookie = client.cookies[settings.SESSION_COOKIE_NAME].value
        headers.append((b"cookie", f"{settings.SESSION_COOKIE_NAME}={cookie}".encode()))
    scope = {"type": "websocket", "path": f"/ws/w/{workspace}/", "headers": headers, "query_string": b""}
    return Page(scope)


async def opens(communicator: Page) -> bool:
    connected = await communicator.connect()
    await communicator.disconnect()
    return connected


@asynccontextmanager
async def listening(client: Client) -> AsyncIterator[Page]:
    communicator = socket(client)
    assert await communicator.connect()
    yield communicator
    await communicator.disconnect()


def delivery(stage: Stage, action_id: str) -> Delivery:
    return Delivery(
        id=1,
        workspace_id=stage.id,
        kind="action.decided",
        subject=action_id,
        payload={"id": action_id},
        attempts=0,
        created_at=stage.at,
    )


async def tell(stage: Stage, action_id: str) -> None:
    await sync_to_async(deliver.send)(delivery(stage, action_id))


async def test_ada_hears_kind_id_and_version_and_no_more(open_stage: Stage) -> None:
    view = await sync_to_async(open_stage.submit)(summary="secret")
    async with listening(await sync_to_async(session_of)(open_stage, "ada")) as page:
        await tell(open_stage, view.id)
        assert await page.heard() == {"kind": "action.decided", "id": view.id, "version": view.version}
        assert await page.hears_nothing()


@pytest.mark.parametrize(
    "origin", [b"", b"http://evil.example", b"http://testserver:81", b"null", b"http://testserver.evil.example"]
)
async def test_a_page_of_another_origin_gets_no_socket(open_stage: Stage, origin: bytes) -> None:
    client = await sync_to_async(session_of)(open_stage, "ada")
    assert not await opens(socket(client, origin=origin))


async def test_without_a_session_there_is_no_socket(open_stage: Stage) -> None:
    assert not await opens(socket(None))


async def test_cleo_gets_no_socket_of_a_workspace_that_is_not_hers(open_stage: Stage) -> None:
    other = await sync_to_async(set_other_stage)(open_stage.at)
    client = await sync_to_async(session_of)(other, "cleo")
    assert [await opens(socket(client, slug)) for slug in ("demo", "none", "other")] == [False, False, True]


async def test_news_of_one_workspace_stay_in_it(open_stage: Stage) -> None:
    other = await sync_to_async(set_other_stage)(open_stage.at)
    view = await sync_to_async(open_stage.submit)()
    communicator = socket(await sync_to_async(session_of)(other, "cleo"), "other")
    assert await communicator.connect()
    await tell(open_stage, view.id)
    assert await communicator.hears_nothing()
    await communicator.disconnect()


def end_membership(stage: Stage, client: Client) -> None:
    Membership.everywhere.filter(user_id=stage.people["ada"]).update(ended_at=stage.at)


def deactivate(stage: Stage, client: Client) -> None:
    User.objects.filter(pk=stage.people["ada"]).update(is_active=False)


def log_out(stage: Stage, client: Client) -> None:
    client.logout()


def change_password(stage: Stage, client: Client) -> None:
    user = User.objects.get(pk=stage.people["ada"])
    user.set_password("another long password")
    user.save()


WAYS_OUT = [end_membership, deactivate, log_out, change_password]


@pytest.mark.parametrize("leave", WAYS_OUT)
async def test_who_lost_the_right_hears_nothing_more(open_stage: Stage, leave: Callable[[Stage, Client], None]) -> None:
    view = await sync_to_async(open_stage.submit)()
    client = await sync_to_async(session_of)(open_stage, "ada")
    page = socket(client)
    assert await page.connect()
    await sync_to_async(leave)(open_stage, client)
    await tell(open_stage, view.id)
    assert await page.is_closed()


async def test_a_quiet_socket_of_somebody_who_left_closes_by_itself(
    open_stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(consumers, "CHECK_EVERY", 0.05)
    client = await sync_to_async(session_of)(open_stage, "ada")
    communicator = socket(client)
    assert await communicator.connect()
    await sync_to_async(end_membership)(open_stage, client)
    assert await communicator.is_closed()


async def test_what_a_page_sends_changes_nothing(open_stage: Stage) -> None:
    async with listening(await sync_to_async(session_of)(open_stage, "ada")) as page:
        for text in ("approve", "{", '{"type": "news"}'):
            await page.send(text=text)
        await page.send(bytes=b"\xff")
        assert await page.hears_nothing()


async def test_an_action_that_is_gone_is_told_with_version_0(open_stage: Stage) -> None:
    async with listening(await sync_to_async(session_of)(open_stage, "vera")) as page:
        await tell(open_stage, "act_gone")
        assert await page.heard() == {"kind": "action.decided", "id": "act_gone", "version": 0}
