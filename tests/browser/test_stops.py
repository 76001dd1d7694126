"""What only a browser can show of the stop switch: an open page learns of it by itself."""

from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest

from tests.browser.conftest import Site, Watch

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = pytest.mark.browser


def test_an_open_page_says_what_is_stopped_and_stops_saying_so(
    site: Site, sit: Callable[..., "Page"], watch: Watch
) -> None:
    page = sit("vera")
    page.goto(site.url + "/w/demo/history")
    page.wait_for_selector("#live.on")
    stop = site.call("ben", "POST", "/stops", {"mode": "pause", "tool": "live.*", "reason": "A browser looks"})
    told = "#stops li:has-text('every tool live.* waits, and nothing of it runs.')"
    page.wait_for_selector(told)
    site.call("ada", "POST", f"/stops/{stop['id']}/release", {"reason": "Seen"})
    page.wait_for_selector(told, state="detached")


def test_without_script_it_is_pulled_and_released_as_well(site: Site, sit: Callable[..., "Page"], watch: Watch) -> None:
    page = sit("ada", java_script_enabled=False)
    page.goto(site.url + "/w/demo/stop")
    page.fill("#stop_tool", "plain.*")
    page.click("main button:has-text('Stop')")
    page.click("button:has-text('Stop now')")
    page.wait_for_selector("#stops li:has-text('every tool plain.*')")
    page.click("li:has-text('Every tool plain.*') a:has-text('Release')")
    page.fill("#release_reason", "Looked at")
    page.check("#release_looked")
    page.click("main button:has-text('Release it')")
    page.wait_for_selector("th:has-text('Every tool plain.*')")
    assert page.locator("#stops li:has-text('plain')").count() == 0
