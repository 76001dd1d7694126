"""The editor over the raw JSON and the policy: the field below it is what is sent, and nobody is caught in it."""

from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest

from tests.browser.conftest import Site, Watch
from tests.browser.test_accessibility import LOOKS, cut_off, violations

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = pytest.mark.browser
Sit = Callable[..., "Page"]
ACTIVE = "document.activeElement.id || document.activeElement.className"


def opened(sit: Sit, address: str, **look: object) -> "Page":
    page = sit("ada", **look)
    page.goto(address)
    page.wait_for_selector(".editor .cm-content")
    return page


def test_what_is_typed_into_the_editor_is_what_is_sent(site: Site, sit: Sit) -> None:
    page = opened(sit, site.page_of(site.ask(), "edit"))
    page.click("label[for=raw]")
    assert page.evaluate(ACTIVE) == "editor"
    page.keyboard.press("Control+a")
    page.keyboard.insert_text('{"customer_id": "cus_9", "amount_usd": 79}')
    assert page.input_value("#raw") == '{"customer_id": "cus_9", "amount_usd": 79}'
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.wait_for_selector("main .changes")
    assert "cus_9" in page.inner_text("main .changes")


def test_numbers_and_doubled_names_arrive_as_they_were_typed(site: Site, sit: Sit) -> None:
    page = opened(sit, site.page_of(site.ask(), "edit"))
    page.fill("#raw", '{"customer_id": "a", "customer_id": "b", "amount_usd": 9007199254740993}')
    assert page.inner_text(".editor .cm-content").count("customer_id") == 2
    page.click("form:has(#raw) button")
    page.wait_for_selector(".notice:has-text('This is not the JSON of arguments')")
    page.wait_for_selector(".editor .cm-content:has-text('9007199254740993')")


def test_hidden_characters_are_spelled_and_others_underlined(site: Site, sit: Sit) -> None:
    page = opened(sit, site.page_of(site.ask(), "edit"))
    page.fill("#raw", '{"customer_id": "N\u043erthwind \u202egpj\u200b\u3164\U000e0041"}')
    hidden = page.locator(".editor .cm-hidden").all_inner_texts()
    assert hidden == ["U+202E", "U+200B", "U+3164", "U+E0041"]
    assert page.locator(".editor .cm-other").first.get_attribute("title") == "U+043E"
    assert page.input_value("#raw") == '{"customer_id": "N\u043erthwind \u202egpj\u200b\u3164\U000e0041"}'


def test_tab_leaves_the_json_at_once_and_the_policy_after_escape(site: Site, sit: Sit) -> None:
    page = opened(sit, site.page_of(site.ask(), "edit"))
    page.click(".editor .cm-content")
    page.keyboard.press("Tab")
    assert page.evaluate(ACTIVE) == "btn"
    page.keyboard.press("Shift+Tab")
    assert page.evaluate(ACTIVE) == "editor"
    page.goto(site.url + "/w/demo/policies/edit")
    page.wait_for_selector(".editor .cm-content")
    page.click("label[for=text]")
    page.keyboard.press("Control+Home")
    page.keyboard.press("Tab")
    assert (page.evaluate(ACTIVE), page.input_value("#text")[:3]) == ("editor", "  #")
    page.keyboard.press("Escape")
    # However long one takes for it.
    page.wait_for_timeout(2500)
    page.keyboard.press("Tab")
    assert page.evaluate(ACTIVE) == "note"


def test_the_server_reads_along_with_the_editor(site: Site, sit: Sit) -> None:
    page = opened(sit, site.url + "/w/demo/policies/edit")
    page.click("label[for=text]")
    page.keyboard.press("Control+End")
    page.keyboard.insert_text("\nnonsense: 1\n")
    page.wait_for_selector("#checked h2:text-is('1 fault')")
    page.click("#checked a[data-line]")
    assert page.evaluate(ACTIVE) == "editor"
    assert page.locator(".editor .cm-activeLine").inner_text() == "nonsense: 1"


def test_the_queue_loads_nothing_of_it(site: Site, sit: Sit) -> None:
    action, page = site.ask(), sit("ada")
    loaded: list[str] = []
    page.on("request", lambda request: loaded.append(request.url))
    page.goto(site.page_of(action))
    page.wait_for_selector("#live.on")
    assert [url for url in loaded if "/editor." in url] == []
    page.goto(site.page_of(action, "edit"))
    page.wait_for_selector(".editor .cm-content")
    assert len([url for url in loaded if "/editor." in url]) == 2


@pytest.mark.parametrize("look", LOOKS)
def test_it_reads_well(site: Site, sit: Sit, watch: Watch, look: str) -> None:
    page = opened(sit, site.page_of(site.ask(), "edit"), **LOOKS[look])
    assert violations(page, watch) == []
    assert cut_off(page) == []
    page.goto(site.url + "/w/demo/policies/edit")
    page.wait_for_selector(".editor .cm-content")
    assert violations(page, watch) == []
    assert cut_off(page) == []
