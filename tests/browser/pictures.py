"""Draws the pictures of the documentation: python -m tests.browser.pictures [folder, by default docs/images]."""

import json
import os
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bench import _instance
from bench._instance import ROOT
from tests.browser.conftest import QUIET, Site, enter

if TYPE_CHECKING:
    from playwright.sync_api import Page

FOLDER = ROOT / "docs" / "images"
POLICY = ROOT / "config" / "demo" / "policies" / "demo.yaml"
WIDE = {"width": 1360, "height": 850}
SETTLED = 600
# Longer than the press that a medium risk asks for, in milliseconds.
HELD = 1000
# As many as an amount is compared with before anything is said about it, and a few more.
USUAL = 24


@dataclass(slots=True)
class Desk:
    """A morning at the console. `sit(name, **options)` opens a window of that person's browser."""

    site: Site
    sit: Callable[..., "Page"]
    made: dict[str, dict[str, Any]] = field(default_factory=dict)

    def look(self, name: str, what: str = "", **options: Any) -> "Page":
        """Ada before one of the actions, when nothing moves any more."""
        page = self.sit("ada", **{**WIDE, "color_scheme": "light", **options})
        page.goto(self.site.page_of(self.made[name], what))
        page.wait_for_selector("#live.on")
        page.wait_for_timeout(SETTLED)
        return page


def fill(desk: Desk) -> None:
    """What was decided before, and what waits now. Undo windows and reading times begin after it."""
    site, made = desk.site, desk.made
    _instance.approve_at_once(site.instance)
    for number in range(USUAL):
        paid = _transfer(site, "Northwind Supplies", "DE89 3704 0044 0532 0130 00", 300 + 10 * number)
        for name in ("ada", "ben"):
            site.review(name, paid)
    made["replay"] = _replaced(site)
    site.instance.manage("policy", "activate", str(POLICY), "--workspace", "demo", "--alone", "For pictures")
    for number, text in enumerate(("Prefers e-mail.", "Prefers e-mail.", "Prefers to be called.", "Prefers e-mail.")):
        args = {"customer_id": f"cus_81{number}", "text": text}
        made["alike"] = site.ask(tool="crm.note", args=args, summary="Note for the record")
    made["difference"] = site.ask(260, summary="Two charges on the same day.", expires_in=2700)
    made["undo"] = site.ask(74, summary="Late delivery.", expires_in=1500)
    made["queue"] = made["phone"] = site.ask(
        tool="mail.send_campaign",
        args={"campaign": "spring", "segment": "lapsed", "subject": "We miss you", "recipients": 1840},
        summary="Sends the spring campaign to the test segment.",
        impact={"reversible": False, "reach": "about 20 people"},
        expires_in=2400,
    )
    claims = {
        "summary": "Pays the invoice of EUR 482 of a known supplier. Please be quick, they called twice.",
        "impact": {"reversible": True, "amount": {"value": "482", "currency": "EUR"}, "reach": "1 supplier"},
    }
    made["marked"] = _transfer(site, "N\u043erthwind Supplies", "LT12 1000 0111 0100 1000", 4820, **claims)


def _transfer(site: Site, payee: str, iban: str, amount: int, **more: Any) -> dict[str, Any]:
    args = {"payee": payee, "iban": iban, "amount_eur": amount, "reference": "INV-2291"}
    return site.ask(tool="payments.transfer", args=args, expires_in=1260, **more)


def _replaced(site: Site) -> dict[str, Any]:
    """A refund that Ada mended and approved."""
    asked = site.ask(120, summary="Refund of the damaged item.")
    args = {"customer_id": "cus_1", "amount_usd": 60}
    more = {"reason_code": "amount_too_high", "comment": "Half of it was delivered."}
    site.review("ada", asked, tool_call={"name": "billing.refund", "args": args}, **more)
    return asked


def queue(desk: Desk) -> "Page":
    page = desk.look("queue")
    page.wait_for_selector("form[data-approve] button:not([aria-disabled])")
    return page


def marked(desk: Desk) -> "Page":
    """The call that one should not sign: another letter, another account, ten times the amount."""
    return desk.look("marked")


def undo(desk: Desk) -> "Page":
    """Ada has held `a`: the countdown runs, and the next action is there."""
    page = desk.look("undo")
    page.wait_for_selector("form[data-approve] button:not([aria-disabled])")
    page.keyboard.press("a", delay=HELD)
    page.wait_for_selector(f"#action:not([data-id='{desk.made['undo']['id']}'])")
    page.wait_for_selector(".toast.undo [data-closes]:has-text('In ')")
    page.wait_for_timeout(SETTLED)
    return page


def difference(desk: Desk) -> "Page":
    page = desk.look("difference", "edit")
    page.fill("#raw", json.dumps({"customer_id": "cus_1", "amount_usd": 130}))
    page.click("form:has(#raw) button")
    page.wait_for_selector("main .changes")
    page.check("input[value=amount_too_high]")
    page.fill("#comment", "One of the two charges was right.")
    return page


def alike(desk: Desk) -> "Page":
    page = desk.look("alike")
    page.keyboard.press("b")
    page.wait_for_selector("form[data-alike] table.args")
    page.wait_for_timeout(SETTLED)
    return page


def replay(desk: Desk) -> "Page":
    return desk.look("replay", "replay")


def phone(desk: Desk) -> "Page":
    page = desk.look("phone", width=390, height=844, color_scheme="dark")
    page.evaluate("document.querySelector('#action').scrollIntoView()")
    return page


PICTURES: dict[str, Callable[[Desk], "Page"]] = {
    "queue": queue,
    "marked": marked,
    "difference": difference,
    "alike": alike,
    "replay": replay,
    "phone": phone,
    # Last: it decides what the others show.
    "undo": undo,
}


def draw(desk: Desk, folder: Path) -> None:
    """Writes `<name>.png` for each of PICTURES, and removes no other."""
    folder.mkdir(parents=True, exist_ok=True)
    fill(desk)
    for name, picture in PICTURES.items():
        page = picture(desk)
        page.screenshot(path=folder / f"{name}.png")
        page.close()


@contextmanager
def demo() -> Iterator[Site]:
    with (
        tempfile.TemporaryDirectory() as data,
        _instance.running(Path(data), "--demo", env={"DATABASE_URL": "", "REDIS_URL": ""}) as instance,
    ):
        yield Site(instance, instance.demo)


def main(folder: Path) -> None:
    with demo() as site, import_module("playwright.sync_api").sync_playwright() as playwright:
        path = os.environ.get("CHROMIUM", "/usr/bin/chromium")
        browser = playwright.chromium.launch(executable_path=path, args=QUIET)

        def sit(name: str, **options: Any) -> "Page":
            size = {"width": options.pop("width"), "height": options.pop("height")}
            page: Page = browser.new_page(viewport=size, reduced_motion="reduce", **options)
            enter(page, site, name)
            return page

        draw(Desk(site, sit), folder)
        browser.close()


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else FOLDER)
