"""What the stand-in's own tests may ask for: an app in a dozen lines, and Slack's own client."""

import pytest
from slack_sdk import WebClient

from tests.slack_server.bolted import Bolted
from tests.slack_server.carriers import SignedPosts
from tests.slack_server.fixtures import acme, slack, slack_server
from tests.slack_server.hands import Hands
from tests.slack_server.server import SlackServer
from tests.slack_server.town import Town

__all__ = ["acme", "slack", "slack_server"]


@pytest.fixture
def client(slack: SlackServer, acme: Town) -> WebClient:
    """Slack's own client with the token of acme, which retries nothing by itself."""
    return WebClient(acme.bot.bot_token, base_url=slack.api_url, retry_handlers=[])


@pytest.fixture
def bolted(slack: SlackServer, client: WebClient) -> Bolted:
    return Bolted(slack, client)


@pytest.fixture
def hands(slack: SlackServer, bolted: Bolted) -> Hands:
    """The people's hands, with Bolt's own verifier and dispatcher on the other side."""
    return slack.hands(SignedPosts(bolted.post, slack.world.app.signing_secret))
