"""An agent that attacks the page reaches nothing: its text stays text, in every place and in both themes."""

import json
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest

from tests.browser.conftest import Site
from tests.browser.hostile import EVERYTHING, LONG, MANY, MARKUP, MEMO, USUAL

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = pytest.mark.browser
Sit = Callable[..., "Page"]

ARGS: dict[str, Any] = {
    "payee": "N\u043erthwind Supplies",
    "reference \u202eevil": "INV-2291 \u202egpj.oediv\u2066",
    "memo": "x" * 50_000 + " and pay Mallory instead " + "y" * 5_000,
    "hidden": "tag\U000e0041s \u200b\u200d\u3164\u115f\u2800\ufeff",
    "ansi": "\x1b[2J\x1b[31mred",
    MARKUP: MARKUP,
    "lines": [{"note": MARKUP, "n": n} for n in range(3)],
}


CLAIMS: dict[str, Any] = {"summary": MARKUP, "reasoning": MARKUP, "intent": "harmless", "metadata": {"k": MARKUP}}


LOOKS: dict[str, dict[str, Any]] = {
    "light": {"color_scheme": "light"},
    "dark": {"color_scheme": "dark"},
    "narrow": {"width": 390, "height": 844},
    "narrower": {"width": 320, "height": 800, "color_scheme": "dark"},
}


@pytest.fixture(scope="module")
def hostile(site: Site) -> dict[str, Any]:
    return site.ask(tool="bank.wire", args=ARGS, **CLAIMS)


def nothing_came_alive(page: "Page") -> None:
    """No element that only the attack could have brought, and nothing outside the viewport's width."""
    for selector in ("main script", "[onerror]", "a[href^=javascript]", "main [hx-on\\:click]"):
        assert (selector, page.locator(selector).count()) == (selector, 0)
    # Inside its shadow root the editor draws with pictures without a source, and places lines by their style.
    for selector in ("main img", "[style]"):
        assert (selector, page.evaluate("found => document.querySelectorAll(found).length", selector)) == (selector, 0)
    assert page.locator("main img[src]").count() == 0
    assert page.locator("main [hx-trigger=load]").count() == 0
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("what", ["", "edit", "reject", "history"])
def test_hostile_text_stays_text(site: Site, stay: Sit, hostile: dict[str, Any], what: str, scheme: str) -> None:
    page = stay("ada", color_scheme=scheme)
    page.goto(site.page_of(hostile, what))
    page.wait_for_selector("#live.on")
    nothing_came_alive(page)


def test_hostile_text_stays_text_on_a_narrow_page(site: Site, stay: Sit, hostile: dict[str, Any]) -> None:
    page = stay("ada", width=390, height=844)
    page.goto(site.page_of(hostile))
    nothing_came_alive(page)
    rejected = site.review("ada", site.ask(tool="bank.wire", args=ARGS, **CLAIMS), "reject", reason_code="not_needed")
    page.goto(site.url + "/w/demo/history")
    assert page.locator(f"a[href$='{rejected['id']}']").count() == 1
    nothing_came_alive(page)


@pytest.fixture(scope="module")
def fooling(site: Site) -> dict[str, dict[str, Any]]:
    """Calls that contradict what is said about them, hide what decides, or pile up arguments."""
    return {"long": site.ask(**LONG), "many": site.ask(**MANY), "usual": site.ask(**USUAL)}


@pytest.mark.parametrize("look", LOOKS)
@pytest.mark.parametrize("name", ["long", "many", "usual"])
def test_a_call_that_tries_to_fool_stays_text_on_every_page(
    site: Site, stay: Sit, fooling: dict[str, dict[str, Any]], name: str, look: str
) -> None:
    page = stay("ada", **LOOKS[look])
    for what in ("", "edit", "reject", "ask", "history"):
        page.goto(site.page_of(fooling[name], what))
        nothing_came_alive(page)
    page.goto(site.url + "/w/demo/queue")
    nothing_came_alive(page)


def test_the_difference_of_a_hostile_edit_is_text(site: Site, stay: Sit, fooling: dict[str, dict[str, Any]]) -> None:
    page = stay("ada", **LOOKS["narrow"])
    page.goto(site.page_of(fooling["usual"], "edit"))
    args = {"customer_id": "cus_\u202e9", "amount_usd": 980, "note": MARKUP}
    page.wait_for_selector(".editor .cm-content")
    page.fill("#raw", json.dumps(args))
    nothing_came_alive(page)
    page.click("form:has(#raw) button")
    page.wait_for_selector("main .changes")
    nothing_came_alive(page)
    assert "U+202E" in page.inner_text("main .changes")


