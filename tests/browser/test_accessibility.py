"""WCAG 2.2 AA as far as axe can tell, on every page, in both themes and on a narrow screen; and no text cut off."""

from collections.abc import Callable
from importlib import import_module
from typing import TYPE_CHECKING, Any

import pytest

from tests.architecture.source import ROOT
from tests.browser.conftest import Site, Watch
from tests.browser.hostile import LONG, USUAL

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = pytest.mark.browser
DEMO = ROOT / "config" / "demo" / "policies" / "demo.yaml"
Stay = Callable[..., "Page"]

# Its preload copies style sheets into the page, which the policy refuses; only an experimental rule needs that. What
# passed is neither described nor sent: on a long page that took longer than the rules.
FIND = """rules => axe.run(document, {runOnly: rules, preload: false, resultTypes: ["violations"]}).then(found =>
    found.violations.flatMap(rule => rule.nodes.map(node =>
        `${rule.id}: ${node.target} ${node.html.slice(0, 120)}`)))"""
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
LOOKS: dict[str, dict[str, Any]] = {
    "light": {"color_scheme": "light"},
    "dark": {"color_scheme": "dark"},
    "narrow": {"width": 390, "height": 844},
    "narrower": {"width": 320, "height": 640},
}
PAGES = {
    "queue": "/w/demo/queue",
    "nothing found": "/w/demo/queue?text=nothing-like-this",
    "history": "/w/demo/history",
    "escalations": "/w/demo/escalations",
    "oversight": "/w/demo/oversight",
    "oversight of a group": "/w/demo/oversight?range=30d&group=finance",
    "agents in figures": "/w/demo/agents?range=7d",
    "incidents in figures": "/w/demo/incidents/figures?range=30d",
    "narrowed history": "/w/demo/history?outcome=asked&rule=-&from=2026-11-20T10&to=2026-11-20T11",
    "status": "/w/demo/settings/status",
    "not found": "/w/demo/nowhere",
    "profile": "/w/demo/settings/profile",
    "passkeys": "/w/demo/settings/passkeys",
    "people": "/w/demo/settings/people",
    "groups": "/w/demo/settings/groups",
    "agents": "/w/demo/settings/agents",
    "keys": "/w/demo/settings/keys",
    "test actions": "/w/demo/settings/test-actions",
    "care of nobody": "/w/demo/care",
    "shortcuts": "/w/demo/settings/shortcuts",
    "narrowed": "/w/demo/queue?risk=medium&group=reviewers&claimed=nobody&due=1440",
    "views": "/w/demo/queue/views",
    "deliveries": "/w/demo/settings/deliveries",
    "given up": "/w/demo/settings/deliveries?state=dead",
    "sent": "/w/demo/settings/deliveries?state=sent",
    "notifications": "/w/demo/settings/notifications",
    "absence": "/w/demo/settings/absence",
    "slack": "/w/demo/settings/slack",
    "no webhooks": "/w/demo/settings/webhooks",
    "stop switch": "/w/demo/stop",
    "stop or not": "/w/demo/stop/pull?mode=pause&agent=otto&reason=Odd+refunds",
    "incidents": "/w/demo/incidents",
    "closed incidents": "/w/demo/incidents?closed=1",
    "policies": "/w/demo/policies/",
    "evaluation": "/w/demo/evaluation",
    "agreement": "/w/demo/evaluation/agreement",
    "signals": "/w/demo/evaluation/signals",
    "drift": "/w/demo/evaluation/drift",
    "confidence": "/w/demo/evaluation/confidence",
    "readiness": "/w/demo/evaluation/readiness",
    "outcomes": "/w/demo/evaluation/outcomes",
    "judges": "/w/demo/evaluation/judges",
    "scheduled gates": "/w/demo/evaluation/plans",
    "policy editor": "/w/demo/policies/edit",
    "no shadow": "/w/demo/policies/shadow",
    "standing grants": "/w/demo/policies/grants",
    "no exports": "/w/demo/audit/exports/",
    "a new export": "/w/demo/audit/exports/new",
    "scheduled exports": "/w/demo/audit/exports/schedules",
    "no streams": "/w/demo/audit/exports/streams",
}
TOLD: dict[str, Any] = {
    "agent_version": {"model": "otto-large"},
    "usage": {"input_tokens": 1200, "output_tokens": 80, "cost": {"value": "0.012", "currency": "USD"}},
    "trace": {
        "steps": [{"name": "Read the ticket", "kind": "tool", "duration_ms": 12.5, "error": "slow"}],
        "sources": [{"uri": "https://tickets.example/" + "7" * 120, "version": "3"}],
    },
    "evidence": [{"title": "Two charges, one order", "text": "at 10:31"}],
}
ODD = {"payee": "N\u043erthwind", "memo": "\u202egpj", "long": "word " * 200, "lines": [{"a": 1}], "urgent": True}


