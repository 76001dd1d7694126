"""Bolt's own app hears what people press, and its answers have the effect that they would have in Slack."""

from dataclasses import replace
from typing import Any

import pytest
from slack_bolt import Ack as AckFunction
from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError

from tests.slack_server.bolted import Bolted, buttons, modal, question, section
from tests.slack_server.carriers import parcel
from tests.slack_server.forms import NotThere
from tests.slack_server.hands import Hands
from tests.slack_server.server import SlackServer
from tests.slack_server.town import Town

Told = dict[str, Any]


@pytest.fixture
def asked(client: WebClient, acme: Town) -> str:
    """A card with two buttons in #approvals."""
    return str(
        client.chat_postMessage(
            channel=acme.channels["approvals"].id, text="Please", blocks=[section("Please"), buttons("yes", "no")]
        )["ts"]
    )


def test_a_press_arrives_signed(hands: Hands, bolted: Bolted, acme: Town, asked: str) -> None:
    heard: list[Told] = []

    @bolted.app.action("yes")
    def yes(ack: AckFunction, body: Told) -> None:
        heard.append(body)
        ack()

    [card] = hands.cards(acme.channels["approvals"])
    assert hands.press(acme["ben"], card, "yes").in_time
    [body] = heard
    assert (body["user"]["id"], body["team"]["id"], body["message"]["ts"]) == (acme["ben"].id, acme.acme.id, asked)
    assert (body["actions"][0]["value"], body["actions"][0]["block_id"]) == ("value of yes", "row")
    with pytest.raises(NotThere, match="Nothing named maybe"):
        hands.press(acme["ben"], card, "maybe")


def test_bolt_refuses_what_was_altered_or_is_old(slack: SlackServer, bolted: Bolted, acme: Town) -> None:
    secret, now = slack.world.app.signing_secret, slack.world.now()
    good = parcel("events_api", {"type": "url_verification", "challenge": "c"}, secret, now)
    assert (bolted.post(good).status, bolted.post(good).tree) == (200, {"challenge": "c"})
    assert bolted.post(replace(good, body=good.body + b" ")).status == 401
    assert bolted.post(parcel("events_api", {"type": "url_verification"}, secret, now - 301)).status == 401
    assert bolted.post(parcel("events_api", {"type": "url_verification"}, "another", now)).status == 401


def test_a_modal_is_opened_refused_and_submitted(
    hands: Hands, bolted: Bolted, client: WebClient, acme: Town, asked: str
) -> None:
    heard: list[Told] = []

    @bolted.app.action("no")
    def no(ack: AckFunction, body: Told) -> None:
        client.views_open(trigger_id=body["trigger_id"], view=modal(question("why")))
        ack()

    @bolted.app.view("reject")
    def rejected(ack: AckFunction, body: Told) -> None:
        heard.append(body["view"]["state"]["values"])
        if len(heard) == 1:
            ack(response_action="errors", errors={"why": "Say more."})
        else:
            ack()

    ben, [card] = acme["ben"], hands.cards(acme.channels["approvals"])
    hands.press(ben, card, "no")
    with pytest.raises(NotThere, match="not complete"):
        hands.submit(ben)
    assert hands.submit(ben, {"why": "No"}).tree["errors"] == {"why": "Say more."}
    assert hands.modal(ben).content["callback_id"] == "reject"
    hands.submit(ben, {"why": "Wrong account"})
    assert heard[-1] == {"why": {"value": {"type": "plain_text_input", "value": "Wrong account"}}}
    with pytest.raises(NotThere, match="no modal"):
        hands.modal(ben)


def test_a_trigger_works_once_and_for_three_seconds(
    hands: Hands, slack: SlackServer, bolted: Bolted, client: WebClient, acme: Town, asked: str
) -> None:
    triggers: list[str] = []

    @bolted.app.action("no")
    def no(ack: AckFunction, body: Told) -> None:
        triggers.append(body["trigger_id"])
        ack()

    [card] = hands.cards(acme.channels["approvals"])
    for _ in range(2):
        hands.press(acme["ben"], card, "no")
    client.views_open(trigger_id=triggers[0], view=modal(question("why")))
    assert Bolted.refusal(client.views_open, trigger_id=triggers[0], view=modal()) == "exchanged_trigger_id"
    slack.world.advance(3.1)
    assert Bolted.refusal(client.views_open, trigger_id=triggers[1], view=modal()) == "expired_trigger_id"
    assert Bolted.refusal(client.views_open, trigger_id="1.2.a", view=modal()) == "invalid_trigger_id"


