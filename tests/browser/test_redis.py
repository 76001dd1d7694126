"""Redis only wakes people up: without it pages are later, and nothing else."""

import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from bench import _instance
from tests.browser.conftest import PATIENCE, Site, Watch, enter
from tests.browser.test_stories import row, until_live
from tests.flows.parts import redis

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

pytestmark = [pytest.mark.browser, pytest.mark.redis]
# Longer than the page lets pass between two looks, in milliseconds.
POLL = 21_000
# A beat, an echo that does not come, and time to spare.
DEAF_BY = 30_000
ATTEMPTS, ONE_ATTEMPT = 40, 500


@pytest.fixture
def port() -> int:
    return _instance.free_port()


@pytest.fixture
def its_redis(tmp_path: Path, port: int) -> Iterator[subprocess.Popen[bytes]]:
    with redis(tmp_path, port) as process:
        yield process


@pytest.fixture
def fragile(tmp_path: Path, port: int, its_redis: subprocess.Popen[bytes]) -> Iterator[Site]:
    """A demo whose Redis the test may stop."""
    env = {"DATABASE_URL": "", "REDIS_URL": f"redis://127.0.0.1:{port}/0"}
    with _instance.running(tmp_path, "--demo", env=env, at_once=True) as instance:
        yield Site(instance, instance.demo)


@pytest.fixture
def window(chromium: "Browser", fragile: Site) -> Iterator["Page"]:
    watch = Watch(fragile.url)
    context = chromium.new_context(reduced_motion="reduce")
    context.set_default_timeout(PATIENCE)
    page = context.new_page()
    watch.on(page)
    page.clock.install()
    enter(page, fragile, "ada")
    yield page
    context.close()
    # A socket that closes at once is an error to the browser; the header is what tells of it.
    assert [fault for fault in watch.faults if "WebSocket connection to" not in fault] == []


def until_tried_again(window: "Page") -> None:
    """An attempt that began before Redis was back may still fail; the next one follows when its time has passed."""
    for _ in range(ATTEMPTS):
        if window.locator("#live.on").count():
            break
        window.clock.fast_forward(POLL)
        window.wait_for_timeout(ONE_ATTEMPT)
    until_live(window)


def test_without_redis_the_header_says_delayed_and_the_page_still_updates(
    fragile: Site, window: "Page", its_redis: subprocess.Popen[bytes], tmp_path: Path, port: int
) -> None:
    until_live(window)
    its_redis.kill()
    its_redis.wait()
    window.wait_for_selector("#live.late", timeout=DEAF_BY)
    assert window.inner_text("#live") == "Delayed"
    action = fragile.ask()
    window.clock.fast_forward(POLL)
    window.wait_for_selector(row(action))
    fragile.review("ben", action)
    window.clock.fast_forward(POLL)
    window.wait_for_selector(row(action), state="detached")
    assert window.inner_text("#live") == "Delayed"
    with redis(tmp_path, port):
        until_tried_again(window)
        window.wait_for_selector(row(fragile.ask()))
