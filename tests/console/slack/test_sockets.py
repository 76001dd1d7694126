"""Socket Mode: the same buttons over a connection that we open; and what is not configured is not loaded."""

import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

import pytest
from pytest_django.fixtures import Settings

from approvals.queries import find
from console.models import SlackSeen
from console.slack.sockets import Handler, handler
from tests.architecture.source import ROOT
from tests.cast import Stage
from tests.console.slack.conftest import Desk, connect
from tests.slack_server.server import SlackServer
from tests.slack_server.town import Town

SECONDS = 20
LOADED = """
import django; django.setup()
import config.urls, console.live.deliver, sys
print([name for name in ("slack_bolt", "slack_sdk") if name in sys.modules])
"""


@contextmanager
def linked_up(slack: SlackServer) -> Iterator[Handler]:
    made = handler()
    made.client.auto_reconnect_enabled = False
    made.connect()  # type: ignore[no-untyped-call]
    try:
        yield made
    finally:
        slack.links.hang_up()
        # The library closes what its own reader may just have closed.
        with suppress(AttributeError):
            made.close()  # type: ignore[no-untyped-call]


def until(happened: Callable[[], object]) -> None:
    ends = time.monotonic() + SECONDS
    while not happened():
        assert time.monotonic() < ends
        time.sleep(0.01)


def test_ben_approves_over_the_socket(open_stage: Stage, slack: SlackServer, acme: Town, settings: Settings) -> None:
    settings.SLACK_APP_TOKEN = slack.world.app.app_token
    connect(open_stage, acme, channels=("approvals",))
    asked = open_stage.submit()
    hands = slack.hands_over_sockets(SECONDS)
    desk = Desk(open_stage, acme, slack, hands, lambda parcel: pytest.fail("Nothing is posted."))
    desk.pass_on()
    with linked_up(slack):
        until(lambda: slack.links.count)
        ack = desk.press("ben", "cs_approve")
        assert ack.failure == ""
        assert find(open_stage.id, asked.id).state == "approved"
    assert SlackSeen.objects.filter(key__startswith="press:").count() == 1


def test_without_slack_nothing_of_it_is_loaded() -> None:
    done = subprocess.run([sys.executable, "-c", LOADED], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "[]"
