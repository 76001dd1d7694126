"""Slack's own client meets what it would meet outside."""

import pytest
from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError

from tests.slack_server.bolted import Bolted, section
from tests.slack_server.server import SlackServer
from tests.slack_server.town import Town

refusal = Bolted.refusal


def test_a_message_is_posted_changed_and_deleted(client: WebClient, acme: Town) -> None:
    channel = acme.channels["approvals"].id
    posted = client.chat_postMessage(channel=channel, text="one", blocks=[section("one")])
    assert posted["message"]["bot_id"] == acme.bot.bot_id
    changed = client.chat_update(channel=channel, ts=posted["ts"], text="two")
    assert (changed["ts"], changed["text"]) == (posted["ts"], "two")
    [found] = client.conversations_history(channel=channel)["messages"]
    assert (found["text"], "blocks" in found, "edited" in found) == ("two", False, True)
    client.chat_delete(channel=channel, ts=posted["ts"])
    assert client.conversations_history(channel=channel)["messages"] == []
    assert refusal(client.chat_update, channel=channel, ts=posted["ts"], text="x") == "message_not_found"


def test_metadata_is_there_for_who_asks_for_it(client: WebClient, acme: Town) -> None:
    channel = acme.channels["approvals"].id
    told = {"event_type": "card", "event_payload": {"id": "7"}}
    client.chat_postMessage(channel=channel, text="one", metadata=told)
    [bare] = client.conversations_history(channel=channel)["messages"]
    [whole] = client.conversations_history(channel=channel, include_all_metadata=True)["messages"]
    assert ("metadata" in bare, whole["metadata"]) == (False, told)


def test_a_thread_is_apart_from_the_channel(client: WebClient, acme: Town) -> None:
    channel = acme.channels["approvals"].id
    first = client.chat_postMessage(channel=channel, text="one")["ts"]
    client.chat_postMessage(channel=channel, text="two", thread_ts=first)
    assert [m["text"] for m in client.conversations_history(channel=channel)["messages"]] == ["one"]
    assert [m["text"] for m in client.conversations_replies(channel=channel, ts=first)["messages"]] == ["one", "two"]
    assert refusal(client.chat_postMessage, channel=channel, text="x", thread_ts="1.000000") == "thread_not_found"


def test_channels_come_in_pages(client: WebClient, acme: Town) -> None:
    names, cursor = [], ""
    while True:
        page = client.conversations_list(limit=2, cursor=cursor)
        names += [channel["name"] for channel in page["channels"]]
        cursor = page["response_metadata"]["next_cursor"]
        if not cursor:
            break
    assert names == ["approvals", "payments", "partners"]


@pytest.mark.parametrize(
    ("change", "error"),
    [
        ({"is_archived": True}, "is_archived"),
        ({"members": set()}, "not_in_channel"),
        ({"is_private": True, "members": set()}, "channel_not_found"),
        ({"team_id": "T_ELSEWHERE"}, "channel_not_found"),
    ],
)
def test_a_channel_refuses(client: WebClient, acme: Town, change: dict[str, object], error: str) -> None:
    for name, value in change.items():
        setattr(acme.channels["approvals"], name, value)
    assert refusal(client.chat_postMessage, channel=acme.channels["approvals"].id, text="x") == error


def test_who_somebody_is(client: WebClient, acme: Town) -> None:
    guest, stranger, bot = (
        client.users_info(user=person_id)["user"]
        for person_id in (acme["gil"].id, acme["sam"].id, acme.bot.bot_user_id)
    )
    assert (guest["is_restricted"], stranger["is_stranger"], bot["is_bot"]) == (True, True, True)
    assert "email" not in stranger["profile"]
    assert client.users_lookupByEmail(email="ADA@example.com")["user"]["id"] == acme["ada"].id
    assert refusal(client.users_lookupByEmail, email="nobody@example.com") == "users_not_found"
    assert refusal(client.users_info, user=acme["cleo"].id) == "user_not_found"


def test_a_whisper_is_for_one(client: WebClient, slack: SlackServer, acme: Town) -> None:
    channel = acme.channels["approvals"].id
    client.chat_postEphemeral(channel=channel, user=acme["ben"].id, text="psst")
    assert [m.text for m in slack.world.whispers(acme["ben"].id)] == ["psst"]
    assert client.conversations_history(channel=channel)["messages"] == []
    refused = refusal(client.chat_postEphemeral, channel=channel, user=acme["cleo"].id, text="psst")
    assert refused == "user_not_in_channel"


def test_tokens_are_looked_at(slack: SlackServer, acme: Town) -> None:
    def answer(token: str) -> str:
        return refusal(WebClient(token, base_url=slack.api_url).auth_test)

    assert answer("") == "not_authed"
    assert answer("xoxb-nobody") == "invalid_auth"
    assert answer(acme.bot.bot_token) == ""
    acme.bot.revoked = True
    assert answer(acme.bot.bot_token) == "token_revoked"


def test_a_scope_that_is_missing_is_named(client: WebClient, acme: Town) -> None:
    acme.bot.scopes = ("commands",)
    with pytest.raises(SlackApiError) as caught:
        client.chat_postMessage(channel=acme.channels["approvals"].id, text="x")
    told = caught.value.response
    assert (told["error"], told["needed"], told["provided"]) == ("missing_scope", "chat:write", "commands")


def test_tokens_rotate_and_each_refresh_token_works_once(slack: SlackServer, acme: Town) -> None:
    app = slack.world.app
    app.rotates_tokens = True
    slack.world.new_token(acme.bot)
    first = acme.bot.refresh_token
    client = WebClient(acme.bot.bot_token, base_url=slack.api_url)
    slack.world.advance(12 * 3600 + 1)
    assert refusal(client.auth_test) == "token_expired"
    secrets = {"client_id": app.client_id, "client_secret": app.client_secret}
    told = client.oauth_v2_access(**secrets, grant_type="refresh_token", refresh_token=first)
    assert (told["expires_in"], told["refresh_token"] != first) == (43200, True)
    assert refusal(WebClient(told["access_token"], base_url=slack.api_url).auth_test) == ""
    again = refusal(client.oauth_v2_access, **secrets, grant_type="refresh_token", refresh_token=first)
    assert again == "invalid_refresh_token"
    wrong = {**secrets, "client_secret": "x"}
    assert refusal(client.oauth_v2_access, **wrong, code="1") == "bad_client_secret"
    assert refusal(client.oauth_v2_access, **secrets, code="1") == "invalid_code"


def test_an_unknown_method_is_named(client: WebClient) -> None:
    with pytest.raises(SlackApiError) as caught:
        client.api_call("chat.shout")
    assert (caught.value.response["error"], caught.value.response["req_method"]) == ("unknown_method", "chat.shout")
