"""What was ordered comes, once or as often as it was ordered, and nothing else does."""

import http.client
import time
from urllib.error import URLError

import pytest
from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError
from slack_sdk.http_retry.builtin_handlers import ConnectionErrorRetryHandler
from slack_sdk.http_retry.builtin_interval_calculators import FixedValueRetryIntervalCalculator

from tests.slack_server.bolted import Bolted
from tests.slack_server.server import SlackServer
from tests.slack_server.town import Town

refusal = Bolted.refusal


def test_too_many_requests(slack: SlackServer, client: WebClient, acme: Town) -> None:
    slack.faults.limit("chat.postMessage", retry_after=7)
    channel = acme.channels["approvals"].id
    assert client.auth_test()["ok"] is True
    with pytest.raises(SlackApiError) as caught:
        client.chat_postMessage(channel=channel, text="one")
    assert (caught.value.response.status_code, caught.value.response.headers["retry-after"]) == (429, "7")
    client.chat_postMessage(channel=channel, text="two")
    assert [m["text"] for m in client.conversations_history(channel=channel)["messages"]] == ["two"]


def test_a_broken_answer(slack: SlackServer, client: WebClient) -> None:
    slack.faults.status(status=502, times=2)
    for _ in range(2):
        with pytest.raises(SlackApiError) as caught:
            client.auth_test()
        assert caught.value.response.status_code == 502
    assert client.auth_test()["ok"] is True


def test_an_error_for_one_channel(slack: SlackServer, client: WebClient, acme: Town) -> None:
    one, two = (acme.channels[name].id for name in ("approvals", "payments"))
    slack.faults.error("chat.postMessage", "is_archived", channel=one, times=None)
    assert refusal(client.chat_postMessage, channel=one, text="x") == "is_archived"
    assert refusal(client.chat_postMessage, channel=two, text="x") == ""
    assert refusal(client.chat_postMessage, channel=one, text="x") == "is_archived"
    slack.faults.clear()
    assert refusal(client.chat_postMessage, channel=one, text="x") == ""


def test_a_post_whose_answer_is_lost_was_posted(slack: SlackServer, client: WebClient, acme: Town) -> None:
    slack.faults.drop("chat.postMessage")
    channel = acme.channels["approvals"].id
    with pytest.raises((http.client.RemoteDisconnected, ConnectionResetError, URLError)):
        client.chat_postMessage(channel=channel, text="one")
    assert [m["text"] for m in client.conversations_history(channel=channel)["messages"]] == ["one"]


def test_the_clients_own_retries_would_post_it_twice(slack: SlackServer, acme: Town) -> None:
    slack.faults.drop("chat.postMessage")
    channel = acme.channels["approvals"].id
    at_once = ConnectionErrorRetryHandler(interval_calculator=FixedValueRetryIntervalCalculator(0))
    hasty = WebClient(acme.bot.bot_token, base_url=slack.api_url, retry_handlers=[at_once])
    hasty.chat_postMessage(channel=channel, text="one")
    assert [m["text"] for m in hasty.conversations_history(channel=channel)["messages"]] == ["one", "one"]


def test_a_slow_answer_is_the_right_one(slack: SlackServer, client: WebClient) -> None:
    slack.faults.slow("auth.test", seconds=0.2)
    began = time.monotonic()
    assert client.auth_test()["ok"] is True
    assert time.monotonic() - began >= 0.2


def test_every_call_is_heard(slack: SlackServer, client: WebClient, acme: Town) -> None:
    refusal(client.chat_postMessage, channel="C0", text="x")
    client.auth_test()
    assert [(heard.method, heard.error) for heard in slack.heard] == [
        ("chat.postMessage", "channel_not_found"),
        ("auth.test", ""),
    ]
