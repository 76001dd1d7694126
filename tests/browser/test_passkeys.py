"""Passkeys in a real browser, with an authenticator of Chromium's own; everything by the keyboard alone."""

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

import pytest

from bench import _instance
from tests.browser.conftest import PATIENCE, Site, Watch, enter
from tests.browser.test_accessibility import LOOKS, cut_off, violations
from tests.browser.test_keys import RESTED

if TYPE_CHECKING:
    from playwright.sync_api import Browser, CDPSession, Page

pytestmark = pytest.mark.browser
RULES = """
  - {id: signed, tools: [bank.sign], effect: require_approval, step_up: passkey}
  - id: read-first
    tools: [bank.read]
    effect: require_approval
    step_up: passkey
    evidence: [args.memo, evidence]
    checks: ["I read the contract"]
"""
HELD = 1500
MEMO = "line of the contract\n" * 60
OLD_LOG_INS = (
    "from datetime import timedelta; from django.db.models import F; from accounts.models import BrowserSession; "
    "BrowserSession.objects.update(began_at=F('began_at') - timedelta(minutes=10))"
)
SENT = [{"title": "Contract 7", "text": "Pay on delivery."}]
DEVICE = {
    "protocol": "ctap2",
    "transport": "internal",
    "hasResidentKey": True,
    "hasUserVerification": True,
    "isUserVerified": True,
    "automaticPresenceSimulation": True,
}


@pytest.fixture(scope="module")
def named(site: Site) -> Iterator[Site]:
    """The same site under its name, to which passkeys are bound, and with rules that ask for more than a vote."""
    text = (site.instance.data_dir / "at-once.yaml").read_text()
    file = site.instance.data_dir / "signed.yaml"
    file.write_text(text.replace("\nrules:\n", f"\nrules:{RULES}", 1))
    site.instance.manage("policy", "activate", str(file), "--workspace", "demo", "--alone", "For this test")
    yield site
    _instance.approve_at_once(site.instance)


class Desk:
    """A person's window at the console's name, and the device beside it."""

    def __init__(self, site: Site, browser: "Browser", watch: Watch, name: str, **look: Any) -> None:
        self.site, self.origin = site, site.url.replace("127.0.0.1", "localhost")
        size = {"width": look.pop("width", 1280), "height": look.pop("height", 900)}
        self.context = browser.new_context(viewport=size, reduced_motion="reduce", **look)  # type: ignore[arg-type]
        self.context.set_default_timeout(PATIENCE)
        self.page: Page = self.context.new_page()
        watch.origin = self.origin
        watch.on(self.page)
        self.cdp: CDPSession = self.context.new_cdp_session(self.page)
        self.cdp.send("WebAuthn.enable")
        self.device = self.cdp.send("WebAuthn.addVirtualAuthenticator", {"options": DEVICE})["authenticatorId"]
        person = site.demo["people"][name]
        self.password = person["password"]
        self.page.goto(self.origin + "/login/")
        self.page.fill("input[name=email]", person["email"])
        self.page.fill("input[name=password]", self.password)
        self.page.keyboard.press("Enter")
        self.page.wait_for_url("**/w/**")

    def open(self, action: dict[str, Any]) -> None:
        self.page.goto(f"{self.origin}/w/demo/actions/{action['id']}")
        self.page.wait_for_selector("#live.on")

    def add(self, name: str = "Laptop") -> None:
        self.page.goto(self.origin + "/w/demo/settings/passkeys")
        self.page.focus("#passkey-name")
        self.page.keyboard.type(name)
        self.page.keyboard.press("Enter")
        self.page.wait_for_selector(f".passkeys h3:text-is('{name}')")

    def verifies(self, is_it: bool) -> None:
        given = {"authenticatorId": self.device, "isUserVerified": is_it}
        self.cdp.send("WebAuthn.setUserVerified", given)


Sit = Callable[..., Desk]


def hold(page: "Page") -> None:
    """As long as a high risk asks for, which is that of a tool that nobody described."""
    page.wait_for_timeout(RESTED)
    page.keyboard.press("a", delay=HELD)


@pytest.fixture
def desk(named: Site, chromium: "Browser", watch: Watch) -> Iterator[Sit]:
    desks: list[Desk] = []

    def down(name: str = "ada", **look: Any) -> Desk:
        desks.append(Desk(named, chromium, watch, name, **look))
        return desks[-1]

    yield down
    for one in desks:
        one.page.goto(one.origin + "/w/demo/settings/passkeys")
        while one.page.locator("form[action$=remove] button").count():
            # It is asked for where the log-in is an old one.
            for asked in one.page.locator("form[action$=remove] input[name=password]").all()[:1]:
                asked.fill(one.password)
            one.page.locator("form[action$=remove] button").first.click()
            one.page.wait_for_load_state()
        one.context.close()