def test_a_view_that_changed_meanwhile_is_not_overwritten(
    hands: Hands, bolted: Bolted, client: WebClient, acme: Town, asked: str
) -> None:
    home = {"type": "home", "blocks": [section("one")]}
    first = client.views_publish(user_id=acme["ben"].id, view=home)["view"]["hash"]
    client.views_publish(user_id=acme["ben"].id, view=home, hash=first)
    assert Bolted.refusal(client.views_publish, user_id=acme["ben"].id, view=home, hash=first) == "hash_conflict"
    with pytest.raises(SlackApiError) as caught:
        client.views_publish(user_id=acme["ben"].id, view={**home, "title": {"type": "plain_text", "text": "x"}})
    assert caught.value.response["response_metadata"]["messages"] == [
        "[ERROR] invalid additional property: title [json-pointer:/view]"
    ]


def test_an_old_card_carries_its_old_buttons(
    hands: Hands, bolted: Bolted, client: WebClient, acme: Town, asked: str
) -> None:
    values: list[str] = []

    @bolted.app.action("yes")
    def yes(ack: AckFunction, body: Told) -> None:
        values.append(body["actions"][0]["value"])
        ack()

    channel = acme.channels["approvals"]
    [old] = hands.cards(channel)
    client.chat_update(channel=channel.id, ts=asked, text="Over", blocks=[section("Over")])
    [new] = hands.cards(channel)
    assert (list(old.buttons), list(new.buttons), new.words) == (["yes", "no"], [], "Over")
    hands.press(acme["ben"], old, "yes")
    assert values == ["value of yes"]


def test_a_command_is_answered_to_who_typed_it(hands: Hands, bolted: Bolted, acme: Town) -> None:
    @bolted.app.command("/approvals")
    def approvals(ack: AckFunction, body: Told) -> None:
        ack(text=f"Nothing waits for {body['user_name']} {body['text']}")

    assert hands.command(acme["ada"], acme.channels["approvals"], "/approvals", "today").in_time
    assert hands.whispers(acme["ada"]) == ["Nothing waits for ada today"]
    assert hands.whispers(acme["ben"]) == []


def test_an_answer_through_the_response_address(
    hands: Hands, bolted: Bolted, slack: SlackServer, acme: Town, asked: str
) -> None:
    @bolted.app.action("yes")
    def yes(ack: AckFunction, respond: Any) -> None:
        ack()
        statuses = [respond(text="Thanks", replace_original=False).status_code for _ in range(6)]
        assert statuses == [200, 200, 200, 200, 200, 404]

    [card] = hands.cards(acme.channels["approvals"])
    assert hands.press(acme["ben"], card, "yes").in_time
    assert hands.whispers(acme["ben"]) == ["Thanks"] * 5


def test_an_event_comes_again_until_it_is_acknowledged(
    hands: Hands, slack: SlackServer, bolted: Bolted, acme: Town
) -> None:
    heard: list[tuple[str, list[str] | None]] = []

    @bolted.app.event("app_home_opened")
    def opened(body: Told, request: Any) -> None:
        heard.append((body["event_id"], request.headers.get("x-slack-retry-num")))
        if len(heard) < 3:
            raise RuntimeError("not now")

    hands.open_home(acme["ada"])
    assert [ack.status for ack in hands.events.retry()] == [500]
    assert hands.events.retry() == []
    slack.world.advance(61)
    assert [ack.status for ack in hands.events.retry()] == [200]
    assert hands.events.owed == []
    assert len({event_id for event_id, _ in heard}) == 1
    assert [tries for _, tries in heard] == [None, ["1"], ["2"]]


def test_an_uninstalled_app_hears_of_it(hands: Hands, bolted: Bolted, client: WebClient, acme: Town) -> None:
    heard: list[str] = []

    @bolted.app.event("tokens_revoked")
    @bolted.app.event("app_uninstalled")
    def gone(event: Told) -> None:
        heard.append(event["type"])

    hands.events.uninstall(acme.acme)
    assert heard == ["tokens_revoked", "app_uninstalled"]
    assert Bolted.refusal(client.auth_test) == "token_revoked"
