"""`make demo-slack`: a newcomer finds a card, rejects through the form, and the card says so."""

import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from bench import _instance

pytestmark = pytest.mark.process
SECONDS = 120.0
Json = dict[str, Any]


@pytest.fixture
def stand_in(tmp_path: Path) -> Iterator[str]:
    """The address of the stand-in's page; everything is gone afterwards."""
    ports = {"--port": _instance.free_port(), "--slack-port": _instance.free_port()}
    options = [word for name, number in ports.items() for word in (name, str(number))]
    command = [sys.executable, "-m", "scripts.demo_slack", *options, "--data-dir", str(tmp_path), "--count", "1"]
    env = {**_instance.environment(tmp_path), "DATABASE_URL": "", "REDIS_URL": ""}
    del env["COUNTERSIGN_DATA_DIR"]
    with subprocess.Popen(command, cwd=_instance.ROOT, env=env, stdout=subprocess.DEVNULL) as process:
        yield f"http://127.0.0.1:{ports['--slack-port']}"
        process.send_signal(signal.SIGTERM)
        assert process.wait(30) == 0


def until(seen: Callable[[], Json]) -> Json:
    """What is seen at last, asked again and again."""
    end = time.monotonic() + SECONDS
    while time.monotonic() < end:
        try:
            found = seen()
        except httpx.TransportError:
            found = {}
        if found:
            return found
        time.sleep(0.1)
    raise AssertionError("It never came.")


def card(origin: str, word: str) -> Json:
    state = httpx.get(f"{origin}/look/state").json()
    found = (m for m in state.get("messages", ()) if word in str(m.get("blocks")))
    return next(({**m, "as": state["as"], "modal": state["modal"]} for m in found), {})


def test_a_newcomer_rejects_through_the_form(stand_in: str) -> None:
    waits = until(lambda: card(stand_in, "cs_reject"))
    pressed = {"as": waits["as"], "channel": waits["channel"], "ts": waits["ts"], "action_id": "cs_reject"}
    assert httpx.post(f"{stand_in}/look/press", json=pressed).json()["said"] == ""
    given = {"as": waits["as"], "values": {"reason": "not_needed"}}
    assert httpx.post(f"{stand_in}/look/submit", json=given).json() == {"said": "", "errors": {}}
    over = until(lambda: card(stand_in, "*Rejected* by Ada over Slack"))
    assert over["ts"] == waits["ts"]
