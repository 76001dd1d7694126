"""The app's own page, the slash command, and what happens in Slack by itself."""

from accounts import queries as accounts_queries
from approvals.services import claims
from console.models import SlackChannel, SlackTeam
from tests.cast import Stage
from tests.console.slack.conftest import Desk
from tests.slack_server.carriers import Ack, Parcel, SignedPosts
from tests.slack_server.hands import Card


def home(desk: Desk, name: str) -> Card:
    view = desk.hands.home(desk.town[name])
    assert view is not None
    return Card("", "", "", tuple(view.content["blocks"]))


def open_home(desk: Desk, name: str) -> Card:
    assert desk.hands.open_home(desk.town[name]).status == 200
    assert desk.pass_on() == []
    return home(desk, name)


def test_the_queue_stands_there_in_the_consoles_order(desk: Desk) -> None:
    desk.stage.submit("crm.other", {"text": "x"})
    desk.stage.submit()
    words = open_home(desk, "ben").words
    assert words.startswith("2 waiting for you")
    assert words.index("Calls crm.other") < words.index("Refunds 80 USD")


def test_ben_claims_and_gives_back(desk: Desk) -> None:
    asked = desk.stage.submit()
    open_home(desk, "ben")
    desk.hands.press_at_home(desk.town["ben"], "cs_claim")
    desk.pass_on()
    held = claims.held(desk.stage.id, [asked.id], desk.stage.at)
    assert held[asked.id].user_id == desk.stage.people["ben"]
    assert "cs_release" in home(desk, "ben").buttons
    assert "Ben has it" in open_home(desk, "ada").words
    desk.hands.press_at_home(desk.town["ben"], "cs_release")
    assert claims.held(desk.stage.id, [asked.id], desk.stage.at) == {}


def test_ben_says_that_he_is_away_and_comes_back(desk: Desk, stage: Stage) -> None:
    open_home(desk, "ben")
    desk.hands.press_at_home(desk.town["ben"], "cs_away", "3")
    desk.pass_on()
    [away] = accounts_queries.absences(stage.id, stage.at, user_id=stage.people["ben"])
    assert away.ends_at > stage.at
    desk.hands.press_at_home(desk.town["ben"], "cs_back")
    desk.pass_on()
    assert accounts_queries.absences(stage.id, stage.at, user_id=stage.people["ben"]) == []
    assert "You are here." in home(desk, "ben").words


def test_whoever_is_not_linked_finds_the_way_there(desk: Desk) -> None:
    words = open_home(desk, "dana").words
    assert "is not linked to a person here" in words
    assert "/slack/link?state=" in words


def test_the_command_lists_what_waits(desk: Desk) -> None:
    desk.stage.submit()
    channel = desk.town.channels["approvals"]
    desk.hands.command(desk.town["ben"], channel, "/approvals")
    assert "medium risk: Refunds 80 USD to customer cus_1." in desk.whispers("ben")[-1]
    desk.hands.command(desk.town["vera"], channel, "/approvals")
    assert "Nothing waits for you." in desk.whispers("vera")[-1]
    desk.hands.command(desk.town["dana"], channel, "/approvals")
    assert "is not linked" in desk.whispers("dana")[-1]


def test_an_event_that_comes_again_counts_once(desk: Desk) -> None:
    sent: list[Parcel] = []

    def post(parcel: Parcel) -> Ack:
        sent.append(parcel)
        return desk.post(parcel)

    desk.server.hands(SignedPosts(post, desk.server.world.app.signing_secret)).open_home(desk.town["ben"])
    assert [desk.post(parcel).status for parcel in sent] == [200]
    desk.pass_on()
    assert desk.calls("views.publish") == 1


def test_the_address_is_proved_when_it_is_entered(desk: Desk) -> None:
    ack = desk.hands.events.verify("a challenge")
    assert (ack.status, ack.tree.get("challenge", ack.body)) == (200, "a challenge")


def test_the_app_that_was_taken_out_is_disconnected(desk: Desk) -> None:
    desk.hands.events.uninstall(desk.town.acme)
    team = SlackTeam.everywhere.get(workspace_id=desk.stage.id)
    assert team.removed_at is not None
    assert (bytes(team.token), bytes(team.refresh_token)) == (b"", b"")


def test_a_guest_made_of_ben_decides_nothing_more(desk: Desk) -> None:
    asked = desk.stage.submit()
    desk.pass_on()
    ben = {"id": desk.town["ben"].id, "is_restricted": True}
    desk.hands.events.send(desk.town.acme.id, {"type": "user_change", "user": ben})
    desk.press("ben", "cs_approve")
    desk.pass_on()
    assert desk.view(asked).votes == ()
    assert "Guests of a Slack workspace cannot decide." in desk.whispers("ben")[-1]


def test_a_channel_that_is_shared_gets_no_more_cards(desk: Desk) -> None:
    desk.stage.submit()
    desk.pass_on()
    desk.hands.events.share(desk.town.channels["approvals"], desk.town.partner)
    desk.stage.submit()
    desk.pass_on()
    assert len(desk.cards()) == 1
    assert SlackChannel.everywhere.get().trouble == "is_shared"
