"""Fixtures for whoever needs a Slack; a conftest imports them by name."""

from collections.abc import Iterator

import pytest

from tests.slack_server import server, town
from tests.slack_server.server import SlackServer
from tests.slack_server.town import Town


@pytest.fixture(scope="session")
def slack_server() -> Iterator[SlackServer]:
    """One server for the whole run."""
    with server.running() as slack:
        yield slack


@pytest.fixture
def slack(slack_server: SlackServer) -> SlackServer:
    """The server, with nobody in it."""
    slack_server.clear()
    return slack_server


@pytest.fixture
def acme(slack: SlackServer) -> Town:
    """The server's usual people."""
    return town.build(slack.world)
