"""Single keys: quick hands without accidents."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from tests.browser.conftest import Site

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = pytest.mark.browser
Sit = Callable[..., "Page"]
REST, RESTED = 500, 600
# Longer than an action of medium risk wants to be pressed.
HELD = 1000


def open_id(page: "Page") -> str:
    return page.get_attribute("#action", "data-id") or ""


def ids(page: "Page") -> list[str]:
    return [row.get_attribute("data-id") or "" for row in page.locator("a.row").all()]


def press(page: "Page", key: str) -> None:
    page.wait_for_selector(".htmx-request", state="detached")
    page.wait_for_timeout(RESTED)
    page.keyboard.press(key, delay=HELD if key == "a" else 0)


def test_j_and_k_walk_the_list_and_the_focus_goes_along(site: Site, sit: Sit) -> None:
    for _ in range(3):
        site.ask()
    page = sit("ada")
    page.goto(site.url + "/w/demo/queue")
    first, second = ids(page)[:2]
    page.click(f"a.row[data-id={first}]")
    page.wait_for_selector(f"#action[data-id={first}]")
    press(page, "j")
    page.wait_for_selector(f"#action[data-id={second}]")
    assert page.locator("a.row[aria-current=true]").get_attribute("data-id") == second
    assert page.evaluate("document.activeElement.id") == "main"
    press(page, "k")
    page.wait_for_selector(f"#action[data-id={first}]")
    press(page, "k")
    assert open_id(page) == first


def test_a_approves_what_is_open_and_the_next_one_is_not_hit_by_the_same_press(site: Site, sit: Sit) -> None:
    first, second = site.ask(expires_in=601), site.ask(expires_in=602)
    page = sit("ada")
    page.goto(site.page_of(first))
    page.wait_for_timeout(RESTED)
    page.keyboard.down("a")
    page.wait_for_url("**/queue")
    for _ in range(5):
        page.keyboard.down("a")
    page.keyboard.up("a")
    page.wait_for_timeout(300)
    assert [site.see(action)["state"] for action in (first, second)] == ["approved", "pending"]


def test_keys_rest_for_half_a_second_after_the_page_changed(site: Site, sit: Sit) -> None:
    action = site.ask()
    page = sit("ada")
    page.clock.install()
    page.clock.pause_at(datetime.now(UTC) + timedelta(minutes=1))
    page.goto(site.page_of(action))
    page.clock.run_for(REST - 1)
    for key in ("a", "?"):
        page.keyboard.press(key)
    assert page.locator("dialog[open], .holding, .armed").count() == 0
    page.clock.run_for(1)
    page.keyboard.press("?")
    page.wait_for_selector("dialog#keys[open]")
    assert site.see(action)["state"] == "pending"


def test_keys_are_letters_while_one_types(site: Site, sit: Sit) -> None:
    action = site.ask()
    page = sit("ada")
    page.goto(site.page_of(action))
    press(page, "/")
    assert page.evaluate("document.activeElement.id") == "search"
    page.keyboard.type("arejkq", delay=20)
    assert page.input_value("#search") == "arejkq"
    assert site.see(action)["state"] == "pending"


def test_keys_do_nothing_under_an_open_dialog(site: Site, sit: Sit) -> None:
    action = site.ask()
    page = sit("ada")
    page.goto(site.page_of(action))
    press(page, "?")
    page.wait_for_selector("dialog#keys[open]")
    press(page, "a")
    page.wait_for_timeout(300)
    assert site.see(action)["state"] == "pending"


def test_keys_can_be_switched_off(site: Site, sit: Sit) -> None:
    action = site.ask()
    page = sit("ben")
    page.goto(site.page_of(action))
    page.click(".menu.end summary")
    page.click("[data-opens=keys]")
    page.uncheck("[data-keys-on]")
    page.click("dialog#keys button")
    press(page, "a")
    page.reload()
    press(page, "a")
    page.wait_for_timeout(300)
    assert site.see(action)["state"] == "pending"
    page.click(".menu.end summary")
    page.click("[data-opens=keys]")
    page.check("[data-keys-on]")
    page.click("dialog#keys button")
    press(page, "j")


def test_a_dialog_can_be_cancelled_and_says_so(site: Site, sit: Sit) -> None:
    page = sit("ada")
    page.goto(site.page_of(site.ask()))
    press(page, "r")
    page.wait_for_selector("dialog#sheet[open]")
    page.wait_for_timeout(RESTED)
    assert page.inner_text("dialog#sheet [data-dismisses]") == "Cancel"
    page.click("dialog#sheet [data-dismisses]")
    page.wait_for_selector("dialog#sheet", state="hidden")


def test_a_persons_own_key_does_it_and_the_button_says_so(site: Site, sit: Sit) -> None:
    action = site.ask()
    page = sit("ben")
    page.goto(site.url + "/w/demo/settings/shortcuts")
    page.fill("#key_approve", "y")
    page.click("button:has-text('Save')")
    page.goto(site.page_of(action))
    assert page.inner_text("form[data-approve] kbd") == "y"
    press(page, "a")
    page.wait_for_timeout(RESTED)
    page.keyboard.press("y", delay=HELD)
    page.wait_for_url("**/queue")
    assert site.see(action)["state"] == "approved"
    page.goto(site.url + "/w/demo/settings/shortcuts")
    page.click("button:has-text('As they came')")


@pytest.mark.parametrize(
    ("key", "arrives"), [("r", "dialog#sheet[open] input[name=reason_code]"), ("q", "#question"), ("e", "#raw")]
)
def test_r_q_and_e_open_their_forms(site: Site, sit: Sit, key: str, arrives: str) -> None:
    page = sit("ada")
    page.goto(site.page_of(site.ask()))
    press(page, key)
    page.wait_for_selector(arrives)
