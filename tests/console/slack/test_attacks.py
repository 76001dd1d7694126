"""What somebody could try through Slack, one row a test: nothing of it decides, and none of it breaks anything."""

import json
from collections.abc import Iterable
from dataclasses import replace
from typing import Any

import pytest
from django.test import Client
from pytest_django.fixtures import Settings

from accounts import services as accounts
from approvals.answers import ActionView
from audit.actor import OPERATOR
from audit.models import Event
from console.slack import buttons
from tests import slacked
from tests.approvals.presses import edit
from tests.cast import POLICY, Stage, use_policy
from tests.console.slack.floor import Floor, through
from tests.slack_server import payloads
from tests.slack_server.carriers import Ack, Parcel, parcel, signature
from tests.slack_server.forms import action_of
from tests.slack_server.hands import Card
from tests.slack_server.server import SlackServer
from tests.slack_server.world import Json

CRITICAL = POLICY.replace("risk: medium", "risk: critical", 1)
PASSKEY = POLICY.replace(
    "- {id: refunds-over-50, tools: [billing.refund]",
    "- {id: refunds-over-50, step_up: passkey, tools: [billing.refund]",
)


@pytest.fixture
def asked(floor: Floor) -> ActionView:
    """A refund of 80 USD, which one reviewer may decide, on cards in #approvals and #payments."""
    return floor.submit()


def votes(floor: Floor, asked: ActionView) -> list[tuple[str, str]]:
    return [(vote.name, vote.verdict) for vote in floor.see(asked).votes]


def untouched(floor: Floor, asked: ActionView) -> bool:
    seen = floor.see(asked)
    return (seen.state, seen.votes, seen.revision) == ("pending", (), asked.revision)


def refusals(floor: Floor) -> list[str]:
    """Why the log says that somebody was refused."""
    rows = Event.objects.filter(workspace_id=floor.stage.id, kind="slack:refused").order_by("id")
    return [json.loads(bytes(row.body))["data"]["why"] for row in rows]


def pressed(floor: Floor, name: str, card: Card, action_id: str = "cs_approve", **changes: Any) -> Json:
    """What Slack would send for a press, before it is signed; `changes` replace parts of it."""
    world, channel = floor.slack.world, floor.slack.world.channels[card.channel_id]
    message = world.message(channel.id, card.ts)
    if message is None:
        raise LookupError(card.ts)
    block = next(block for block in card.blocks if block["type"] == "actions")
    element = card.buttons[action_id]
    told = payloads.press(
        world, floor.town[name], channel, message, list(card.blocks), action_of(block, element), "http://127.0.0.1"
    )
    return {**told, **changes}


def signed(floor: Floor, told: Json, *, secret: str = "", ago: float = 0.0) -> Parcel:
    now = floor.slack.world.now() - ago
    return parcel("interactive", told, secret or floor.slack.world.app.signing_secret, now)


def sent(floor: Floor, what: Parcel) -> Ack:
    ack = through(Client())(what)
    floor.pass_on()
    return ack


@pytest.mark.parametrize("ago", [301, 3600, -301])
def test_a_request_from_another_time(floor: Floor, asked: ActionView, ago: int) -> None:
    what = signed(floor, pressed(floor, "ben", floor.card()), ago=ago)
    assert sent(floor, what).status == 401
    assert untouched(floor, asked)


def test_a_request_whose_body_was_altered(floor: Floor, asked: ActionView) -> None:
    what = signed(floor, pressed(floor, "vera", floor.card()))
    forged = what.body.replace(floor.town["vera"].id.encode(), floor.town["ben"].id.encode())
    assert sent(floor, replace(what, body=forged)).status == 401
    assert untouched(floor, asked)


def test_a_request_signed_with_another_secret(floor: Floor, asked: ActionView) -> None:
    assert sent(floor, signed(floor, pressed(floor, "ben", floor.card()), secret="not the secret")).status == 401
    assert untouched(floor, asked)


HEADERS: dict[str, dict[str, str | None]] = {
    "no timestamp": {"X-Slack-Request-Timestamp": None},
    "no signature": {"X-Slack-Signature": None},
    "neither": {"X-Slack-Request-Timestamp": None, "X-Slack-Signature": None},
    "empty timestamp": {"X-Slack-Request-Timestamp": ""},
    "empty signature": {"X-Slack-Signature": ""},
    "a timestamp in words": {"X-Slack-Request-Timestamp": "yesterday"},
    "a timestamp with a fraction": {"X-Slack-Request-Timestamp": "1.5"},
    "a negative timestamp": {"X-Slack-Request-Timestamp": "-1"},
    "a timestamp beyond all clocks": {"X-Slack-Request-Timestamp": "9" * 400},
    "a timestamp in other digits": {"X-Slack-Request-Timestamp": "\u0661\u0662\u0663"},
    "a timestamp that is no number": {"X-Slack-Request-Timestamp": "nan"},
    "a signature of another version": {"X-Slack-Signature": "v1=" + "0" * 64},
    "a signature that is cut off": {"X-Slack-Signature": "v0=abc"},
    "a signature in other letters": {"X-Slack-Signature": "v0=\u00e9" + "0" * 63},
    "a signature of a megabyte": {"X-Slack-Signature": "v0=" + "0" * 1_000_000},
    "a signature in capitals": {"X-Slack-Signature": "V0=" + "0" * 64},
}


