"""A real Chromium before a real server, and a watch that fails a test for what no assertion looks at.

Playwright is imported when a test asks for it: it is there only where the browser suite was chosen.
"""

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from bench import _instance
from bench._instance import Instance
from tests.plugins import migrated

if TYPE_CHECKING:
    from playwright.sync_api import Browser, ConsoleMessage, Dialog, Error, Page, Request, Response, StorageState

QUIET = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    # Chromium draws an address bar for each window, with pages and a process of its own, that nobody sees. The others
    # are Playwright's; of two such lists the last one counts.
    "--disable-features=WebUIOmniboxPopup,WebUIOmniboxAimPopup,WebUIOmniboxFullPopup,WebUIReloadButton,"
    "AvoidUnnecessaryBeforeUnloadCheckSync,DestroyProfileOnBrowserClose,HttpsUpgrades,HttpsFirstBalancedModeAutoEnable,"
    "LensOverlay,MediaRouter,PaintHolding,ThirdPartyStoragePartitioning,AvoidCorsURLLoaderRestartOnRedirect,"
    "OptimizationHints,NetworkTimeServiceQuerying,AimEnabled,PreconnectToSearch",
]
PATIENCE = 10_000


@dataclass(slots=True)
class Site:
    """The running product with its demo people and agent."""

    instance: Instance
    demo: dict[str, Any]

    @property
    def url(self) -> str:
        return self.instance.base_url

    def call(self, who: str, method: str, path: str, body: object | None = None) -> dict[str, Any]:
        """The API, as a person of the cast or as otto."""
        agents, people = self.demo["agents"], self.demo["people"]
        secret = agents[who]["key"] if who in agents else people[who]["token"]
        headers = {"Authorization": f"Bearer {secret}"}
        answer = httpx.request(method, self.url + "/api/v1" + path, json=body, headers=headers, timeout=30)
        answer.raise_for_status()
        found: dict[str, Any] = answer.json()
        return found

    def ask(self, amount: float = 80, tool: str = "billing.refund", **more: Any) -> dict[str, Any]:
        """otto asks, by default for a refund that one reviewer decides."""
        args = more.pop("args", {"customer_id": "cus_1", "amount_usd": amount})
        return self.call("otto", "POST", "/actions", {"tool_call": {"name": tool, "args": args}, **more})

    def see(self, action: dict[str, Any]) -> dict[str, Any]:
        return self.call("otto", "GET", f"/actions/{action['id']}")

    def review(self, who: str, action: dict[str, Any], verdict: str = "approve", **more: Any) -> dict[str, Any]:
        seen = {"verdict": verdict, "revision": action["revision"], "digest": action["digest"], **more}
        return self.call(who, "POST", f"/actions/{action['id']}/reviews", seen)

    def page_of(self, action: dict[str, Any], what: str = "") -> str:
        return f"{self.url}/w/demo/actions/{action['id']}{'/' + what if what else ''}"


@dataclass
class Watch:
    """What went wrong beside the assertions. Without slots: Playwright leaves its mark on whom it calls."""

    origin: str
    faults: list[str] = field(default_factory=list)

    def on(self, page: "Page") -> None:
        for event, hear in self._heard():
            page.on(event, hear)

    def off(self, page: "Page") -> None:
        for event, hear in self._heard():
            page.remove_listener(event, hear)

    def _heard(self) -> "tuple[tuple[Any, Callable[..., None]], ...]":
        return (
            ("console", self._console),
            ("pageerror", self._error),
            ("request", self._request),
            ("response", self._response),
            ("dialog", self._dialog),
        )

    def _error(self, error: "Error") -> None:
        self.faults.append(f"page error: {error}")

    def _dialog(self, dialog: "Dialog") -> None:
        self.faults.append(f"dialog: {dialog.message}")

    def _console(self, message: "ConsoleMessage") -> None:
        # Chromium logs each answer over 399 as an error; refusals are looked at by their status below.
        if message.type in {"error", "warning"} and not message.text.startswith("Failed to load resource"):
            self.faults.append(f"console: {message.text}")

    def _request(self, request: "Request") -> None:
        if not request.url.startswith((self.origin, self.origin.replace("http", "ws"), "blob:", "data:")):
            self.faults.append(f"foreign request: {request.url}")

    def _response(self, response: "Response") -> None:
        if response.status > 499:
            self.faults.append(f"{response.status}: {response.url}")