def test_ada_adds_a_passkey_and_signs_by_the_keyboard_alone(named: Site, desk: Sit) -> None:
    asked, ada = named.ask(tool="bank.sign", args={"to": "acc_1"}), desk()
    ada.open(asked)
    assert "You have no passkey yet." in ada.page.inner_text("#why")
    ada.add()
    ada.open(asked)
    assert "Your passkey signs them" in ada.page.inner_text("#why")
    hold(ada.page)
    ada.page.wait_for_selector(f"#action:not([data-id='{asked['id']}']), #main .empty")
    assert named.see(asked)["state"] == "approved"
    ada.page.goto(f"{ada.origin}/w/demo/actions/{asked['id']}/history")
    assert "Signed with a passkey" in ada.page.inner_text("main")


def test_where_the_device_does_not_know_its_person_nothing_is_sent(named: Site, desk: Sit) -> None:
    asked, ada = named.ask(tool="bank.sign", args={"to": "acc_2"}), desk()
    ada.add()
    ada.open(asked)
    ada.verifies(False)
    hold(ada.page)
    ada.page.wait_for_selector("#why:has-text('Your browser gave no signature, so nothing was sent.')")
    assert named.see(asked)["state"] == "pending"
    ada.verifies(True)
    hold(ada.page)
    ada.page.wait_for_selector(f"#action:not([data-id='{asked['id']}']), #main .empty")
    assert named.see(asked)["state"] == "approved"


def test_the_evidence_is_opened_the_check_ticked_and_then_it_is_signed(named: Site, desk: Sit) -> None:
    asked = named.ask(tool="bank.read", args={"to": "acc_3", "memo": MEMO}, evidence=SENT)
    ada = desk()
    ada.add()
    ada.open(asked)
    for left in (2, 1):
        assert f"Open the evidence first: {left} of 2" in ada.page.inner_text("#why")
        ada.page.locator(".evidence form button").first.focus()
        ada.page.keyboard.press("Enter")
        ada.page.locator(".evidence details").nth(2 - left).wait_for()
    assert "Pay on delivery." in ada.page.inner_text(".evidence")
    # What does not fit its box is scrolled through, here as in the arguments.
    for box in ada.page.locator("[data-whole]").all():
        box.focus()
        for _ in range(40):
            ada.page.keyboard.press("PageDown")
            ada.page.wait_for_timeout(20)
    ada.page.locator(".checks input").focus()
    ada.page.keyboard.press("Space")
    ada.page.locator("#approve button").focus()
    hold(ada.page)
    ada.page.wait_for_selector(f"#action:not([data-id='{asked['id']}']), #main .empty")
    assert named.see(asked)["state"] == "approved"


def test_an_edit_is_signed_too(named: Site, desk: Sit) -> None:
    asked, ada = named.ask(tool="bank.sign", args={"to": "acc_4"}), desk()
    ada.add()
    ada.page.goto(f"{ada.origin}/w/demo/actions/{asked['id']}/edit")
    ada.page.fill("#raw", '{"to": "acc_5"}')
    ada.page.click("form:has(#raw) button")
    ada.page.wait_for_selector("main .changes")
    ada.page.check("input[value=wrong_target]")
    button = ada.page.locator("#approve press-to-approve button")
    button.focus()
    ada.page.keyboard.press("Enter", delay=1500)
    ada.page.wait_for_url("**/queue*")
    seen = named.see(asked)
    assert (seen["state"], seen["revision"]) == ("approved", 2)


@pytest.mark.parametrize("look", LOOKS)
def test_the_pages_read_well(named: Site, desk: Sit, watch: Watch, look: str) -> None:
    ada = desk("ada", **LOOKS[look])
    ada.add("A laptop with a rather long name that wraps")
    assert violations(ada.page, watch) == []
    assert cut_off(ada.page) == []
    asked = named.ask(tool="bank.read", args={"to": "acc_3", "memo": MEMO}, evidence=SENT)
    ada.open(asked)
    assert violations(ada.page, watch) == []
    assert cut_off(ada.page) == []
    ada.page.locator(".evidence form button").first.click()
    ada.page.wait_for_selector(".evidence details")
    assert violations(ada.page, watch) == []
    assert cut_off(ada.page) == []
    named.review("ben", asked, "reject", reason_code="other")


def test_at_another_address_the_page_says_where(named: Site, sit: Callable[..., "Page"]) -> None:
    page = sit("")
    enter(page, named, "ben")
    page.goto(named.url + "/w/demo/settings/passkeys")
    page.fill("#passkey-name", "Laptop")
    page.click("form[data-passkey-new] button")
    page.wait_for_selector("[data-passkey-told]:has-text('Passkeys work at http://localhost:')")


def test_ten_minutes_after_the_log_in_the_password_is_asked_for(named: Site, desk: Sit) -> None:
    ben = desk("ben")
    named.instance.manage("shell", "--no-imports", "-c", OLD_LOG_INS)
    ben.page.goto(ben.origin + "/w/demo/settings/passkeys")
    ben.page.fill("#passkey-name", "Old Laptop")
    ben.page.fill("#passkey-password", "a guess")
    ben.page.keyboard.press("Enter")
    ben.page.wait_for_selector("[data-passkey-told]:has-text('password')")
    ben.page.fill("#passkey-password", ben.password)
    ben.page.keyboard.press("Enter")
    ben.page.wait_for_selector(".passkeys h3:text-is('Old Laptop')")
