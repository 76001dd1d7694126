"""With JavaScript off everything still works; it only takes a page more."""

from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest

from tests.browser.conftest import Site, enter

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = pytest.mark.browser
Sit = Callable[..., "Page"]


@pytest.fixture
def page(sit: Sit) -> "Page":
    return sit("ada", java_script_enabled=False)


def test_ada_logs_in_and_finds_what_waits(site: Site, sit: Sit) -> None:
    action = site.ask(expires_in=120)
    page = sit("", java_script_enabled=False)
    enter(page, site, "ada")
    page.goto(site.url + "/w/demo/queue?risk=medium")
    assert page.locator(f"a.row[data-id={action['id']}]").count() == 1
    assert page.inner_text("#live") == "Not live: reload to see news"
    assert page.locator("header button:visible").count() == 0


def test_ada_approves(site: Site, page: "Page") -> None:
    action = site.ask()
    page.goto(site.page_of(action))
    page.click("form[data-approve] button")
    assert page.inner_text("#toasts").startswith("Approved billing.refund.")
    assert site.see(action)["state"] == "approved"


def test_ada_rejects_on_a_page_of_its_own(site: Site, page: "Page") -> None:
    action = site.ask()
    page.goto(site.page_of(action))
    page.click("a[data-key=r]")
    assert page.url == site.page_of(action, "reject")
    page.check("input[value=not_needed]")
    page.fill("#comment", "Done by hand.")
    page.click("button:has-text('Reject')")
    assert site.see(action)["decision"]["reason_code"] == "not_needed"


def test_ada_edits_raw_json(site: Site, page: "Page") -> None:
    action = site.ask()
    page.goto(site.page_of(action, "edit"))
    page.fill("#raw", '{"customer_id": "cus_1", "amount_usd": 55.5}')
    page.click("form:has(#raw) button")
    assert page.inner_text(".changes ins bdi") == "55.5"
    page.check("input[value=amount_too_high]")
    page.click("button:has-text('Approve with these changes')")
    assert site.see(action)["decision"]["tool_call"]["args"] == {"amount_usd": 55.5, "customer_id": "cus_1"}


def test_ada_asks(site: Site, page: "Page") -> None:
    action = site.ask()
    page.goto(site.page_of(action, "ask"))
    page.fill("#question", "Which charge?")
    page.click("button:has-text('Ask')")
    assert page.url == site.page_of(action)
    assert page.inner_text(".thread .said") == "Which charge?"


def test_ada_decides_a_test_action_and_learns_from_it(site: Site, page: "Page") -> None:
    site.review("ben", site.ask(args={"customer_id": "cus_practice", "amount_usd": 80}))
    page.goto(site.url + "/w/demo/settings/test-actions")
    page.click("button:has-text('Save')")
    page.click("button:has-text('Put a test action into the queue')")
    assert page.inner_text("#toasts") == "One is in the queue, among the others."
    page.goto(site.page_of(site.call("ada", "GET", "/actions?state=pending&limit=1")["items"][0]))
    assert page.locator(".lesson").count() == 0
    page.click("a[data-key=r]")
    page.check("input[value=looks_manipulated]")
    page.click("button:has-text('Reject')")
    assert page.inner_text("#lesson-title") in {"You were right.", "You stopped one that was fine."}
    assert page.inner_text(".lesson .src") == (
        "This was a test action, made by Countersign in the name of otto. Nothing could have run."
    )


def test_ada_filters_the_queue(site: Site, page: "Page") -> None:
    action = site.ask(args={"customer_id": "cus_findme", "amount_usd": 80})
    page.goto(site.url + "/w/demo/queue")
    page.fill("#search", "FINDME")
    page.press("#search", "Enter")
    assert [row.get_attribute("data-id") for row in page.locator("a.row").all()] == [action["id"]]


def test_ada_claims_and_gives_back(site: Site, page: "Page") -> None:
    page.goto(site.page_of(site.ask()))
    page.click("#company button:has-text('Claim')")
    assert page.inner_text("#company").startswith("Yours until")
    page.click("#company button:has-text('Give it back')")
    assert page.inner_text("#toasts") == "It is free for others again."


def test_ada_decides_together(site: Site, page: "Page") -> None:
    made = [site.ask(tool="crm.note", args={"customer_id": f"cus_plain_{n}", "text": "x"}) for n in range(2)]
    page.goto(site.page_of(made[0]))
    page.click("#company a:has-text('together')")
    page.click("button:has-text('Approve those that are ticked')")
    assert page.inner_text("h1").startswith("Approved: ")
    assert [site.see(action)["state"] for action in made] == ["approved", "approved"]


def test_ada_keeps_a_view(site: Site, page: "Page") -> None:
    page.goto(site.url + "/w/demo/queue?risk=low")
    page.click("text=Save this view")
    page.fill("#view-name", "Low")
    page.click(".views form button")
    assert page.inner_text("#toasts") == "The view Low is saved."
    page.click("#views .manage")
    page.click("button:has-text('Delete')")