@pytest.mark.parametrize("name", HEADERS)
def test_malformed_headers(connected: None, db: None, slack: SlackServer, name: str) -> None:
    what = parcel("interactive", {"type": "block_actions"}, slack.world.app.signing_secret, slack.world.now())
    headers = {**what.headers, **HEADERS[name]}
    given = {header: value for header, value in headers.items() if value is not None}
    assert through(Client())(replace(what, headers=given)).status == 401


BODIES: dict[str, tuple[bytes, str]] = {
    "nothing": (b"", "application/x-www-form-urlencoded"),
    "no JSON": (b"{", "application/json"),
    "a list": (b"[]", "application/json"),
    "null": (b"null", "application/json"),
    "a number": (b"payload=7", "application/x-www-form-urlencoded"),
    "a payload that is cut off": (b"payload=%7B%22type%22", "application/x-www-form-urlencoded"),
    "a payload without a team": (b'payload={"type":"block_actions"}', "application/x-www-form-urlencoded"),
    "a user that is a text": (
        b'payload={"type":"block_actions","user":"U1","team":"T1"}',
        "application/x-www-form-urlencoded",
    ),
    "bytes that are no text": (b"\xff\xfe\x00", "application/x-www-form-urlencoded"),
    "another content type": (b"<xml/>", "text/xml"),
    "a very deep tree": (b"[" * 100_000, "application/json"),
}


@pytest.mark.parametrize("name", BODIES)
def test_a_body_that_slack_would_not_send(connected: None, db: None, slack: SlackServer, name: str) -> None:
    body, kind = BODIES[name]
    stamp = str(int(slack.world.now()))
    headers = {
        "Content-Type": kind,
        "X-Slack-Request-Timestamp": stamp,
        "X-Slack-Signature": signature(slack.world.app.signing_secret, stamp, body),
    }
    assert through(Client())(Parcel(body, headers)).status < 500


def test_a_press_that_is_sent_again(floor: Floor) -> None:
    asked = floor.submit(args={"customer_id": "cus_1", "amount_usd": 900})
    what = signed(floor, pressed(floor, "ben", floor.card()))
    assert (sent(floor, what).status, votes(floor, asked)) == (200, [("Ben", "approve")])
    assert sent(floor, what).status == 409
    assert votes(floor, asked) == [("Ben", "approve")]


def test_a_vote_that_was_taken_back_does_not_come_again_by_a_replay(floor: Floor) -> None:
    use_policy(floor.stage, POLICY.replace("undo: {medium: 0s,", "undo: {medium: 60s,"))
    asked = floor.submit()
    what = signed(floor, pressed(floor, "ben", floor.card()))
    sent(floor, what)
    floor.press("ben", "cs_undo")
    assert untouched(floor, asked)
    sent(floor, what)
    assert untouched(floor, asked)


def test_a_button_of_one_workspace_in_anothers_slack(floor: Floor, other: Stage, asked: ActionView) -> None:
    town = floor.town
    slacked.install(other.id, other.at, town.other, town.other_bot)
    told = pressed(floor, "cleo", floor.card(), team={"id": town.other.id, "domain": "other"})
    assert sent(floor, signed(floor, told)).status == 200
    assert untouched(floor, asked)
    as_ben = pressed(floor, "ben", floor.card(), team={"id": town.other.id, "domain": "other"})
    sent(floor, signed(floor, as_ben))
    assert untouched(floor, asked)


def test_a_slack_that_is_not_connected(floor: Floor, asked: ActionView) -> None:
    told = pressed(floor, "cleo", floor.card(), team={"id": floor.town.other.id, "domain": "other"})
    assert sent(floor, signed(floor, told)).status < 500
    assert untouched(floor, asked)


def test_somebody_who_is_not_linked_is_told_how(floor: Floor, asked: ActionView) -> None:
    floor.press("mallory", "cs_approve")
    assert untouched(floor, asked)
    assert "not linked" in floor.told("mallory")
    assert "/slack/link?state=" in floor.told("mallory")
    assert refusals(floor) == ["unlinked"]


