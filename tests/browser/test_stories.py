"""Ada, Ben and otto, from the first message to the last."""

from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest

from tests.browser.conftest import Site, enter

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = pytest.mark.browser
Sit = Callable[..., "Page"]
# Longer than the press that a medium risk asks for (static/js/approve.js), in milliseconds.
HELD = 1000


def until_live(page: "Page") -> None:
    page.wait_for_selector("#live.on")


def row(action: dict[str, str]) -> str:
    return f"a.row[data-id={action['id']}]"


def test_ada_sees_what_otto_asks_arrive_edits_it_and_approves(site: Site, sit: Sit) -> None:
    page = sit("")
    enter(page, site, "ada")
    until_live(page)
    action = site.ask(81, summary="Refund the duplicate charge.")
    page.click(row(action))
    page.wait_for_selector(f"#action[data-id={action['id']}]")
    assert page.url == site.page_of(action)
    assert page.inner_text(".effect p >> nth=0") == "Refunds 81 USD to customer cus_1."
    page.click("a[data-key=e]")
    page.fill("text=amount_usd >> xpath=../.. >> input", "60")
    page.click("button:has-text('Show the difference') >> nth=0")
    assert page.inner_text("main .changes del bdi") == "81"
    assert page.inner_text("main .changes ins bdi") == "60"
    page.check("input[value=amount_too_high]")
    page.fill("#comment", "Cap is 60.")
    page.click("button:has-text('Approve with these changes')", delay=HELD)
    page.wait_for_url("**/queue")
    assert "Approved billing.refund with your changes. otto may run it once until" in page.inner_text("#toasts")
    decision = site.see(action)["decision"]
    assert decision["tool_call"] == {"name": "billing.refund", "args": {"amount_usd": 60, "customer_id": "cus_1"}}
    assert (decision["reason_code"], decision["comment"], decision["decided_by"][0]["name"]) == (
        "amount_too_high",
        "Cap is 60.",
        "Ada",
    )


def test_ben_presses_second_and_reads_who_was_first(site: Site, sit: Sit) -> None:
    action = site.ask()
    ada, ben = sit("ada"), sit("ben", java_script_enabled=False)
    for page in (ada, ben):
        page.goto(site.page_of(action))
    ada.click("form[data-approve] button", delay=HELD)
    ada.wait_for_url("**/queue")
    ben.click("form[data-approve] button", delay=HELD)
    told = ben.inner_text(".notice")
    assert told.startswith("Ada approved this at")
    assert "over the console. Nothing was changed." in told
    assert ben.locator(".bar").count() == 0


def test_an_action_that_changed_under_the_reader_is_not_swapped_and_cannot_be_approved(site: Site, sit: Sit) -> None:
    action = site.ask(900)
    page = sit("ben")
    page.goto(site.page_of(action))
    until_live(page)
    site.review(
        "ada", action, tool_call={"name": "billing.refund", "args": {"customer_id": "cus_1", "amount_usd": 700}}
    )
    page.wait_for_selector("#news .notice")
    assert page.inner_text("#news .notice span") == "Revision 2 arrived."
    assert page.inner_text(".effect p >> nth=0") == "Refunds 900 USD to customer cus_1."
    assert page.get_attribute("form[data-approve] button", "aria-disabled") == "true"
    assert page.inner_text("#why") == "This action changed while you were reading. Look at the change first."
    page.keyboard.press("a", delay=HELD)
    page.click("form[data-approve] button", force=True)
    page.wait_for_timeout(700)
    assert site.see(action)["state"] == "pending"
    page.click("text=Show changes")
    page.wait_for_selector(".effect p:has-text('Refunds 700 USD')")
    assert "Revision 2 by Ada" in page.inner_text("#action")


def test_what_another_decides_leaves_the_queue_and_says_so(site: Site, sit: Sit) -> None:
    action = site.ask()
    page = sit("ben")
    page.goto(site.page_of(action))
    until_live(page)
    site.review("ada", action)
    page.wait_for_selector(f"{row(action)}", state="detached")
    page.wait_for_selector("#news .notice")
    assert page.inner_text("#news .notice span") == "This action was approved by Ada while you were reading."


def test_rejecting_in_the_dialog_tells_otto_why(site: Site, sit: Sit) -> None:
    action = site.ask()
    page = sit("ada")
    page.goto(site.page_of(action))
    page.click("a[data-key=r]")
    page.wait_for_selector("dialog#sheet[open]")
    assert page.evaluate("document.activeElement.name") == "reason_code"
    page.keyboard.press("Escape")
    assert page.evaluate("document.activeElement.dataset.key") == "r"
    page.click("a[data-key=r]")
    page.check("dialog input[value=looks_manipulated]")
    page.click("dialog button:has-text('Reject')")
    page.wait_for_url("**/queue")
    assert site.see(action)["decision"]["reason_code"] == "looks_manipulated"


def test_a_question_goes_out_and_its_answer_arrives(site: Site, sit: Sit) -> None:
    action = site.ask()
    page = sit("ada")
    page.goto(site.page_of(action))
    page.click("a[data-key=q]")
    page.fill("#question", "Which charge?")
    page.click("dialog button:has-text('Ask')")
    page.wait_for_selector(".thread")
    until_live(page)
    assert site.see(action)["question"] == "Which charge?"
    site.call("otto", "POST", f"/actions/{action['id']}/messages", {"text": "ch_1"})
    page.wait_for_selector("#news .notice")
    page.click("text=Show it")
    page.wait_for_selector(".thread .agent")
    assert page.inner_text(".thread .agent .said") == "ch_1"


def test_vera_may_look_and_reads_why_she_may_not_press(site: Site, sit: Sit) -> None:
    page = sit("vera")
    page.goto(site.page_of(site.ask()))
    assert page.locator(".bar button[aria-disabled=true]").count() == 4
    assert page.inner_text("#why") == "Your role may look but not decide. An admin can change it."


def test_without_a_socket_the_header_says_delayed_and_the_page_still_looks(site: Site, sit: Sit) -> None:
    page = sit("ada")
    page.route_web_socket("**/ws/**", lambda socket: socket.close())
    page.clock.install()
    page.goto(site.url + "/w/demo/queue")
    page.wait_for_selector("#live.late")
    assert page.inner_text("#live") == "Delayed"
    action = site.ask()
    page.clock.fast_forward(21_000)
    page.wait_for_selector(row(action))
    assert page.inner_text("#live") == "Delayed"


def test_who_logs_out_in_another_tab_is_told_in_this_one(site: Site, sit: Sit) -> None:
    page = sit("")
    enter(page, site, "ben")
    until_live(page)
    other = page.context.new_page()
    other.goto(site.url + "/")
    other.click(".menu.end summary")
    other.click("text=Log out")
    other.wait_for_url("**/login/**")
    site.ask()
    page.wait_for_selector("#live.late")
    assert page.inner_text("#live") == "Logged out: reload the page"


def test_the_chosen_theme_stays(site: Site, sit: Sit) -> None:
    page = sit("ada")
    page.goto(site.url + "/w/demo/queue")
    page.click(".menu.end summary")
    for theme in ("light", "dark"):
        page.click("[data-theme-switch]")
        assert page.get_attribute("html", "data-theme") == theme
    page.reload()
    assert page.get_attribute("html", "data-theme") == "dark"
    assert page.text_content("[data-theme-switch]") == "Theme: dark"