def violations(page: "Page", watch: Watch) -> list[str]:
    """What axe finds, as "rule: element", or what the page itself did wrong before."""
    if watch.faults:
        return watch.faults
    if not page.evaluate("'axe' in window"):
        page.evaluate(import_module("axe_playwright_python.base").AXE_SCRIPT)
    found: list[str] = page.evaluate(FIND, RULES)
    return found


def cut_off(page: "Page") -> list[str]:
    """Buttons, headings and chips whose text does not fit into them, and a page that is wider than its window."""
    wide = page.evaluate("document.documentElement.scrollWidth - innerWidth")
    cut = page.evaluate(
        """() => [...document.querySelectorAll(".btn, .chip, h1, h2, .top a, label")]
            .filter(e => e.checkVisibility() && !e.closest(".vh") && !e.classList.contains("vh"))
            .filter(e => e.scrollWidth > e.clientWidth + 1 && getComputedStyle(e).display !== "inline")
            .map(e => e.outerHTML.slice(0, 120))"""
    )
    return [*cut, *([f"{wide} px too wide"] if wide > 0 else [])]


@pytest.fixture(scope="module")
def shown(site: Site) -> dict[str, Any]:
    """Actions in each state that the pages can show."""
    asked = site.ask(900, summary="Please", reasoning="Because")
    site.review("ada", asked)
    edited = site.ask(910)
    changed = {"name": "billing.refund", "args": {"customer_id": "cus_1", "amount_usd": 700}}
    site.review("ada", edited, tool_call=changed)
    rejected = site.ask()
    site.review("ben", rejected, "reject", reason_code="other", comment="No.")
    return {
        "open": site.ask(summary="Please", reasoning="Because"),
        "odd": site.ask(tool="bank.wire", args=ODD, summary="Please"),
        "fooling": site.ask(**LONG),
        "marked": site.ask(**USUAL),
        "voted": asked,
        "edited": edited,
        "rejected": rejected,
    }


@pytest.mark.parametrize("look", LOOKS)
@pytest.mark.parametrize("name", PAGES)
def test_pages(site: Site, stay: Stay, watch: Watch, shown: dict[str, Any], name: str, look: str) -> None:
    page = stay("eve", **LOOKS[look])
    page.goto(site.url + PAGES[name])
    assert violations(page, watch) == []
    assert cut_off(page) == []


@pytest.mark.parametrize("look", LOOKS)
@pytest.mark.parametrize("name", ["open", "odd", "fooling", "marked", "voted", "edited", "rejected"])
def test_actions(site: Site, stay: Stay, watch: Watch, shown: dict[str, Any], name: str, look: str) -> None:
    page = stay("ada", **LOOKS[look])
    for what in ("", "history", *(["route"] if name == "open" else [])):
        page.goto(site.page_of(shown[name], what))
        assert violations(page, watch) == []
        assert cut_off(page) == []


@pytest.mark.parametrize("look", LOOKS)
def test_settings_with_something_in_them(site: Site, stay: Stay, watch: Watch, look: str) -> None:
    page = stay("eve", **LOOKS[look])
    page.goto(site.url + "/w/demo/settings/absence")
    page.fill("#absence_first", "2027-03-01")
    page.fill("#absence_back", "2027-03-08")
    page.fill("#absence_note", "A long note about where I am and who knows more about everything that is open")
    page.click("text=Enter the absence")
    page.wait_for_selector(".lines li")
    assert violations(page, watch) == []
    assert cut_off(page) == []
    page.click("form:has-text('Cancel') button")
    site.call("otto", "GET", f"/actions/{site.ask()['id']}")
    for name in ("people", "agents"):
        page.goto(f"{site.url}/w/demo/settings/{name}")
        page.locator("tbody th a").first.click()
        page.wait_for_selector(".crumbs")
        assert violations(page, watch) == []
        assert cut_off(page) == []


