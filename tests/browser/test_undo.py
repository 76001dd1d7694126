"""The time before an approval and after it, in a real browser."""

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

import pytest

from bench import _instance
from bench._instance import ROOT
from tests.browser.conftest import Site, Watch
from tests.browser.test_accessibility import cut_off, violations
from tests.browser.test_keys import HELD, RESTED

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = pytest.mark.browser
Sit = Callable[..., "Page"]
DEMO = ROOT / "config" / "demo" / "policies" / "demo.yaml"
CHECK = "I compared the amount with the charge"


def govern(site: Site, undo: str, dwell: str, more: str = "") -> None:
    """The demo's policy with other times for refunds of medium risk."""
    times = f"defaults:\n  undo: {{low: 0s, medium: {undo}}}\n  dwell: {{low: 0s, medium: {dwell}}}\n"
    text = DEMO.read_text().replace("defaults:\n", times, 1)
    if more:
        text = text.replace('    reason: "Finance signs from 50 USD on"\n', f"    {more}\n", 1)
    file = site.instance.data_dir / "times.yaml"
    file.write_text(text)
    site.instance.manage("policy", "activate", str(file), "--workspace", "demo", "--alone", "For this test")


@pytest.fixture
def times(site: Site) -> Iterator[Callable[..., None]]:
    """Sets them for one test; afterwards nobody waits again."""

    def of(undo: str, dwell: str = "0s", more: str = "") -> None:
        govern(site, undo, dwell, more)

    yield of
    _instance.approve_at_once(site.instance)


def test_z_takes_back_what_a_has_just_approved(site: Site, sit: Sit, times: Callable[..., None]) -> None:
    times("30s")
    action = site.ask()
    page = sit("ada")
    page.goto(site.page_of(action))
    page.wait_for_timeout(RESTED)
    page.keyboard.press("a", delay=HELD)
    page.wait_for_url("**/queue")
    toast = page.locator(".toast.undo")
    assert toast.locator("p").inner_text().startswith("Approved billing.refund. It takes effect at ")
    page.wait_for_selector(".toast.undo [data-closes]:has-text('In ')")
    page.wait_for_selector("[data-announces]:has-text('Press z to undo.')", state="attached")
    assert site.see(action)["closing_at"] is not None
    page.wait_for_timeout(RESTED)
    page.keyboard.press("z")
    page.wait_for_url(site.page_of(action))
    assert page.inner_text("#toasts") == "Your vote on billing.refund is taken back. It waits again."
    seen = site.see(action)
    assert (seen["state"], seen["closing_at"], seen["needs"][0]["approvals"]) == ("pending", None, 0)


def test_the_countdown_ends_and_the_agent_may_run(site: Site, sit: Sit, times: Callable[..., None]) -> None:
    times("2s")
    action = site.ask()
    page = sit("ada")
    page.goto(site.page_of(action))
    page.click("form[data-approve] button", delay=HELD)
    page.wait_for_url("**/queue")
    page.wait_for_selector(".toast.undo:has-text('The time to undo is over')")
    assert page.locator(".toast.undo form").count() == 0
    page.wait_for_selector(".toast.undo", state="detached")
    assert site.call("otto", "GET", f"/actions/{action['id']}?wait=10")["state"] == "approved"


def test_ben_sees_adas_countdown_and_stops_it(site: Site, sit: Sit, times: Callable[..., None]) -> None:
    times("30s")
    action = site.ask()
    page = sit("ben")
    page.goto(site.page_of(action))
    page.wait_for_selector("#live.on")
    site.review("ada", action)
    page.wait_for_selector("#news .notice")
    assert page.inner_text("#news .notice span").startswith("Nothing is missing any more: it takes effect at ")
    page.click("#news .notice >> text=Show it")
    page.wait_for_selector("#why [data-closes]:has-text('Takes effect in ')")
    assert page.locator(".bar [data-key=z]").count() == 0
    page.click("a[data-key=r]")
    page.check("dialog input[value=not_needed]")
    page.click("dialog button:has-text('Reject')")
    page.wait_for_url("**/queue")
    assert site.see(action)["state"] == "rejected"


