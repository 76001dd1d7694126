"""The cast in Slack: Acme has the app for the workspace `demo`, one of its channels gets cards, and the reviewers
are linked. What a click leaves in the outbox is carried to the stand-in by `Desk.pass_on`.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

import pytest
from django.test import Client
from django.utils import timezone
from pytest_django.fixtures import Settings

from accounts import services as accounts
from approvals.answers import ActionView
from approvals.queries import find
from audit.actor import OPERATOR
from console.live import deliver as live
from console.services import slack as verbs
from console.slack import client, deliver
from outbox.models import Message
from outbox.types import Delivery, DeliveryFailure, TransientFailure
from tenancy import scope
from tests.cast import Stage
from tests.console.slack.floor import floor as floor
from tests.console.slack.floor import open_floor as open_floor
from tests.slack_server.carriers import Ack, Parcel, SignedPosts
from tests.slack_server.fixtures import acme as acme
from tests.slack_server.fixtures import slack as slack
from tests.slack_server.fixtures import slack_server as slack_server
from tests.slack_server.hands import Card, Hands
from tests.slack_server.server import SlackServer
from tests.slack_server.town import Town

LINKED = ("ada", "ben", "vera", "eve")
Post = Callable[[Parcel], Ack]


@dataclass(slots=True)
class Desk:
    """One workspace with its Slack beside it."""

    stage: Stage
    town: Town
    server: SlackServer
    hands: Hands
    post: Post

    def cards(self, channel: str = "approvals") -> list[Card]:
        return self.hands.cards(self.town.channels[channel])

    def card(self, channel: str = "approvals") -> Card:
        [card] = self.cards(channel)
        return card

    def press(self, name: str, action_id: str, given: object = None, channel: str = "approvals") -> Ack:
        """On the one card of the channel, as it stands there now."""
        return self.hands.press(self.town[name], self.card(channel), action_id, given)

    def whispers(self, name: str) -> list[str]:
        return self.hands.whispers(self.town[name])

    def view(self, action: ActionView) -> ActionView:
        return find(self.stage.id, action.id)

    def calls(self, method: str) -> int:
        """How often this method was called."""
        return sum(call.method == method for call in self.server.heard)

    def pass_on(self) -> list[str]:
        """Carries everything that is owed to its sinks once, as the relay does; what failed, in words. What failed for
        now stays owed and is due again.
        """
        failures = []
        for sink, send in (("live", live.send), ("slack", deliver.send)):
            for row in list(Message.objects.filter(sink=sink, dead_at=None).order_by("id")):
                try:
                    with scope.workspace(row.workspace_id):
                        send(delivery(row))
                except DeliveryFailure as failure:
                    failures.append(str(failure))
                    if isinstance(failure, TransientFailure):
                        continue
                row.delete()
        return failures


def delivery(row: Message) -> Delivery:
    return Delivery(row.pk, row.workspace_id, row.kind, row.subject, row.payload, row.attempts, row.created_at)


def through_django(client: Client) -> Post:
    """Into /slack/events, in this thread and this transaction."""

    def post(sent: Parcel) -> Ack:
        headers = {name: value for name, value in sent.headers.items() if name != "Content-Type"}
        answer = client.post("/slack/events", sent.body, content_type=sent.content_type, headers=headers)
        return Ack(answer.status_code, answer.content.decode(), dict(answer.items()))

    return post


@pytest.fixture(autouse=True)
def patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """A busy machine must not look like a slow Slack; the tests of slowness set limits of their own."""
    for name in ("CLICK_SECONDS", "CALL_SECONDS", "DELIVERY_SECONDS"):
        monkeypatch.setattr(client, name, 30.0)


@pytest.fixture(autouse=True)
def connected(settings: Settings, slack: SlackServer) -> None:
    """The settings that an operator would make."""
    settings.SLACK_API_URL = slack.api_url
    settings.SLACK_SIGNING_SECRET = slack.world.app.signing_secret
    settings.OUTBOX_SINKS = {**settings.OUTBOX_SINKS, "slack": "console.slack.deliver.send"}
    settings.SLACK_CLIENT_ID = ""
    settings.SLACK_CLIENT_SECRET = ""
    settings.REDIS_URL = ""


@pytest.fixture
def desk(stage: Stage, slack: SlackServer, acme: Town, client: Client) -> Desk:
    connect(stage, acme, channels=("approvals",))
    post = through_django(client)
    hands = slack.hands(SignedPosts(post, slack.world.app.signing_secret))
    return Desk(stage, acme, slack, hands, post)


def connect(stage: Stage, town: Town, *, channels: tuple[str, ...]) -> None:
    verbs.install(
        actor=OPERATOR,
        at=stage.at,
        workspace_id=stage.id,
        team_id=town.acme.id,
        team_name=town.acme.name,
        bot_token=town.bot.bot_token,
        bot_user_id=town.bot.bot_user_id,
        bot_id=town.bot.bot_id,
    )
    for name in channels:
        add_channel(stage, town, name)
    for name in LINKED:
        link(stage, town, name)


def add_channel(stage: Stage, town: Town, name: str, kind: str = "all", value: str = "") -> str:
    return verbs.route(
        actor=OPERATOR,
        at=stage.at,
        workspace_id=stage.id,
        team_id=town.acme.id,
        channel_id=town.channels[name].id,
        kind=kind,
        value=value,
    )


def link(stage: Stage, town: Town, name: str, account: str = "") -> None:
    accounts.link_slack(
        actor=OPERATOR,
        at=stage.at,
        workspace_id=stage.id,
        user_id=stage.people[name],
        team_id=town.acme.id,
        slack_user_id=town[account or name].id,
    )


def later(seconds: float) -> datetime:
    return timezone.now() + timedelta(seconds=seconds)