def test_a_name_that_looks_like_another(floor: Floor, asked: ActionView) -> None:
    mallory, ada = floor.town["mallory"], floor.town["ada"]
    assert mallory.display_name == ada.display_name
    mallory.name = mallory.real_name = "ada"
    mallory.email = ada.email
    floor.press("mallory", "cs_approve")
    assert untouched(floor, asked)
    assert refusals(floor) == ["unlinked"]


def test_a_guest(floor: Floor, asked: ActionView) -> None:
    slacked.link(floor.stage.id, floor.stage.people["ben"], floor.stage.at, floor.town, "gil")
    floor.press("gil", "cs_approve")
    assert untouched(floor, asked)
    assert (floor.told("gil").startswith("Guests"), refusals(floor)) == (True, ["guest"])


def test_somebody_who_became_a_guest(floor: Floor, asked: ActionView) -> None:
    floor.town["ben"].is_ultra_restricted = True
    floor.press("ben", "cs_approve")
    assert untouched(floor, asked)
    assert refusals(floor) == ["guest"]


def test_an_account_that_was_closed(floor: Floor, asked: ActionView) -> None:
    floor.town["ben"].deleted = True
    floor.press("ben", "cs_approve")
    assert untouched(floor, asked)
    assert refusals(floor) == ["gone"]


def test_somebody_of_another_company(floor: Floor, asked: ActionView) -> None:
    """Sam sits in a channel that both companies share, and Slack says of which company he is."""
    floor.town.channels["approvals"].members.add(floor.town["sam"].id)
    floor.press("sam", "cs_approve")
    assert untouched(floor, asked)
    assert ("another company" in floor.told("sam"), refusals(floor)) == (True, ["stranger"])


def test_a_channel_that_another_company_reads_gets_no_card(floor: Floor) -> None:
    slacked.join(floor.stage.id, floor.stage.people, floor.stage.at, floor.town, channels=["partners"], linked=[])
    floor.submit()
    assert floor.hands.cards(floor.town.channels["partners"]) == []
    assert floor.channel("partners").trouble == "is_shared"
    assert len(floor.hands.cards(floor.town.channels["approvals"])) == 1


def test_a_channel_that_was_shared_since(floor: Floor, asked: ActionView) -> None:
    channel = floor.town.channels["approvals"]
    assert floor.hands.events.share(channel, floor.town.partner).status == 200
    floor.press("ben", "cs_approve")
    assert untouched(floor, asked)
    assert ("shared" in floor.told("ben"), refusals(floor)) == (True, ["shared"])


def test_a_channel_that_was_shared_without_a_word(floor: Floor, asked: ActionView) -> None:
    floor.town.channels["approvals"].connected.add(floor.town.partner.id)
    floor.later(301)
    floor.press("ben", "cs_approve")
    assert untouched(floor, asked)
    assert refusals(floor) == ["shared"]


def test_a_button_of_an_older_revision(floor: Floor) -> None:
    asked = floor.submit(args={"customer_id": "cus_1", "amount_usd": 900})
    old = floor.card()
    edit(floor.stage, "ada", asked, amount_usd=700, at=floor.now())
    floor.pass_on()
    before = votes(floor, asked)
    ack = floor.press("ben", "cs_approve", old)
    assert ack.status == 200
    assert votes(floor, asked) == before
    assert "700" in floor.told("ben")
    assert "amount_usd" in floor.told("ben")


@pytest.mark.parametrize("policy", [CRITICAL, PASSKEY], ids=["critical", "passkey"])
@pytest.mark.parametrize("action_id", ["cs_approve", "cs_edit"])
def test_what_is_above_the_line(floor: Floor, policy: str, action_id: str) -> None:
    """The card has no such button; the value of another one of its own does not make one."""
    use_policy(floor.stage, policy)
    asked = floor.submit()
    card = floor.card()
    assert {"cs_approve", "cs_edit"} & set(card.buttons) == set()
    value = next((button["value"] for button in card.buttons.values() if button.get("value")), None) or drawn(
        floor, asked
    )
    told = pressed(floor, "ben", card, next(iter(card.buttons)))
    told["actions"] = [{**told["actions"][0], "action_id": action_id, "value": value}]
    assert sent(floor, signed(floor, told)).status == 200
    assert untouched(floor, asked)
    assert "console" in floor.told("ben") or "passkey" in floor.told("ben")


def drawn(floor: Floor, asked: ActionView) -> str:
    """The value that a card of this action would carry."""
    return str(buttons.value(floor.connected, asked))


def test_what_somebody_owns_or_asked_for(floor: Floor) -> None:
    mine = floor.submit(on_behalf_of="ben@example.com")
    floor.press("ben", "cs_approve")
    assert untouched(floor, mine)
    assert "on your behalf" in floor.told("ben")