def test_the_button_says_how_long_to_read_and_works_when_the_time_is_over(
    site: Site, sit: Sit, times: Callable[..., None]
) -> None:
    times("0s", "6s")
    action = site.ask()
    page = sit("ada")
    page.goto(site.page_of(action))
    page.wait_for_selector("#why:has-text('Read it first: you can approve in ')")
    assert page.get_attribute("form[data-approve] button", "aria-disabled") == "true"
    page.click("form[data-approve] button", force=True)
    page.wait_for_timeout(RESTED)
    page.keyboard.press("a", delay=HELD)
    assert site.see(action)["state"] == "pending"
    page.wait_for_selector("form[data-approve] button:not([aria-disabled])")
    assert page.inner_text("#why") == "Bound to exactly these arguments: revision 1"
    page.click("form[data-approve] button", delay=HELD)
    page.wait_for_url("**/queue")
    assert site.see(action)["state"] == "approved"


def test_what_was_fetched_ahead_is_read_from_when_it_is_shown(site: Site, sit: Sit, times: Callable[..., None]) -> None:
    times("0s", "1s")
    first, second = site.ask(expires_in=601), site.ask(expires_in=602)
    page = sit("ada")
    with page.expect_response(f"**/actions/{second['id']}/detail?prefetch=1"):
        page.goto(site.page_of(first))
    with page.expect_response(f"**/actions/{second['id']}/detail"):
        page.click(f"a.row[data-id={second['id']}]")
    page.wait_for_selector(f"#action[data-id={second['id']}] form[data-approve] button:not([aria-disabled])")
    page.click("form[data-approve] button", delay=HELD)
    page.wait_for_url("**/queue")
    assert site.see(second)["state"] == "approved"


def test_the_news_of_what_one_has_just_approved_is_no_reason_against_the_next(
    site: Site, sit: Sit, times: Callable[..., None]
) -> None:
    times("30s", "1s")
    first, second = site.ask(expires_in=601), site.ask(expires_in=602)
    page = sit("ada")
    page.goto(site.page_of(first))
    page.wait_for_selector("#live.on")
    page.wait_for_selector("form[data-approve] button:not([aria-disabled])")
    page.keyboard.press("a", delay=HELD)
    page.wait_for_selector(f"#action[data-id={second['id']}] form[data-approve] button[aria-disabled]")
    page.wait_for_selector(f"#action[data-id={second['id']}] form[data-approve] button:not([aria-disabled])")
    assert page.inner_text("#why") == "Bound to exactly these arguments: revision 1"


def test_checks_hold_the_approval_until_they_are_ticked(site: Site, sit: Sit, times: Callable[..., None]) -> None:
    times("0s", "0s", f'checks: ["{CHECK}"]')
    action = site.ask()
    page = sit("ada")
    page.goto(site.page_of(action))
    page.click("form[data-approve] button", delay=HELD)
    page.wait_for_timeout(RESTED)
    assert (page.url, site.see(action)["state"]) == (site.page_of(action), "pending")
    page.check(f"label:has-text('{CHECK}') input")
    page.click("form[data-approve] button", delay=HELD)
    page.wait_for_url("**/queue")
    assert site.see(action)["state"] == "approved"


def test_without_script_the_notice_has_its_undo_button(site: Site, sit: Sit, times: Callable[..., None]) -> None:
    times("30s")
    action = site.ask()
    page = sit("ada", java_script_enabled=False)
    page.goto(site.page_of(action))
    page.click("form[data-approve] button", delay=HELD)
    page.wait_for_url("**/queue")
    page.click(".toast.undo button")
    page.wait_for_url(site.page_of(action))
    assert site.see(action)["closing_at"] is None


VIEWS: list[dict[str, Any]] = [{"color_scheme": "light"}, {"color_scheme": "dark", "width": 390}, {"width": 320}]


@pytest.mark.parametrize("view", VIEWS)
def test_an_open_window_and_its_checks_are_accessible(
    site: Site, sit: Sit, watch: Watch, times: Callable[..., None], view: dict[str, Any]
) -> None:
    times("30s", "20s", f'checks: ["{CHECK}"]')
    first = site.ask()
    page = sit("ada", **view)
    page.goto(site.page_of(first))
    assert (violations(page, watch), cut_off(page)) == ([], [])
    times("30s", "0s", f'checks: ["{CHECK}"]')
    second = site.ask()
    page.goto(site.page_of(second))
    page.check("input[name=checks]")
    page.click("form[data-approve] button", delay=HELD)
    page.wait_for_url("**/queue")
    assert (violations(page, watch), cut_off(page)) == ([], [])
    page.goto(site.page_of(second))
    assert (violations(page, watch), cut_off(page)) == ([], [])
