"""Slack breaks: nobody waits, nothing is lost, nothing stands twice, and the settings page says what is wrong."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils.html import escape
from pytest_django.fixtures import Settings

from audit.actor import OPERATOR
from audit.models import Event
from console.models import SlackCard
from console.services import slack as verbs
from console.slack import client
from console.slack.errors import advice
from outbox.models import Message
from tests import slacked
from tests.console.conftest import Browse
from tests.console.slack.floor import Floor
from tests.slack_server.world import Message as Said

MANY = 10_000


def cards(floor: Floor, channel: str = "approvals") -> int:
    return len(floor.hands.cards(floor.town.channels[channel]))


def calls(floor: Floor, method: str) -> int:
    return sum(heard.method == method for heard in floor.slack.heard)


def pauses(floor: Floor) -> list[float]:
    """In how many seconds each message for Slack comes again, rounded."""
    return sorted(round((row.due_at - floor.now()).total_seconds()) for row in floor.owed())


def owed(floor: Floor) -> int:
    return SlackCard.everywhere.filter(is_owed=True).count()


def test_too_many_requests(floor: Floor) -> None:
    """Slack names half a minute; until then it is not even asked, and then each card comes once."""
    floor.slack.faults.limit("chat.postMessage", retry_after=30)
    asked = floor.submit()
    assert floor.posted() == []
    assert all(20 <= pause <= 31 for pause in pauses(floor))
    heard = calls(floor, "chat.postMessage")
    floor.later(20)
    floor.pass_on()
    assert calls(floor, "chat.postMessage") == heard == 1
    floor.later(12)
    floor.pass_on()
    assert (cards(floor), cards(floor, "payments"), owed(floor), floor.owed()) == (1, 1, 0, [])
    assert (floor.team().trouble, floor.see(asked).state) == ("", "pending")


def test_a_limit_of_an_hour_is_kept(floor: Floor) -> None:
    floor.slack.faults.limit("chat.postMessage", retry_after=3600)
    floor.submit()
    assert all(3599 <= pause <= 3601 for pause in pauses(floor))


@pytest.mark.parametrize("status", [500, 502, 503])
def test_a_broken_slack(floor: Floor, status: int) -> None:
    floor.slack.faults.status("chat.postMessage", status=status, times=2)
    floor.submit()
    assert floor.team().trouble == "service_unavailable"
    settle(floor)
    assert (cards(floor), cards(floor, "payments"), floor.team().trouble) == (1, 1, "")


def settle(floor: Floor, times: int = 8) -> None:
    """Minutes pass until nothing is owed any more."""
    for _ in range(times):
        if not floor.owed():
            return
        floor.later(70)
        floor.pass_on()
    raise AssertionError([(row.kind, row.attempts, row.last_error) for row in floor.owed()])


def test_an_answer_that_was_lost_makes_no_second_card(floor: Floor) -> None:
    floor.slack.faults.drop("chat.postMessage", times=2)
    asked = floor.submit()
    assert SlackCard.everywhere.filter(ts="").count() == 2
    settle(floor)
    assert (cards(floor), cards(floor, "payments"), calls(floor, "chat.postMessage")) == (1, 1, 2)
    floor.press("ben", "cs_approve")
    assert floor.see(asked).state == "approved"
    assert list(floor.card().buttons) == list(floor.card("payments").buttons) == ["cs_details"]


def test_an_answer_that_was_lost_makes_no_second_reply(floor: Floor) -> None:
    floor.submit(args={"customer_id": "cus_1", "amount_usd": 900})
    floor.slack.faults.drop("chat.postMessage")
    floor.press("ben", "cs_approve")
    settle(floor)
    replies = [len(floor.hands.replies(floor.card(name))) for name in ("approvals", "payments")]
    assert replies == [1, 1]


def test_a_slow_slack_is_not_waited_for(floor: Floor, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(client, "DELIVERY_SECONDS", 0.1)
    floor.slack.faults.slow("chat.postMessage", seconds=0.5)
    floor.submit()
    assert floor.team().trouble == "slow"
    monkeypatch.setattr(client, "DELIVERY_SECONDS", 4.0)
    settle(floor)
    assert (cards(floor), cards(floor, "payments")) == (1, 1)


def test_a_press_is_answered_though_slack_is_slow(floor: Floor, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = floor.submit()
    # So that it is known who he is, and Slack is asked for the form alone.
    floor.press("ben", "cs_ask")
    monkeypatch.setattr(client, "CLICK_SECONDS", 0.1)
    floor.slack.faults.slow("views.open", seconds=0.5)
    ack = floor.hands.press(floor.town["ben"], floor.card(), "cs_reject")
    assert ack.status == 200
    floor.pass_on()
    settle(floor)
    assert ("did not open" in floor.told("ben"), floor.see(asked).state) == (True, "pending")


def test_a_channel_that_is_archived(floor: Floor) -> None:
    """The other channel gets its cards; when it is opened again, what it missed and still counts arrives."""
    channel = floor.town.channels["approvals"]
    channel.is_archived = True
    over, waits = floor.submit(), floor.submit(args={"customer_id": "cus_2", "amount_usd": 70})
    assert (cards(floor), cards(floor, "payments"), floor.channel().trouble) == (0, 2, "is_archived")
    assert (floor.channel("payments").trouble, floor.team().trouble, floor.owed()) == ("", "", [])
    floor.stage.review("ben", over, at=floor.now())
    floor.pass_on()
    channel.is_archived = False
    floor.hands.events.send(floor.town.acme.id, {"type": "channel_unarchive", "channel": channel.id})
    floor.pass_on()
    settle(floor)
    assert "70 USD" in floor.card().words
    assert (floor.channel().trouble, owed(floor), floor.see(waits).state) == ("", 0, "pending")


def test_the_settings_page_says_what_is_wrong(floor: Floor, browse: Browse) -> None:
    floor.town.channels["approvals"].is_archived = True
    floor.submit()
    eve = browse("eve")
    assert escape(advice("is_archived")) in eve.get("/w/demo/settings/slack").text
    floor.town.bot.revoked = True
    floor.submit(args={"customer_id": "cus_2", "amount_usd": 70})
    page = eve.get("/w/demo/settings/slack").text
    assert escape(advice("token_revoked")) in page


def test_a_channel_that_the_app_was_taken_out_of_heals_by_the_next_success(floor: Floor) -> None:
    channel = floor.town.channels["approvals"]
    channel.members.discard(floor.town.bot.bot_user_id)
    floor.submit()
    assert (cards(floor), floor.channel().trouble) == (0, "not_in_channel")
    floor.slack.world.invite_bot(channel)
    floor.submit(args={"customer_id": "cus_2", "amount_usd": 70})
    settle(floor)
    assert (cards(floor), floor.channel().trouble, owed(floor)) == (2, "", 0)


def test_a_token_that_was_revoked(floor: Floor) -> None:
    """Everything that was owed goes out once the app is installed again."""
    floor.town.bot.revoked = True
    asked = floor.submit()
    assert (cards(floor), floor.team().trouble) == (0, "token_revoked")
    assert "Install it again" in advice(floor.team().trouble)
    fresh = floor.slack.world.install(floor.town.acme)
    slacked.install(floor.stage.id, floor.now(), floor.town.acme, fresh)
    floor.pass_on()
    settle(floor)
    assert (cards(floor), cards(floor, "payments"), floor.team().trouble) == (1, 1, "")
    floor.press("ben", "cs_approve")
    assert floor.see(asked).state == "approved"


def test_an_app_that_was_taken_out(floor: Floor) -> None:
    """Slack says so twice, as it does where the first was not acknowledged; the log says it once."""
    asked = floor.submit()
    card = floor.card()
    told: dict[str, Any] = {"type": "tokens_revoked", "tokens": {"oauth": [], "bot": [floor.town.bot.bot_user_id]}}
    floor.hands.events.send(floor.town.acme.id, told)
    floor.hands.events.send(floor.town.acme.id, {"type": "app_uninstalled"})
    removed = Event.objects.filter(workspace_id=floor.stage.id, kind="slack:removed")
    assert (removed.count(), bytes(floor.team().token)) == (1, b"")
    floor.press("ben", "cs_approve", card)
    assert floor.see(asked).votes == ()


def test_an_app_that_comes_back_brings_its_cards_up_to_date(floor: Floor) -> None:
    over, waits = floor.submit(), floor.submit(args={"customer_id": "cus_2", "amount_usd": 900})
    floor.hands.events.uninstall(floor.town.acme)
    floor.stage.review("ben", over, at=floor.now())
    floor.stage.review("ben", waits, at=floor.now())
    floor.pass_on()
    assert (floor.owed(), owed(floor)) == ([], 4)
    fresh = floor.slack.world.install(floor.town.acme)
    slacked.install(floor.stage.id, floor.now(), floor.town.acme, fresh)
    settle(floor)
    first, second = floor.hands.cards(floor.town.channels["approvals"])
    assert (list(first.buttons), "1 of 2" in second.words, owed(floor)) == (["cs_details"], True, 0)


def test_a_token_that_runs_out_is_renewed_once(floor: Floor, settings: Settings) -> None:
    world, bot = floor.slack.world, floor.town.bot
    settings.SLACK_CLIENT_ID, settings.SLACK_CLIENT_SECRET = world.app.client_id, world.app.client_secret
    world.app.rotates_tokens = True
    world.new_token(bot)
    renewable(floor)
    floor.later(11 * 3600)
    floor.submit()
    settle(floor)
    assert (cards(floor), cards(floor, "payments"), calls(floor, "oauth.v2.access")) == (1, 1, 1)
    floor.later(11 * 3600)
    floor.submit(args={"customer_id": "cus_2", "amount_usd": 70})
    settle(floor)
    assert (cards(floor), calls(floor, "oauth.v2.access"), floor.team().trouble) == (2, 2, "")


def renewable(floor: Floor) -> None:
    bot = floor.town.bot
    verbs.install(
        actor=OPERATOR,
        at=floor.now(),
        workspace_id=floor.stage.id,
        team_id=bot.team_id,
        bot_token=bot.bot_token,
        bot_user_id=bot.bot_user_id,
        bot_id=bot.bot_id,
        refresh_token=bot.refresh_token,
        token_expires_at=floor.now() + timedelta(hours=12),
    )


def test_what_slack_does_not_take_is_shown_to_the_admin(floor: Floor) -> None:
    floor.slack.faults.error("chat.postMessage", "invalid_blocks", channel=floor.town.channels["approvals"].id)
    floor.submit()
    [dead] = Message.objects.filter(sink="slack").exclude(dead_at=None)
    assert ("invalid_blocks" in dead.last_error, cards(floor, "payments"), floor.owed()) == (True, 1, [])


def test_a_card_that_slack_did_not_take_is_drawn_at_the_next_change(floor: Floor) -> None:
    asked = floor.submit(args={"customer_id": "cus_1", "amount_usd": 900})
    floor.slack.faults.error("chat.update", "invalid_blocks", times=2)
    floor.stage.review("ben", asked, at=floor.now())
    floor.pass_on()
    assert "1 of 2" not in floor.card().words
    floor.stage.review("ada", asked, at=floor.now())
    floor.pass_on()
    assert list(floor.card().buttons) == list(floor.card("payments").buttons) == ["cs_details"]


def test_a_card_that_somebody_deleted_comes_again_while_it_waits(floor: Floor) -> None:
    asked = floor.submit(args={"customer_id": "cus_1", "amount_usd": 900})
    first = floor.card()
    message = floor.slack.world.message(first.channel_id, first.ts)
    assert message is not None
    message.deleted = True
    floor.stage.review("ben", asked, at=floor.now())
    floor.pass_on()
    settle(floor)
    assert ("1 of 2" in floor.card().words, floor.card().ts == first.ts) == (True, False)
    floor.press("ada", "cs_approve")
    assert floor.see(asked).state == "approved"


def test_ten_thousand_changes_are_one_update_a_card(floor: Floor) -> None:
    asked = floor.submit(args={"customer_id": "cus_1", "amount_usd": 900})
    floor.stage.review("ben", asked, at=floor.now())
    seen = floor.see(asked)
    for _ in range(MANY):
        verbs.owe(at=floor.now(), kind="action.reviewed", view=seen)
    assert len(floor.owed()) == 2
    before = calls(floor, "chat.update")
    floor.pass_on()
    settle(floor)
    assert calls(floor, "chat.update") - before == 2
    assert "1 of 2" in floor.card().words


def test_a_slack_that_comes_and_goes_is_promised_no_card_twice(floor: Floor) -> None:
    """Each success heals, and what waits for its next try anyway is not promised once more."""
    for n in range(4):
        floor.stage.submit(at=floor.now(), args={"customer_id": f"cus_{n}", "amount_usd": 60 + n})
    for _ in range(4):
        floor.slack.faults.status("chat.postMessage", status=503)
        floor.pass_on()
        assert len(floor.owed()) == len({row.subject for row in floor.owed()})
        floor.later(70)
    settle(floor, times=30)
    assert (cards(floor), cards(floor, "payments"), owed(floor)) == (4, 4, 0)


def test_a_burst_of_actions_keeps_to_slacks_pace(floor: Floor) -> None:
    """A message a second and channel in the long run; whoever presses meanwhile is served first."""
    began = floor.now()
    for n in range(12):
        floor.stage.submit(at=floor.now(), args={"customer_id": f"cus_{n}", "amount_usd": 60 + n})
    floor.pass_on()
    at_once = cards(floor)
    # As many at once as the bucket holds, and one for each second that this machine took.
    assert 1 <= at_once <= 4 + (floor.now() - began).total_seconds()
    assert calls(floor, "chat.postMessage") == len(floor.posted())
    card = floor.hands.cards(floor.town.channels["approvals"])[0]
    floor.press("ben", "cs_approve", card)
    assert list(floor.hands.cards(floor.town.channels["approvals"])[0].buttons) == ["cs_details"]
    settle(floor, times=30)
    assert (cards(floor), cards(floor, "payments"), owed(floor)) == (12, 12, 0)


def test_a_foreign_message_is_not_ours(floor: Floor) -> None:
    """A post of somebody else with the same words is not taken for the card whose answer was lost."""
    floor.slack.faults.status("chat.postMessage", status=503, times=2)
    floor.submit()
    world, channel = floor.slack.world, floor.town.channels["approvals"]
    with world.lock:
        foreign = world.new_ts()
        world.messages.append(Said(foreign, channel.id, floor.town["mallory"].id, "Refunds 80 USD to customer cus_1."))
    settle(floor)
    assert [card.ts == foreign for card in floor.hands.cards(channel)] == [True, False]