@pytest.mark.parametrize("look", LOOKS)
def test_a_webhook_its_secret_and_the_list(site: Site, stay: Stay, watch: Watch, look: str) -> None:
    page = stay("eve", **LOOKS[look])
    page.goto(site.url + "/w/demo/settings/webhooks")
    page.fill("[name=url]", f"https://hooks.example/{look}/" + "in" * 60)
    page.check("[name=kinds][value='action.decided']")
    page.click("text=Add the webhook")
    for step in ("text=I have copied it", "text=All webhooks", ".lines a.anywhere"):
        page.wait_for_selector(step)
        assert violations(page, watch) == []
        assert cut_off(page) == []
        page.click(step)


@pytest.mark.parametrize("look", LOOKS)
def test_what_was_seen_the_trace_and_the_care_view(
    site: Site, stay: Stay, watch: Watch, shown: dict[str, Any], look: str
) -> None:
    traced = site.ask(tool="bank.wire", args=ODD, trace_id="tr_\u202eaxe", summary="Please", **TOLD)
    site.review("ada", traced, "reject", reason_code="looks_manipulated", comment="The o is another letter.")
    page = stay("ada", **LOOKS[look])
    paths = ("/w/demo/care", "/w/demo/traces?id=tr_%E2%80%AEaxe", f"/w/demo/actions/{traced['id']}/replay")
    for path in (*paths, f"/w/demo/actions/{shown['edited']['id']}/replay"):
        page.goto(site.url + path)
        assert page.locator("h1").count() == 1
        assert violations(page, watch) == []
        assert cut_off(page) == []


@pytest.mark.parametrize("look", LOOKS)
def test_forms_and_dialogs(site: Site, stay: Stay, watch: Watch, shown: dict[str, Any], look: str) -> None:
    page = stay("ada", **LOOKS[look])
    for name, what in (("open", "edit"), ("odd", "edit"), ("open", "reject"), ("open", "ask")):
        page.goto(site.page_of(shown[name], what))
        assert violations(page, watch) == []
        assert cut_off(page) == []
    page.goto(site.page_of(shown["open"], "edit"))
    page.fill("#raw", '{"customer_id": "cus_2", "amount_usd": 79}')
    page.click("form:has(#raw) button")
    page.wait_for_selector("main .changes")
    assert violations(page, watch) == []
    assert cut_off(page) == []
    page.goto(site.page_of(shown["open"]))
    for key in ("r", "q"):
        page.click(f"a[data-key={key}]")
        page.wait_for_selector("dialog[open]")
        assert violations(page, watch) == []
        assert cut_off(page) == []
        page.keyboard.press("Escape")
    page.click(".menu.end summary")
    page.click("[data-opens=keys]")
    assert violations(page, watch) == []
    assert cut_off(page) == []


@pytest.mark.parametrize("look", LOOKS)
def test_claims_and_what_is_alike(site: Site, stay: Stay, watch: Watch, shown: dict[str, Any], look: str) -> None:
    page = stay("ada", **LOOKS[look])
    made = [site.ask(tool="crm.note", args={"customer_id": f"cus_{look}{n}", "text": "word " * 20}) for n in range(3)]
    page.goto(site.page_of(made[0]))
    page.click("#company button")
    page.wait_for_selector("#company:has-text('Yours until')")
    assert violations(page, watch) == []
    assert cut_off(page) == []
    page.click("[data-key=b]")
    page.wait_for_selector("form[data-alike]")
    page.click("summary:has-text('Reject them instead')")
    assert violations(page, watch) == []
    assert cut_off(page) == []
    page.click("button:has-text('Approve those that are ticked')")
    page.wait_for_selector("h1:has-text('Approved:')")
    assert violations(page, watch) == []
    assert cut_off(page) == []


