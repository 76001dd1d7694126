"""Quick work with the keyboard alone, and two people at once."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest

from tests.browser.conftest import Site, Watch
from tests.browser.test_keys import open_id, press

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = pytest.mark.browser
# A tab says so when it closes; one that cannot is not heard of for GONE seconds, and seen to be gone at a beat.
GONE_BY = 30_000
Sit = Callable[..., "Page"]


def note(site: Site, customer: str, text: str = "Prefers e-mail.", **more: Any) -> dict[str, Any]:
    return site.ask(tool="crm.note", args={"customer_id": customer, "text": text}, **more)


def states(site: Site, actions: list[dict[str, Any]]) -> list[str]:
    return [site.see(action)["state"] for action in actions]


def until_live(*pages: "Page") -> None:
    for page in pages:
        page.wait_for_selector("#live.on")


def test_twenty_by_one_key_each_without_loading_a_page(site: Site, sit: Sit) -> None:
    made = [note(site, f"cus_one_{n}") for n in range(20)]
    page = sit("ada")
    loads: list[str] = []
    page.goto(site.url + "/w/demo/queue?text=cus_one_&view=all")
    page.on("load", lambda page: loads.append(page.url))
    keys = 0
    while page.locator("#action[data-id]").count():
        before = open_id(page)
        press(page, "a")
        page.wait_for_selector(f"#action[data-id='{before}']", state="detached")
        keys += 1
    assert (states(site, made), keys, loads) == (["approved"] * 20, 20, [])
    assert page.inner_text("#main h1") == "Nothing that you asked for waits"
    assert page.url == site.url + "/w/demo/queue?text=cus_one_&view=all"


def test_twenty_alike_by_two_keys(site: Site, sit: Sit) -> None:
    made = [note(site, f"cus_two_{n}") for n in range(20)]
    page = sit("ada")
    page.goto(site.page_of(made[0]))
    press(page, "b")
    page.wait_for_selector("form[data-alike]")
    press(page, "a")
    page.wait_for_selector("h1:has-text('Approved:')")
    assert set(states(site, made)) == {"approved"}


def test_the_next_slides_in_and_the_focus_and_the_word_go_along(site: Site, sit: Sit) -> None:
    first, second = (note(site, f"cus_slide_{n}", expires_in=600 + n) for n in range(2))
    page = sit("ada")
    page.goto(f"{site.page_of(first)}?text=cus_slide_")
    press(page, "a")
    page.wait_for_selector(f"#action[data-id={second['id']}]")
    assert page.evaluate("document.activeElement.id") == "main"
    assert page.inner_text("#toasts").startswith("Approved crm.note.")
    assert [row.get_attribute("data-id") for row in page.locator("a.row").all()] == [second["id"]]
    assert page.locator("a.row[aria-current=true]").get_attribute("data-id") == second["id"]
    press(page, "r")
    page.wait_for_selector("dialog#sheet[open]")
    page.keyboard.press("Space")
    page.keyboard.press("Enter")
    page.wait_for_selector("dialog#sheet[open]", state="detached")
    page.wait_for_selector("#main .empty")
    assert states(site, [first, second]) == ["approved", "rejected"]


def test_what_comes_next_is_asked_for_ahead_and_shown_without_waiting(site: Site, sit: Sit) -> None:
    made = [note(site, f"cus_ahead_{n}", expires_in=600 + n) for n in range(4)]
    page = sit("ada")
    asked: list[str] = []
    page.on(
        "request",
        lambda request: asked.append(request.url.removeprefix(site.url)) if "/detail" in request.url else None,
    )
    with page.expect_request_finished(lambda request: f"{made[2]['id']}/detail" in request.url):
        page.goto(f"{site.page_of(made[0])}?text=cus_ahead_")
    detail = "/w/demo/actions/{}/detail?text=cus_ahead_"
    assert sorted(asked) == sorted(detail.format(one["id"]) + "&prefetch=1" for one in made[1:3])
    asked.clear()
    with page.expect_request_finished(lambda request: request.url.endswith(detail.format(made[1]["id"]))):
        press(page, "j")
        page.wait_for_selector(f"#action[data-id={made[1]['id']}]")
    assert asked[0] == detail.format(made[1]["id"])
    press(page, "a")
    page.wait_for_selector(f"#action[data-id={made[2]['id']}]")
    assert states(site, made) == ["pending", "approved", "pending", "pending"]


def test_what_changed_after_it_was_fetched_ahead_is_not_shown_old(site: Site, sit: Sit) -> None:
    first, second = site.ask(900, expires_in=600), site.ask(901, expires_in=601)
    page = sit("ben")
    with page.expect_request_finished(lambda request: f"{second['id']}/detail" in request.url):
        page.goto(f"{site.page_of(first)}?text=billing.refund")
    until_live(page)
    with page.expect_request_finished(lambda request: "queue/rows" in request.url):
        args = {"customer_id": "cus_1", "amount_usd": 700}
        site.review("ada", second, tool_call={"name": "billing.refund", "args": args})
    page.click(f"a.row[data-id={second['id']}]")
    page.wait_for_selector(".effect p:has-text('Refunds 700 USD')")


def test_ben_claims_and_ada_sees_it_and_goes_by(site: Site, sit: Sit) -> None:
    first, held, third = (note(site, f"cus_claim_{n}", expires_in=600 + n) for n in range(3))
    ada, ben = sit("ada"), sit("ben")
    ben.goto(f"{site.page_of(held)}?text=cus_claim_")
    ada.goto(f"{site.page_of(first)}?text=cus_claim_")
    until_live(ada, ben)
    press(ben, "x")
    ben.wait_for_selector("#company:has-text('Yours until')")
    ada.wait_for_selector(f"#row-{held['id']} .held:has-text('Ben until')")
    press(ada, "a")
    ada.wait_for_selector(f"#action[data-id={third['id']}]")
    ada.click(f"a.row[data-id={held['id']}]")
    ada.wait_for_selector("#company:has-text('Ben has it until')")
    press(ben, "x")
    ada.wait_for_selector("#company button[data-key=x]:has-text('Claim')")
    assert states(site, [first, held, third]) == ["approved", "pending", "pending"]


def test_a_claim_is_given_back_when_its_holder_opens_another(site: Site, sit: Sit) -> None:
    first, second = (note(site, f"cus_leave_{n}", expires_in=600 + n) for n in range(2))
    ada, ben = sit("ada"), sit("ben")
    ada.goto(f"{site.page_of(first)}?text=cus_leave_")
    ben.goto(f"{site.page_of(first)}?text=cus_leave_")
    until_live(ada, ben)
    press(ben, "x")
    ada.wait_for_selector("#company:has-text('Ben has it until')")
    press(ben, "j")
    ben.wait_for_selector(f"#action[data-id={second['id']}]")
    ada.wait_for_selector("#company button[data-key=x]")


def test_two_people_at_one_action_see_each_other_and_who_was_first(site: Site, sit: Sit) -> None:
    action = note(site, "cus_both")
    ada, ben = sit("ada"), sit("ben")
    ada.goto(f"{site.page_of(action)}?text=cus_both")
    until_live(ada)
    ben.goto(f"{site.page_of(action)}?text=cus_both")
    ada.wait_for_selector("#company .here:has-text('Ben looks')")
    ben.wait_for_selector("#company .here:has-text('Ada looks')")
    assert ada.inner_text(f"#row-{action['id']} .here") == "Ben looks"
    press(ada, "a")
    ben.wait_for_selector("#news .notice")
    assert ben.inner_text("#news .notice span") == "This action was approved by Ada while you were reading."
    assert ben.get_attribute("form[data-approve] button", "aria-disabled") == "true"
    press(ben, "r")
    ben.wait_for_selector("dialog#sheet[open]")
    assert "Ada approved this at" in ben.inner_text("dialog#sheet .notice")


def test_a_tab_that_is_closed_is_soon_gone(site: Site, sit: Sit) -> None:
    action = note(site, "cus_gone")
    ada, ben = sit("ada"), sit("ben")
    for page in (ada, ben):
        page.goto(f"{site.page_of(action)}?text=cus_gone")
        until_live(page)
    ada.wait_for_selector("#company .here:has-text('Ben looks')")
    ben.close()
    ada.wait_for_selector("#company .here:has-text('Ben looks')", state="detached", timeout=GONE_BY)


def test_a_view_is_made_and_chosen(site: Site, sit: Sit) -> None:
    note(site, "cus_view")
    page = sit("ada")
    page.goto(site.url + "/w/demo/queue?view=all")
    page.fill("#search", "cus_view")
    page.wait_for_selector("text=Save this view")
    assert page.locator("a.row").count() == 1
    page.click("text=Save this view")
    page.fill("#view-name", "Views of cus_view")
    page.click(".views form button")
    page.wait_for_selector("#views a[aria-current=true]:has-text('Views of cus_view')")
    page.click("#views a:has-text('All')")
    page.wait_for_selector("#views a[aria-current=true]:has-text('All')")
    page.click("#views .manage")
    page.click("button:has-text('Delete')")
    page.wait_for_selector("text=You keep none yet.")


def test_a_press_that_does_not_arrive_says_so_and_can_be_pressed_again(site: Site, sit: Sit, watch: Watch) -> None:
    action = note(site, "cus_lost")
    page = sit("ada")
    page.goto(f"{site.page_of(action)}?text=cus_lost")
    page.route("**/approve*", lambda route: route.abort())
    press(page, "a")
    page.wait_for_selector("#toasts .error")
    assert page.inner_text("#toasts .error").startswith("That did not arrive, and nothing was changed.")
    page.unroute("**/approve*")
    press(page, "a")
    page.wait_for_selector("#main .empty")
    assert states(site, [action]) == ["approved"]
    assert ["Failed to fetch" in fault for fault in watch.faults] == [True]
    watch.faults.clear()