def _make_real(folder: Path, services: dict[str, str]) -> None:
    """The demo's workspaces stop being a demo, which opens to nobody without debugging."""
    command = "from accounts.models import Workspace; Workspace.objects.update(is_demo=False)"
    subprocess.run(
        [sys.executable, "manage.py", "shell", "--no-imports", "-c", command],
        cwd=_instance.ROOT,
        env=_instance.environment(folder, **services),
        check=True,
    )


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """The demo's people and agent, served as in production: without debugging, static files under hashed names."""
    folder: Path = tmp_path_factory.mktemp("site")
    with migrated.database(folder, "browser_test") as url:
        services = {"DATABASE_URL": url, "REDIS_URL": os.environ.get("REDIS_URL", "")}
        with _instance.running(folder, "--demo", env=services, at_once=True) as first:
            demo = first.demo
        _make_real(folder, services)
        with _instance.running(folder, env={**services, "COUNTERSIGN_DEBUG": "0"}) as instance:
            yield Site(instance, demo)


@pytest.fixture(scope="package")
def chromium() -> Iterator["Browser"]:
    """One browser for all these tests; gone before others use an event loop of their own."""
    with import_module("playwright.sync_api").sync_playwright() as playwright:
        path = os.environ.get("CHROMIUM", "/usr/bin/chromium")
        browser: Browser = playwright.chromium.launch(executable_path=path, args=QUIET)
        yield browser
        browser.close()


@pytest.fixture(scope="package")
def sessions(site: Site, chromium: "Browser") -> Callable[[str], "StorageState"]:
    """Each person logs in once, by hand."""
    kept: dict[str, StorageState] = {}

    def of(name: str) -> "StorageState":
        if name not in kept:
            context = chromium.new_context()
            page = context.new_page()
            enter(page, site, name)
            kept[name] = context.storage_state()
            context.close()
        return kept[name]

    return of


@pytest.fixture
def watch(site: Site) -> Iterator[Watch]:
    """A violation of the pages' policy, an error, a foreign request or a broken answer fails the test."""
    watching = Watch(site.url)
    yield watching
    assert watching.faults == []


@pytest.fixture
def sit(
    site: Site, chromium: "Browser", sessions: Callable[[str], "StorageState"], watch: Watch
) -> Iterator[Callable[..., "Page"]]:
    """`sit("ada", color_scheme="dark")`: a fresh window of that person's browser."""
    contexts = []

    def down(name: str, **options: Any) -> "Page":
        size = {"width": options.pop("width", 1440), "height": options.pop("height", 900)}
        state = sessions(name) if name else None
        context = chromium.new_context(storage_state=state, viewport=size, reduced_motion="reduce", **options)  # type: ignore[arg-type]
        contexts.append(context)
        context.set_default_timeout(PATIENCE)
        page = context.new_page()
        watch.on(page)
        return page

    yield down
    for context in contexts:
        context.close()


@pytest.fixture(scope="module")
def windows(chromium: "Browser", sessions: Callable[[str], "StorageState"]) -> Iterator[Callable[[str], "Page"]]:
    """One window of each person for a whole module: to open one costs more than most pages."""
    kept: dict[str, Page] = {}

    def of(name: str) -> "Page":
        if name not in kept:
            state = sessions(name) if name else None
            context = chromium.new_context(storage_state=state, reduced_motion="reduce")
            context.set_default_timeout(PATIENCE)
            kept[name] = context.new_page()
        return kept[name]

    yield of
    for page in kept.values():
        page.context.close()


@pytest.fixture
def stay(windows: Callable[[str], "Page"], watch: Watch) -> Iterator[Callable[..., "Page"]]:
    """`stay("ada", color_scheme="dark")`: the person's window, in which the tests of a module look at page after page.

    For tests that only look. What a test leaves in the window (a theme, a view) the next one finds: those `sit`.
    """
    used: list[Page] = []

    def down(name: str, *, width: int = 1440, height: int = 900, color_scheme: str = "light") -> "Page":
        page = windows(name)
        page.set_viewport_size({"width": width, "height": height})
        page.emulate_media(color_scheme=color_scheme)  # type: ignore[arg-type]  # one of Playwright's literals
        used.append(page)
        watch.on(page)
        return page

    yield down
    for page in used:
        watch.off(page)
        page.goto("about:blank")


def enter(page: "Page", site: Site, name: str) -> None:
    """Logs in through the form."""
    person = site.demo["people"][name]
    page.goto(site.url + "/login/")
    page.fill("input[name=email]", person["email"])
    page.fill("input[name=password]", person["password"])
    page.click("main button")
    page.wait_for_url("**/w/**")