@pytest.mark.parametrize(("name", "words"), [("vera", "look but not decide"), ("dana", "look but not decide")])
def test_a_role_that_only_looks(floor: Floor, asked: ActionView, name: str, words: str) -> None:
    floor.press(name, "cs_approve")
    assert untouched(floor, asked)
    assert words in floor.told(name)


def test_one_person_votes_in_slack_and_on_the_web(floor: Floor) -> None:
    asked = floor.submit(args={"customer_id": "cus_1", "amount_usd": 900})
    floor.press("ben", "cs_approve")
    with pytest.raises(Exception, match="counted"):
        floor.stage.review("ben", asked, at=floor.now())
    assert (floor.see(asked).state, votes(floor, asked)) == ("pending", [("Ben", "approve")])


def test_one_person_votes_on_the_web_and_in_slack(floor: Floor) -> None:
    asked = floor.submit(args={"customer_id": "cus_1", "amount_usd": 900})
    card = floor.card()
    floor.stage.review("ben", asked, at=floor.now())
    floor.pass_on()
    floor.press("ben", "cs_approve", card)
    assert (floor.see(asked).state, votes(floor, asked)) == ("pending", [("Ben", "approve")])
    assert "counted" in floor.told("ben")


def test_one_person_with_two_accounts_votes_once(floor: Floor) -> None:
    """Linking a second account of the same Slack ends the first."""
    asked = floor.submit(args={"customer_id": "cus_1", "amount_usd": 900})
    floor.press("ben", "cs_approve")
    slacked.link(floor.stage.id, floor.stage.people["ben"], floor.stage.at, floor.town, "mallory")
    floor.press("mallory", "cs_approve")
    assert (floor.see(asked).state, votes(floor, asked)) == ("pending", [("Ben", "approve")])


VALUES: dict[str, str] = {
    "no MAC": "{id}.1",
    "a MAC of nothing": "{id}.1." + "0" * 32,
    "another revision": "{id}.2.{mac}",
    "no revision": "{id}..{mac}",
    "a revision in other digits": "{id}.\u0661.{mac}",
    "another action": "act_01ARZ3NDEKTSV4RRFFQ69G5FAV.1.{mac}",
    "nothing": "",
    "a very long value": "{id}.1." + "a" * 2000,
    "letters beyond ASCII": "{id}.1.\u00e9" + "0" * 31,
}


def test_buttons_that_were_not_drawn_here(floor: Floor, asked: ActionView) -> None:
    card = floor.card()
    mac = card.buttons["cs_approve"]["value"].rpartition(".")[2]
    for value in VALUES.values():
        told = pressed(floor, "ben", card)
        told["actions"] = [{**told["actions"][0], "value": value.format(id=asked.id, mac=mac)}]
        assert sent(floor, signed(floor, told)).status == 200
        assert untouched(floor, asked)
    assert set(refusals(floor)) == {"forged"}


def test_a_button_that_nobody_knows(floor: Floor, asked: ActionView) -> None:
    told = pressed(floor, "ben", floor.card())
    told["actions"] = [{**told["actions"][0], "action_id": "cs_drop_table"}]
    assert sent(floor, signed(floor, told)).status == 200
    assert untouched(floor, asked)
    assert "older version" in floor.told("ben")


def test_a_modal_that_was_altered_on_its_way_back(floor: Floor, asked: ActionView) -> None:
    """Ben may reject; what the modal says about which action is not taken on trust."""
    floor.press("ben", "cs_reject")
    second = floor.submit(args={"customer_id": "cus_2", "amount_usd": 60})
    view = floor.hands.modal(floor.town["ben"])
    meta = json.loads(view.content["private_metadata"])
    meta["button"] = meta["button"].replace(asked.id, second.id)
    view.content["private_metadata"] = json.dumps(meta)
    floor.hands.submit(
        floor.town["ben"], {"reason": "amount_too_high"} if "reason" in names(view.content["blocks"]) else {}
    )
    floor.pass_on()
    assert (untouched(floor, asked), untouched(floor, second)) == (True, True)


def names(blocks: Iterable[Json]) -> set[str]:
    return {block["block_id"] for block in blocks}


def test_somebody_who_has_left(floor: Floor, asked: ActionView) -> None:
    accounts.end_membership(
        actor=OPERATOR, at=floor.now(), workspace_id=floor.stage.id, user_id=floor.stage.people["ben"]
    )
    floor.press("ben", "cs_approve")
    assert untouched(floor, asked)


def test_without_a_signing_secret_there_is_no_door(floor: Floor, asked: ActionView, settings: Settings) -> None:
    what = signed(floor, pressed(floor, "ben", floor.card()))
    settings.SLACK_SIGNING_SECRET = ""
    assert sent(floor, what).status == 404
    assert untouched(floor, asked)


def test_a_browser_that_only_looks_gets_nothing(floor: Floor) -> None:
    assert Client().get("/slack/events").status_code == 405
