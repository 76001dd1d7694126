"""Slack from end to end: a card in two channels, a stranger, a rejection, and everybody who waits for it agrees."""

import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from pickle import dumps

import pytest

from bench import _instance
from countersign.errors import Rejected
from tests.flows.paper import Paper
from tests.flows.parts import Parts, until
from tests.plugins import migrated
from tests.slack_server import server, town
from tests.slack_server.hands import Hands
from tests.slack_server.server import SlackServer
from tests.slack_server.town import Town

pytestmark = pytest.mark.process

CHANNELS = ("approvals", "payments")
JOIN = "from tests import slacked; slacked.join_demo()"


@pytest.fixture
def database(tmp_path: Path) -> Iterator[str]:
    with migrated.database(tmp_path, "slack_story") as url:
        yield url


def settings(slack: SlackServer) -> dict[str, str]:
    app = slack.world.app
    return {"COUNTERSIGN_SLACK_API_URL": slack.api_url, "COUNTERSIGN_SLACK_SIGNING_SECRET": app.signing_secret}


def join(parts: Parts, acme: Town) -> None:
    """The people of the demo and those of the stand-in become the same."""
    command = [sys.executable, "manage.py", "shell", "--no-imports", "-c", JOIN]
    subprocess.run(command, cwd=_instance.ROOT, env=parts.environment, input=dumps(acme), check=True)


def test_ben_rejects_in_slack_and_everybody_hears_of_it(tmp_path: Path, database: str) -> None:
    with server.running() as slack:
        acme = town.build(slack.world)
        env = {"DATABASE_URL": database, "REDIS_URL": "", **settings(slack)}
        with _instance.running(tmp_path, "--demo", env=env, at_once=True) as instance:
            parts = Parts(tmp_path, instance.environment, instance.demo, base_url=instance.base_url)
            join(parts, acme)
            rejected(parts, slack.hands_over_http(f"{instance.base_url}/slack/events"), acme)


def rejected(parts: Parts, hands: Hands, acme: Town) -> None:
    def words() -> list[str]:
        return [card.words for name in CHANNELS for card in hands.cards(acme.channels[name])]

    with parts.agent() as otto, Paper(parts.base_url) as page, ThreadPoolExecutor() as waiting:
        page.log_in(parts.demo["people"]["ada"])
        action = otto.submit("billing.refund", {"customer_id": "cus_1", "amount_usd": 80})
        waits = waiting.submit(action.wait, 30)
        until(lambda: len(words()) == 2, 10, "a card in both channels")
        [card] = hands.cards(acme.channels["approvals"])
        hands.press(acme["mallory"], card, "cs_approve")
        until(lambda: hands.whispers(acme["mallory"]), 10, "Mallory is told")
        assert "is not linked to a person in Countersign" in hands.whispers(acme["mallory"])[0]
        assert otto.get(action.id).state == "pending"

        hands.press(acme["ben"], card, "cs_reject")
        assert hands.submit(acme["ben"], {"reason": "wrong_target", "comment": "Not this customer"}).status == 200
        taken = until(lambda: all("*Rejected* by Ben over Slack" in card for card in words()), 10, "both cards")
        taken += until(waits.done, 10, "the agent hears of it")
        taken += until(lambda: parts.label_of(action.id), 10, "a label")
        assert taken < 2
        page.open(f"/w/demo/actions/{action.id}")
        assert "Wrong target or recipient" in page.text
        with pytest.raises(Rejected, match="wrong_target"):
            waits.result()
    [label] = parts.rows(f"select reason_code, comment, door from feedback_label where action_id = '{action.id}'")
    assert label == ("wrong_target", "Not this customer", "slack")
