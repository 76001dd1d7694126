"""The page of the stand-in for Slack: a newcomer reads a card there, presses its buttons and fills in its form."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import pytest
from slack_bolt import Ack
from slack_sdk import WebClient

from tests.browser.conftest import PATIENCE, Watch
from tests.browser.test_accessibility import LOOKS, violations
from tests.slack_server.bolted import Bolted, buttons, modal, question, section
from tests.slack_server.carriers import SignedPosts
from tests.slack_server.fixtures import acme as acme
from tests.slack_server.fixtures import slack as slack
from tests.slack_server.fixtures import slack_server as slack_server
from tests.slack_server.server import SlackServer
from tests.slack_server.town import Town

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

pytestmark = pytest.mark.browser


@pytest.fixture
def card(slack: SlackServer, acme: Town) -> None:
    """A card in #approvals of an app that asks why, and thanks."""
    client = WebClient(acme.bot.bot_token, base_url=slack.api_url, retry_handlers=[])
    bolted = Bolted(slack, client)
    slack.hands(SignedPosts(bolted.post, slack.world.app.signing_secret))

    @bolted.app.action("no")
    def no(ack: Ack, body: dict[str, Any]) -> None:
        client.views_open(trigger_id=body["trigger_id"], view=modal(question("why")))
        ack()

    @bolted.app.view("reject")
    def rejected(ack: Ack, body: dict[str, Any]) -> None:
        said = body["view"]["state"]["values"]["why"]["value"]["value"]
        if len(said) < 3:
            ack(response_action="errors", errors={"why": "Say more."})
            return
        ack()
        channel = acme.channels["approvals"].id
        client.chat_postEphemeral(channel=channel, user=body["user"]["id"], text=f"You said *{said}*.")

    blocks = [section("Refunds *80 USD* to `cus_1` &lt;b&gt; <!channel>"), buttons("yes", "no")]
    client.chat_postMessage(channel=acme.channels["approvals"].id, text="A card", blocks=blocks)


@pytest.fixture(params=["light", "dark", "narrow"])
def opened(slack: SlackServer, card: None, chromium: "Browser", request: pytest.FixtureRequest) -> Iterator["Page"]:
    look = dict(LOOKS[request.param])
    size = {"width": look.pop("width", 1200), "height": look.pop("height", 900)}
    context = chromium.new_context(viewport=size, **look)  # type: ignore[arg-type]
    context.set_default_timeout(PATIENCE)
    page = context.new_page()
    watch = Watch(slack.origin)
    watch.on(page)
    page.goto(slack.origin + "/")
    page.wait_for_selector(".message")
    assert violations(page, watch) == []
    yield page
    assert watch.faults == []
    context.close()


def test_a_newcomer_presses_and_fills_in(opened: "Page", acme: Town) -> None:
    page = opened
    assert page.locator(".message b").inner_text() == "80 USD"
    assert page.locator(".message .section .text").inner_text() == "Refunds 80 USD to cus_1 <b> @channel"
    page.select_option("#person", acme["ben"].id)
    page.click("article button:has-text('no')")
    page.wait_for_selector("#modal[open]")
    assert violations(page, Watch("")) == []
    page.fill("#modal input", "no")
    page.click("#modal .primary")
    page.wait_for_selector("#error-why:has-text('Say more.')")
    page.fill("#modal input", "wrong account")
    page.click("#modal .primary")
    page.wait_for_selector(".whisper:has-text('You said wrong account.')")
    page.select_option("#person", acme["ada"].id)
    page.wait_for_selector(".whisper", state="detached")
