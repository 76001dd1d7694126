"""The workspace `demo` with its people in a Slack, and the post that goes between the two."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import pytest
from django.test import Client
from django.utils import timezone

from approvals.answers import ActionView
from approvals.queries import find
from console.models import SlackChannel, SlackTeam
from outbox import delivering
from outbox.models import Message
from outbox.relay import Relay
from tests import slacked
from tests.cast import Stage
from tests.slack_server.carriers import Ack, Parcel, Post, SignedPosts
from tests.slack_server.hands import Card, Hands
from tests.slack_server.server import SlackServer
from tests.slack_server.town import Town

ROUNDS = 50


@dataclass(slots=True)
class Floor:
    """`connected` is the id of acme's Slack here. The clock runs, and `later` sets it forward."""

    stage: Stage
    slack: SlackServer
    town: Town
    hands: Hands
    connected: str = ""
    skew: timedelta = field(default_factory=timedelta)

    def now(self) -> datetime:
        return datetime.now(UTC) + self.skew

    def later(self, seconds: float) -> None:
        """Time passes for us and for Slack."""
        self.skew += timedelta(seconds=seconds)
        self.slack.world.advance(seconds)

    def pass_on(self) -> None:
        """Everything that is due goes out, and what that brings about too."""
        carrier = Relay(self._work, self.now)
        for _ in range(ROUNDS):
            if not Message.objects.filter(dead_at=None, due_at__lte=self.now()).exists():
                return
            carrier.run(at=self.now())
        raise AssertionError(f"The outbox is never empty: {list(self.owed())}")

    def _work(self, ids: Sequence[int], leased_until: datetime, _again: bool) -> None:
        delivering.deliver(message_ids=ids, leased_until=leased_until, now=self.now)

    def owed(self) -> list[Message]:
        """What waits for Slack, oldest first."""
        return list(Message.objects.filter(sink="slack", dead_at=None).order_by("id"))

    def submit(self, **more: object) -> ActionView:
        """otto asks, and the cards go out."""
        asked = self.stage.submit(at=self.now(), **more)  # type: ignore[arg-type]
        self.pass_on()
        return asked

    def see(self, asked: ActionView) -> ActionView:
        return find(self.stage.id, asked.id)

    def card(self, channel: str = "approvals") -> Card:
        """The one card that stands there."""
        [found] = self.hands.cards(self.town.channels[channel])
        return found

    def press(self, name: str, action_id: str, card: Card | None = None) -> Ack:
        """One press on the card in #approvals, and all that comes of it."""
        ack = self.hands.press(self.town[name], card or self.card(), action_id)
        self.pass_on()
        return ack

    def submit_modal(self, name: str, **given: object) -> Ack:
        ack = self.hands.submit(self.town[name], given)
        self.pass_on()
        return ack

    def told(self, name: str) -> str:
        """What only this person was told, the last of it."""
        found = self.hands.whispers(self.town[name])
        return found[-1] if found else ""

    def team(self) -> SlackTeam:
        return SlackTeam.everywhere.get(pk=self.connected)

    def channel(self, name: str = "approvals") -> SlackChannel:
        return SlackChannel.everywhere.get(slack_id=self.town.channels[name].id)

    def posted(self) -> list[str]:
        """The channels of all posts that Slack took, in order; replies left out."""
        heard = self.slack.heard
        return [
            one.args["channel"]
            for one in heard
            if one.method == "chat.postMessage" and not one.error and not one.args.get("thread_ts")
        ]


def through(client: Client) -> Post:
    """Requests go to the product's own endpoint in this thread, inside the test's transaction."""

    def post(sent: Parcel) -> Ack:
        answer = client.generic(
            "POST", "/slack/events", sent.body, content_type=sent.content_type, headers=dict(sent.headers)
        )
        return Ack(answer.status_code, answer.content.decode(), dict(answer.headers))

    return post


def furnish(slack: SlackServer, acme: Town, stage: Stage, monkeypatch: pytest.MonkeyPatch) -> Floor:
    """acme's Slack is the workspace's, its people are linked, #approvals and #payments get every action."""
    posts = SignedPosts(through(Client()), slack.world.app.signing_secret)
    made = Floor(stage, slack, acme, slack.hands(posts))
    # Sinks read the clock themselves; this one can be set forward.
    monkeypatch.setattr(timezone, "now", made.now)
    made.connected = slacked.join(stage.id, stage.people, stage.at, acme)
    return made


@pytest.fixture
def floor(connected: None, slack: SlackServer, acme: Town, stage: Stage, monkeypatch: pytest.MonkeyPatch) -> Floor:
    return furnish(slack, acme, stage, monkeypatch)


@pytest.fixture
def open_floor(
    connected: None, slack: SlackServer, acme: Town, open_stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> Floor:
    """The same outside a transaction, for several connections at once."""
    return furnish(slack, acme, open_stage, monkeypatch)
