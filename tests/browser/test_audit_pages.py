"""The pages of auditors: readable to everybody, in both themes and on a narrow screen, and proof against what they
show.
"""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest

from tests.browser.conftest import Site, Watch
from tests.browser.hostile import LONG, MARKUP
from tests.browser.test_accessibility import LOOKS, cut_off, violations
from tests.browser.test_hostile import nothing_came_alive

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = pytest.mark.browser
Stay = Callable[..., "Page"]

PAGES = {
    "search": "/w/demo/audit/",
    "nothing found": "/w/demo/audit/?kind=hold:lifted",
    "access": "/w/demo/audit/access",
    "samples": "/w/demo/audit/samples",
    "erasures": "/w/demo/audit/erasures",
    "holds": "/w/demo/audit/holds",
    "retention": "/w/demo/audit/retention",
    "standing": "/w/demo/audit/standing",
}


@pytest.fixture(scope="module")
def checked(site: Site) -> dict[str, str]:
    """A hostile action that was rejected, an erasure that waits for a second person, and a hold. By name, the path."""
    asked = site.ask(**LONG)
    site.review("ada", asked, "reject", reason_code="other", comment=MARKUP)
    said = {"kind": "action", "subject": asked["id"], "basis": "objection", "note": MARKUP}
    erasure = site.call("dana", "POST", "/erasures", said)
    site.review("ada", site.ask(), "reject", reason_code="other")
    hold = site.call("eve", "POST", "/holds", {"kind": "counterpart", "subject": "cus_1", "reason": MARKUP[:500]})
    site.call("dana", "POST", f"/holds/{hold['id']}/ask", {})
    return {"story": f"/w/demo/audit/actions/{asked['id']}", "erasure": f"/w/demo/audit/erasures/{erasure['id']}"}


def faults(page: "Page", watch: Watch) -> list[str]:
    return [*violations(page, watch), *cut_off(page)]


@pytest.mark.parametrize("look", LOOKS)
@pytest.mark.parametrize("name", PAGES)
def test_pages(site: Site, stay: Stay, watch: Watch, checked: dict[str, Any], name: str, look: str) -> None:
    page = stay("eve", **LOOKS[look])
    page.goto(site.url + PAGES[name])
    assert faults(page, watch) == []
    nothing_came_alive(page)


@pytest.mark.parametrize("look", LOOKS)
def test_a_hostile_story_stays_text(site: Site, stay: Stay, watch: Watch, checked: dict[str, Any], look: str) -> None:
    page = stay("dana", **LOOKS[look])
    page.goto(site.url + checked["story"])
    for evidence in page.locator("details.evidence summary").all():
        evidence.click()
    nothing_came_alive(page)
    assert faults(page, watch) == []
    assert "U+202E" in page.inner_text("main")
    page.click("details.evidence dd a")
    page.wait_for_load_state()
    nothing_came_alive(page)
    assert faults(page, watch) == []


@pytest.mark.parametrize("look", LOOKS)
def test_an_erasure_and_a_sample(site: Site, stay: Stay, watch: Watch, checked: dict[str, Any], look: str) -> None:
    page = stay("eve", **LOOKS[look])
    page.goto(site.url + checked["erasure"])
    nothing_came_alive(page)
    assert faults(page, watch) == []
    page.goto(site.url + PAGES["samples"])
    page.fill("#sample_since", "2020-01-01")
    page.fill("#sample_until", "2999-12-31")
    page.click("main .panel form .btn.primary")
    page.wait_for_url("**/audit/samples/evt_*")
    nothing_came_alive(page)
    assert faults(page, watch) == []
