"""The policy editor as only a browser can show it: the server's word beside the text, while it is written."""

from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest

from tests.browser.conftest import Site

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = pytest.mark.browser
Sit = Callable[..., "Page"]


def test_the_server_reads_along_and_leads_to_the_line(site: Site, sit: Sit) -> None:
    page = sit("ada")
    page.goto(site.url + "/w/demo/policies/edit")
    text = page.input_value("#text")
    page.fill("#text", text.replace("\n    effect: allow", "\n    effect: alow", 1))
    page.wait_for_selector("#checked h2:text-is('1 fault')")
    assert "did you mean allow?" in page.inner_text("#checked")
    page.click("#checked a[data-line]")
    picked = "document.getSelection().toString() || (t => t.value.slice(t.selectionStart, t.selectionEnd))(text)"
    assert page.evaluate(f"(() => {{ const text = document.getElementById('text'); return {picked} }})()") == (
        "    effect: alow"
    )
    page.fill("#text", text.replace("args.amount_usd <= 50", "args.amount_usd <= 60", 1))
    page.wait_for_selector("#checked h2:text-is('Loosens')")
    page.wait_for_selector("#checked h2:text-is('No faults')")


def test_where_no_editor_comes_a_tab_indents_and_escape_lets_go(site: Site, sit: Sit) -> None:
    page = sit("ada")
    page.route("**/js/editor.*", lambda route: route.abort())
    page.goto(site.url + "/w/demo/policies/edit")
    page.fill("#text", "")
    page.focus("#text")
    page.keyboard.press("Tab")
    assert (page.input_value("#text"), page.evaluate("document.activeElement.id")) == ("  ", "text")
    page.keyboard.press("Escape")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.id") == "note"
