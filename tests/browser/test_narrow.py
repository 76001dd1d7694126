"""On a phone nothing that one has to read stands to the right of the screen."""

from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest

from tests.browser.conftest import Site

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = pytest.mark.browser
WIDER = """[...document.querySelectorAll(".scroll")].filter(one => one.scrollWidth > one.clientWidth)
    .map(one => one.textContent)"""
PAGES = ("care", "settings/agents", "settings/keys", "settings/people", "settings/profile", "settings/deliveries")


@pytest.mark.parametrize("width", [390, 320])
def test_tables_of_settings_and_care_need_no_scrolling_sideways(
    site: Site, stay: Callable[..., "Page"], width: int
) -> None:
    site.ask()
    page = stay("eve", width=width, height=844)
    for name in PAGES:
        page.goto(f"{site.url}/w/demo/{name}")
        assert (name, page.evaluate(WIDER)) == (name, [])
    page.goto(f"{site.url}/w/demo/settings/agents")
    page.locator("tbody th a").first.click()
    page.wait_for_selector(".crumbs")
    assert page.evaluate(WIDER) == []


@pytest.mark.parametrize("width", [390, 320])
def test_ones_own_votes_by_day_fit(site: Site, stay: Callable[..., "Page"], width: int) -> None:
    site.review("ada", site.ask(), "reject", reason_code="other")
    page = stay("ada", width=width, height=844)
    page.goto(f"{site.url}/w/demo/care")
    assert page.locator(".scroll").count() > 1
    assert page.evaluate(WIDER) == []