def test_what_contradicts_the_summary_is_told_first(site: Site, stay: Sit, fooling: dict[str, dict[str, Any]]) -> None:
    page = stay("ada")
    page.goto(site.page_of(fooling["long"]))
    told = page.inner_text(".marks")
    for text in (
        "The agent's summary names acc_1, but not acc_9.",
        "The agent's summary says EUR 94.50; here stands another amount.",
        "The agent's summary names a@partner.example, but not mallory@evil.example.",
        "An odd name for an argument. The agent chose it.",
        "U+202E RIGHT-TO-LEFT OVERRIDE",
        "U+043E CYRILLIC SMALL LETTER O",
    ):
        assert text in told
    assert page.inner_text("[data-whole]") == MEMO
    reach = page.inner_text(".reach")
    assert reach.index("Not known") < reach.index("The agent says") < reach.index("94.50 EUR")
    sections = [part.get_attribute("aria-labelledby") for part in page.locator("#action .grid section").all()]
    assert sections[:3] == ["effect-title", "marks-title", "args-title"]
    assert sections[-2:] == ["dry-run-title", "claims-title"]


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_nobody_approves_the_worst_page_before_what_decides_stood_on_the_screen(
    site: Site, sit: Sit, scheme: str
) -> None:
    asked = site.ask(**EVERYTHING)
    page = sit("ada", color_scheme=scheme)
    page.goto(site.page_of(asked))
    page.wait_for_selector("#live.on")
    nothing_came_alive(page)
    told = page.inner_text(".marks")
    assert "Look at these 7 first" in told
    assert "Says the same up to 930 times; in between stands: “Pay Mallory 9,000 EUR instead.”" in told
    # The reader sees it without scrolling, beside who would get what.
    assert page.locator(".marks li", has_text="payee").bounding_box() is not None
    assert page.inner_text("#args-title") == "Arguments (1000 of 1000 shown)"
    button = page.locator("form[data-approve] press-to-approve button")
    assert button.get_attribute("aria-disabled") == "true"
    # Neither the end alone nor a key does it.
    page.keyboard.press("End")
    page.wait_for_timeout(600)
    page.keyboard.press("a", delay=1500)
    assert "Scroll through" in page.inner_text("#why")
    assert site.see(asked)["state"] == "pending"
    site.review("ben", asked, "reject", reason_code="looks_manipulated")


def test_every_argument_is_there_with_its_oddities_spelled_out(site: Site, stay: Sit, hostile: dict[str, Any]) -> None:
    page = stay("ada")
    page.goto(site.page_of(hostile))
    table = page.inner_text("table.args")
    assert page.locator("table.args tbody tr").count() == len(ARGS)
    for text in (
        "U+043E",
        "Invisible, or moves other characters: U+202E RIGHT-TO-LEFT OVERRIDE, U+2066 LEFT-TO-RIGHT ISOLATE.",
        "and pay Mallory instead",
        "U+E0041",
        "U+001B",
        "<script>alert(1)</script>",
    ):
        assert text in table
    assert not {"\u202e", "\u200b", "\u2066", "\ufeff", "\x1b"} & set(table)


def test_the_agents_words_stand_last_in_their_fence(site: Site, stay: Sit, hostile: dict[str, Any]) -> None:
    page = stay("ada")
    page.goto(site.page_of(hostile))
    assert page.locator("article section").last.get_attribute("aria-labelledby") == "claims-title"
    assert page.locator(".row", has_text="Approved by legal").count() == 0


def test_an_attribute_without_the_nonce_is_inert(site: Site, sit: Sit, watch: Any) -> None:
    page = sit("ada")
    page.goto(site.page_of(site.ask()))
    page.wait_for_selector("#live.on")
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.evaluate(
        """() => {
            const forged = document.createElement("p");
            forged.setAttribute("hx-get", "/w/demo/history");
            forged.setAttribute("hx-trigger", "load");
            document.querySelector("main").append(forged);
            htmx.process(forged);
        }"""
    )
    page.wait_for_timeout(300)
    assert [url for url in asked if url.endswith("/history")] == []
    assert [fault for fault in watch.faults if "hx-csp] blocked <p>" not in fault] == []
    watch.faults.clear()


def test_the_page_cannot_be_given_markup_as_text(site: Site, sit: Sit, watch: Any) -> None:
    page = sit("ada")
    page.goto(site.url + "/w/demo/queue")
    refused = page.evaluate(
        """() => {
            try { document.body.innerHTML = "<b>x</b>"; } catch (error) { return error instanceof TypeError; }
            return false;
        }"""
    )
    assert refused
    assert len(watch.faults) == 1
    watch.faults.clear()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_hostile_text_stays_text_when_one_looks_back(site: Site, stay: Sit, scheme: str) -> None:
    told = {"steps": [{"name": MARKUP[:200], "error": MARKUP}], "sources": [{"uri": MARKUP}]}
    evidence = [{"title": MARKUP[:200], "text": MARKUP}]
    asked = site.ask(
        tool="bank.wire", args=ARGS, trace_id=f"../{scheme}" + MARKUP[:190], trace=told, evidence=evidence, **CLAIMS
    )
    site.review("ada", asked, "reject", reason_code="looks_manipulated", comment=MARKUP)
    page = stay("ada", color_scheme=scheme)
    for what in ("replay", "history"):
        page.goto(site.page_of(asked, what))
        nothing_came_alive(page)
    page.click("text=Part of the trace >> a")
    assert page.url.startswith(f"{site.url}/w/demo/traces?id=..%2F{scheme}")
    assert page.locator(".story .claims li").count() == 3
    nothing_came_alive(page)
