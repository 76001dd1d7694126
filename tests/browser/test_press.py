"""The approve button: a longer press for a riskier action, an equal way for who cannot hold, and all has been seen."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest

from tests.browser.conftest import Site
from tests.browser.hostile import LONG, MANY

if TYPE_CHECKING:
    from playwright.sync_api import Locator, Page

pytestmark = pytest.mark.browser
Sit = Callable[..., "Page"]
RESTED = 600
HELD = 1000
SHORT = 150

READ = 80
DRAWN = "new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))"


def opened(page: "Page", site: Site, action: dict[str, Any]) -> "Locator":
    """The approve button of the action's page, once keys are awake."""
    page.goto(site.page_of(action))
    page.wait_for_selector("#live.on")
    page.wait_for_timeout(RESTED)
    return page.locator("form[data-approve] button")


def drawn(page: "Page") -> None:
    """Each step is drawn before the next one, on a machine that is busy too."""
    page.wait_for_timeout(READ)
    page.evaluate(DRAWN)


def test_a_low_risk_takes_one_press(site: Site, sit: Sit) -> None:
    action = site.ask(tool="crm.note", args={"customer_id": "cus_1", "text": "Prefers e-mail."})
    page = sit("ada")
    button = opened(page, site, action)
    assert button.locator(".word").inner_text() == "Approve"
    button.click()
    page.wait_for_url("**/queue")
    assert site.see(action)["state"] == "approved"


def test_a_medium_risk_is_held(site: Site, sit: Sit) -> None:
    action = site.ask()
    page = sit("ada")
    button = opened(page, site, action)
    assert button.inner_text().startswith("Hold to approve")
    button.click(delay=SHORT)
    page.wait_for_selector("press-to-approve.armed")
    assert button.inner_text().startswith("Press again to approve")
    assert site.see(action)["state"] == "pending"
    page.reload()
    button.click(delay=HELD)
    page.wait_for_url("**/queue")
    assert site.see(action)["state"] == "approved"


def test_two_quick_presses_are_not_enough_and_two_slow_ones_are(site: Site, sit: Sit) -> None:
    action = site.ask()
    page = sit("ada")
    button = opened(page, site, action)
    button.dblclick(delay=20)
    page.wait_for_selector("press-to-approve.armed")
    assert site.see(action)["state"] == "pending"
    page.wait_for_timeout(HELD)
    button.click(delay=20)
    page.wait_for_url("**/queue")
    assert site.see(action)["state"] == "approved"


@pytest.mark.parametrize("key", ["a", "Enter", " "])
def test_a_key_is_held_or_pressed_twice(site: Site, sit: Sit, key: str) -> None:
    held, twice = site.ask(), site.ask()
    page = sit("ada")
    button = opened(page, site, held)
    if key != "a":
        button.focus()
    page.keyboard.down(key)
    page.wait_for_selector("press-to-approve.holding")
    page.keyboard.down(key)
    page.wait_for_url("**/queue")
    page.keyboard.up(key)
    button = opened(page, site, twice)
    if key != "a":
        button.focus()
    page.keyboard.press(key, delay=20)
    page.wait_for_selector("press-to-approve.armed")
    page.keyboard.press(key, delay=20)
    page.wait_for_selector("press-to-approve.armed")
    page.wait_for_timeout(HELD)
    assert site.see(twice)["state"] == "pending"
    page.keyboard.press(key, delay=20)
    page.wait_for_url("**/queue")
    assert [site.see(action)["state"] for action in (held, twice)] == ["approved", "approved"]


def test_software_that_presses_for_people_needs_two_presses_as_well(site: Site, sit: Sit) -> None:
    action = site.ask()
    page = sit("ada")
    button = opened(page, site, action)
    button.dispatch_event("click")
    page.wait_for_selector("press-to-approve.armed")
    page.wait_for_timeout(HELD)
    assert site.see(action)["state"] == "pending"
    button.dispatch_event("click")
    page.wait_for_url("**/queue")
    assert site.see(action)["state"] == "approved"


def test_a_press_that_leaves_the_button_does_not_approve(site: Site, sit: Sit) -> None:
    action = site.ask()
    page = sit("ada")
    opened(page, site, action).hover()
    page.mouse.down()
    page.wait_for_selector("press-to-approve.holding")
    page.mouse.move(5, 5)
    page.wait_for_selector("press-to-approve.armed")
    page.wait_for_timeout(HELD)
    page.mouse.up()
    assert site.see(action)["state"] == "pending"


def test_a_long_value_has_to_have_been_on_screen_from_its_begin_to_its_end(site: Site, sit: Sit) -> None:
    action = site.ask(tool=LONG["tool"], args={"memo": LONG["args"]["memo"]})
    page = sit("ada")
    button = opened(page, site, action)
    why = page.locator("#why")
    assert why.inner_text().startswith("Scroll through value 1 first: ")
    box = page.locator("[data-whole]")
    box.focus()
    page.keyboard.press("End")
    page.wait_for_timeout(RESTED)
    assert button.get_attribute("aria-disabled") == "true"
    button.click(delay=HELD * 2, force=True)
    assert site.see(action)["state"] == "pending"
    page.keyboard.press("Tab")
    box.focus()
    page.keyboard.press("Home")
    for _ in range(60):
        page.keyboard.press("PageDown")
        drawn(page)
    page.wait_for_selector("[data-whole].seen")
    assert why.inner_text() == "Bound to exactly these arguments: revision 1"
    button.click(delay=HELD * 2)
    page.wait_for_url("**/queue")
    assert site.see(action)["state"] == "approved"


def test_of_a_thousand_arguments_all_have_to_have_been_on_screen(site: Site, sit: Sit) -> None:
    page = sit("ada")
    button = opened(page, site, site.ask(**MANY))
    assert page.inner_text("#why").startswith("Scroll through all 1000 arguments first: ")
    page.locator("[data-end]").scroll_into_view_if_needed()
    page.wait_for_timeout(RESTED)
    assert button.get_attribute("aria-disabled") == "true"
    page.locator("#action-title").scroll_into_view_if_needed()
    page.mouse.move(900, 400)
    for _ in range(150):
        page.mouse.wheel(0, 600)
        drawn(page)
    page.wait_for_selector("form[data-approve] button:not([aria-disabled])")
    assert page.inner_text("#why") == "Bound to exactly these arguments: revision 1"
    assert button.is_enabled()


def test_what_held_for_one_action_does_not_hold_for_the_next(site: Site, sit: Sit) -> None:
    action = site.ask(tool="crm.note", args={"customer_id": "cus_1", "text": "Short."})
    page = sit("ada")
    opened(page, site, site.ask(**MANY))
    page.click(f"a.row[data-id={action['id']}]")
    page.wait_for_selector(f"#action[data-id={action['id']}]")
    assert page.locator("form[data-approve] button[aria-disabled]").count() == 0
    assert page.inner_text("#why") == "Bound to exactly these arguments: revision 1"
