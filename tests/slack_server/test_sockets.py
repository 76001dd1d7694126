"""Slack's own Socket Mode client, and Bolt's handler on top of it."""

import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from slack_bolt import Ack as AckFunction
from slack_bolt.adapter.socket_mode import SocketModeHandler
from slack_sdk import WebClient
from slack_sdk.socket_mode import SocketModeClient
from slack_sdk.socket_mode.client import BaseSocketModeClient
from slack_sdk.socket_mode.request import SocketModeRequest
from slack_sdk.socket_mode.response import SocketModeResponse

from tests.slack_server.bolted import Bolted, buttons
from tests.slack_server.server import SlackServer
from tests.slack_server.town import Town

SECONDS = 20


@pytest.fixture
def sockets(slack: SlackServer, acme: Town) -> Iterator[SocketModeClient]:
    web = WebClient(base_url=slack.api_url)
    client = SocketModeClient(slack.world.app.app_token, web_client=web, concurrency=1, auto_reconnect_enabled=False)
    with leaving(slack, client):
        yield client


@contextmanager
def leaving(slack: SlackServer, client: SocketModeClient) -> Iterator[None]:
    """Closes the client at the end; once Slack hung up, that does not wait for another message."""
    yield
    client.auto_reconnect_enabled = False
    slack.links.hang_up()
    # The client ends a session from two threads without a lock, so its own goes first.
    ends = time.monotonic() + SECONDS
    while client.current_session and client.current_session.is_active() and time.monotonic() < ends:
        time.sleep(0.01)
    client.close()


def connected(client: SocketModeClient) -> None:
    """Until Slack said hello."""
    greeted = threading.Event()
    client.message_listeners.append(lambda _, message, raw: greeted.set() if message.get("type") == "hello" else None)
    client.connect()
    assert greeted.wait(SECONDS)


def test_a_press_comes_through_the_socket_and_is_acknowledged(
    slack: SlackServer, acme: Town, sockets: SocketModeClient, client: WebClient
) -> None:
    heard: list[SocketModeRequest] = []

    def answer(link: BaseSocketModeClient, request: SocketModeRequest) -> None:
        heard.append(request)
        link.send_socket_mode_response(SocketModeResponse(request.envelope_id, payload={"text": "Done"}))

    sockets.socket_mode_request_listeners.append(answer)
    connected(sockets)
    hands = slack.hands_over_sockets(SECONDS)
    client.chat_postMessage(channel=acme.channels["approvals"].id, text="Please", blocks=[buttons("yes")])
    [card] = hands.cards(acme.channels["approvals"])
    ack = hands.press(acme["ben"], card, "yes")
    assert (ack.in_time, json.loads(ack.body)) == (True, {"text": "Done"})
    assert [(request.type, request.payload["type"]) for request in heard] == [("interactive", "block_actions")]


def test_bolts_handler_serves_a_command(slack: SlackServer, acme: Town, bolted: Bolted) -> None:
    @bolted.app.command("/approvals")
    def approvals(ack: AckFunction) -> None:
        ack(text="Nothing waits.")

    handler = SocketModeHandler(bolted.app, slack.world.app.app_token, concurrency=1)
    with leaving(slack, handler.client):
        connected(handler.client)
        hands = slack.hands_over_sockets(SECONDS)
        assert hands.command(acme["ada"], acme.channels["approvals"], "/approvals").in_time
    assert hands.whispers(acme["ada"]) == ["Nothing waits."]


def test_an_address_opens_one_connection_and_needs_the_apps_token(slack: SlackServer, acme: Town) -> None:
    web = WebClient(base_url=slack.api_url)
    refused = Bolted.refusal(web.apps_connections_open, app_token=acme.bot.bot_token)
    assert refused == "not_allowed_token_type"
    first, second = (web.apps_connections_open(app_token=slack.world.app.app_token)["url"] for _ in range(2))
    assert first != second
    assert first.startswith("ws://127.0.0.1:")


def test_without_a_connection_nobody_answers(slack: SlackServer, acme: Town) -> None:
    hands = slack.hands_over_sockets(SECONDS)
    ack = hands.open_home(acme["ada"])
    assert (ack.status, ack.failure, len(hands.events.owed)) == (0, "http_timeout", 1)