@pytest.mark.parametrize("look", LOOKS)
def test_an_incident_a_version_and_what_is_stopped(site: Site, stay: Stay, watch: Watch, look: str) -> None:
    asked = site.ask(agent_version={"model": f"otto-{look}", "params": {"temperature": 0.2}})
    site.ask(agent_version={"model": "otto-large", "prompt_sha256": "0" * 64})
    said = {
        "title": "Two refunds for one charge, " * 3,
        "severity": "high",
        "actions": [asked["id"]],
        "text": "At 10:31",
    }
    opened = site.call("ben", "POST", "/incidents", said)
    stop = site.call("ben", "POST", "/stops", {"mode": "pause", "tool": f"{look}.*", "reason": "Odd " * 20})
    page = stay("eve", **LOOKS[look])
    for path in (f"incidents/{opened['id']}", f"versions/{asked['agent']['version']}", f"stop/{stop['id']}/release"):
        page.goto(f"{site.url}/w/demo/{path}")
        assert page.locator("#stops").get_by_text("Stopped:").count() >= 1
        assert violations(page, watch) == []
        assert cut_off(page) == []
    site.call("eve", "POST", f"/stops/{stop['id']}/release", {"reason": "Looked at"})


@pytest.mark.parametrize("look", LOOKS)
def test_a_policy_on_its_way(site: Site, stay: Stay, watch: Watch, shown: dict[str, Any], look: str) -> None:
    text = DEMO.read_text().replace("args.amount_usd <= 50", "args.amount_usd <= 60") + f"# {look}\n"
    made = site.call("ada", "POST", "/policies/proposals", {"text": text, "note": "word " * 30})
    page = stay("eve", **LOOKS[look])
    for path in (f"proposals/{made['id']}", f"versions/{made['version']}"):
        page.goto(f"{site.url}/w/demo/policies/{path}")
        page.click("summary:has-text('Line by line')")
        assert violations(page, watch) == []
        assert cut_off(page) == []
    page.click("button:has-text('Backtest')")
    page.wait_for_selector("h2:has-text('past action')")
    page.click("summary:has-text('By hour')")
    assert violations(page, watch) == []
    assert cut_off(page) == []
    page.goto(f"{site.url}/w/demo/policies/proposals/{made['id']}")
    page.fill("#because", "Not now")
    page.click("button:has-text('Decline')")
    page.wait_for_selector("#toasts :has-text('The proposal is closed')")


@pytest.mark.parametrize("look", LOOKS)
def test_the_log_in_page(site: Site, stay: Stay, watch: Watch, look: str) -> None:
    page = stay("", **LOOKS[look])
    for path in ("/login/", "/password/"):
        page.goto(site.url + path)
        assert violations(page, watch) == []
        assert cut_off(page) == []


@pytest.mark.parametrize("look", LOOKS)
def test_exports_that_are_made_refused_and_scheduled(site: Site, stay: Stay, watch: Watch, look: str) -> None:
    page = stay("eve", **LOOKS[look])
    page.goto(f"{site.url}/w/demo/audit/exports/new")
    page.select_option("#export_what", "all")
    page.click("button:has-text('Make the export')")
    page.wait_for_selector(".errorlist")
    assert violations(page, watch) == []
    assert cut_off(page) == []
    page.select_option("#export_format", "pdf")
    page.click("button:has-text('Make the export')")
    page.wait_for_selector("progress, a:has-text('Download')")
    assert violations(page, watch) == []
    page.wait_for_selector("a:has-text('Download')")
    assert violations(page, watch) == []
    assert cut_off(page) == []
    page.click("button:has-text('Drop') >> nth=0")
    page.wait_for_selector(".chip:has-text('gone')")
    page.goto(f"{site.url}/w/demo/audit/exports/schedules")
    page.select_option("#schedule_format", "jsonl")
    page.click("button:has-text('Add it')")
    page.wait_for_selector(".lines li")
    assert violations(page, watch) == []
    assert cut_off(page) == []
    page.click("button:has-text('End') >> nth=0")
    page.wait_for_selector("#toasts :has-text('It comes no more')")
