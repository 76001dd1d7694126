"""A Slack that is connected with the workspace `demo`."""

from collections.abc import Iterator

import pytest
from django.test import Client
from django.utils import timezone
from pytest_django.fixtures import Settings

from console.slack import budget
from tests.cast import Stage
from tests.console.slack.floor import Floor, connect, through
from tests.slack_server.carriers import SignedPosts
from tests.slack_server.fixtures import acme, slack, slack_server
from tests.slack_server.server import SlackServer
from tests.slack_server.town import Town

__all__ = ["acme", "slack", "slack_server"]


@pytest.fixture
def slack_settings(settings: Settings, slack: SlackServer) -> SlackServer:
    """The product knows the stand-in as its Slack."""
    app = slack.world.app
    settings.SLACK_API_URL = slack.api_url
    settings.SLACK_SIGNING_SECRET = app.signing_secret
    settings.SLACK_CLIENT_ID, settings.SLACK_CLIENT_SECRET = app.client_id, app.client_secret
    return slack


@pytest.fixture
def floor(slack_settings: SlackServer, acme: Town, stage: Stage, monkeypatch: pytest.MonkeyPatch) -> Iterator[Floor]:
    posts = SignedPosts(through(Client()), slack_settings.world.app.signing_secret)
    made = Floor(stage, slack_settings, acme, slack_settings.hands(posts))
    # Sinks read the clock themselves; this one can be set forward.
    monkeypatch.setattr(timezone, "now", made.now)
    connect(made)
    yield made
    budget.forget_all() if hasattr(budget, "forget_all") else None
