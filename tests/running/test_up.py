"""`manage.py up`, as real processes: it prints where it answers, stops in time, and loses nothing."""

import os
import re
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from websockets import Origin
from websockets.sync.client import connect

from bench import _instance
from bench._instance import Instance
from countersign import Countersign, WaitTimeout

pytestmark = pytest.mark.process


@pytest.fixture
def database() -> Iterator[dict[str, str]]:
    with _instance.database(os.environ.get("DATABASE_URL", ""), "up_test") as url:
        yield {"DATABASE_URL": url, "REDIS_URL": ""}


def client(instance: Instance, name: str) -> Countersign:
    demo = instance.demo
    credential = demo["agents"][name]["key"] if name == "otto" else demo["people"][name]["token"]
    return Countersign(instance.base_url, credential, journal=instance.data_dir / "journal.jsonl")


def said(instance: Instance, pattern: str) -> str:
    """What `up` printed by that pattern; it prints once it answers."""
    until = time.monotonic() + 10
    while time.monotonic() < until:
        found = re.search(pattern, instance.said)
        if found:
            return found[1]
        time.sleep(0.05)
    raise AssertionError(f"never said {pattern}:\n{instance.said}")


def test_the_first_start_prints_the_address_and_the_link_of_the_first_admin(
    tmp_path: Path, database: dict[str, str]
) -> None:
    with _instance.running(tmp_path, env=database) as instance:
        assert said(instance, r"Countersign answers at (\S+)") == f"{instance.base_url}/"
        link = said(instance, r"Make the first admin \(works once, for 7 days\): (\S+)")
        page = httpx.get(link)
        assert (page.status_code, "password" in page.text) == (200, True)
        assert httpx.get(f"{instance.base_url}/readyz").json()["status"] == "ready"
        style = re.search(r'href="(/static/[^"]+\.css)"', page.text)
        assert style is not None
        assert httpx.get(f"{instance.base_url}{style[1]}").headers["cache-control"].endswith("immutable")


def test_demo_json_opens_every_door_and_survives_a_restart(tmp_path: Path, database: dict[str, str]) -> None:
    with _instance.running(tmp_path, "--demo", env=database) as instance:
        first = instance.demo
        assert list(first) == ["base_url", "workspace", "agents", "people", "service"]
        assert (first["workspace"], set(first["agents"]), set(first["service"])) == (
            "demo",
            {"otto"},
            {"ci", "compliance"},
        )
        assert {
            name: (person["role"], person["groups"], set(person) - {"role", "groups"})
            for name, person in first["people"].items()
        } == {
            "ada": ("lead", ["reviewers", "finance"], {"email", "password", "token"}),
            "ben": ("reviewer", ["reviewers", "finance"], {"email", "password", "token"}),
            "vera": ("viewer", [], {"email", "password", "token"}),
            "dana": ("auditor", [], {"email", "password", "token"}),
            "eve": ("admin", [], {"email", "password", "token"}),
            "cleo": ("reviewer", ["reviewers"], {"email", "password", "token"}),
        }
        opened = {name: _opens(instance, person) for name, person in first["people"].items()}
        assert opened == dict.fromkeys(first["people"], (200, 302))
        secret = [tmp_path / "demo.json", tmp_path / "secrets", *(tmp_path / "secrets").iterdir()]
        assert {path.stat().st_mode & 0o077 for path in secret} == {0}
    with _instance.running(tmp_path, "--demo", env=database) as instance:
        assert {**instance.demo, "base_url": ""} == {**first, "base_url": ""}
        assert instance.demo["base_url"] == instance.base_url


def test_a_lost_demo_json_is_written_anew_with_other_passwords(tmp_path: Path, database: dict[str, str]) -> None:
    with _instance.running(tmp_path, "--demo", env=database) as instance:
        first = instance.demo
    (tmp_path / "demo.json").unlink()
    with _instance.running(tmp_path, "--demo", env=database) as instance:
        second = instance.demo
        assert first["people"]["ada"]["password"] != second["people"]["ada"]["password"]
        assert _opens(instance, second["people"]["ada"]) == (200, 302)
        assert _opens(instance, {**second["people"]["ada"], "password": first["people"]["ada"]["password"]})[1] != 302


def _opens(instance: Instance, person: dict[str, str]) -> tuple[int, int]:
    """Statuses of the person's token at the API and of their password at the log-in page."""
    bearer = {"Authorization": f"Bearer {person['token']}"}
    with httpx.Client(base_url=instance.base_url) as browser:
        page = browser.get("/login/").text
        field = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', page)
        assert field is not None
        form = {"csrfmiddlewaretoken": field[1], "email": person["email"], "password": person["password"]}
        entered = browser.post("/login/", data=form, headers={"Origin": instance.base_url})
        return browser.get("/api/v1/actions", headers=bearer).status_code, entered.status_code


def test_the_demo_is_refused_without_debug(tmp_path: Path) -> None:
    environment = _instance.environment(tmp_path, COUNTERSIGN_DEBUG="0", DATABASE_URL="")
    command = [sys.executable, "manage.py", "up", "--demo", "--data-dir", str(tmp_path)]
    ended = subprocess.run(
        command, cwd=_instance.ROOT, env=environment, capture_output=True, text=True, timeout=60, check=False
    )
    assert ended.returncode == 1
    assert ended.stderr.strip().endswith("so it refuses to run with COUNTERSIGN_DEBUG=0.")
    assert not (tmp_path / "demo.json").exists()


def test_a_taken_port_is_said_in_a_sentence(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        instance = _instance.start(tmp_path, port=port, env={"DATABASE_URL": ""})
        assert instance.process.wait(60) == 1
    assert instance.said.strip().endswith(
        f"Cannot listen on 127.0.0.1:{port}: Address already in use. Choose another --port."
    )


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_it_stops_within_five_seconds_however_many_wait(
    tmp_path: Path, number: signal.Signals, database: dict[str, str]
) -> None:
    with _instance.running(tmp_path, "--demo", env=database) as instance:
        with client(instance, "otto") as otto:
            action = otto.submit("billing.refund", {"customer_id": "cus_1", "amount_usd": 80})
        parked = threading.Thread(target=_park, args=(instance, action.id), daemon=True)
        parked.start()
        time.sleep(0.5)
        code, seconds = instance.stop(number)
        assert (code, seconds < 5, "Traceback" in instance.said) == (0, True, False)


def _park(instance: Instance, action_id: str) -> None:
    bearer = {"Authorization": f"Bearer {instance.demo['agents']['otto']['key']}"}
    try:
        httpx.get(f"{instance.base_url}/api/v1/actions/{action_id}", params={"wait": 30}, headers=bearer, timeout=60)
    except httpx.HTTPError:
        return


def test_an_open_socket_does_not_keep_it(tmp_path: Path) -> None:
    with _instance.running(tmp_path, "--demo") as instance:
        with httpx.Client(base_url=instance.base_url) as browser:
            _enter(browser, instance)
            cookie = f"session={browser.cookies['session']}"
        address = instance.base_url.replace("http", "ws") + "/ws/w/demo/"
        with connect(address, origin=Origin(instance.base_url), additional_headers={"Cookie": cookie}) as live:
            live.ping().wait(5)
            code, seconds = instance.stop()
        assert (code, seconds < 5) == (0, True)


def _enter(browser: httpx.Client, instance: Instance) -> None:
    field = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', browser.get("/login/").text)
    assert field is not None
    ada = instance.demo["people"]["ada"]
    form = {"csrfmiddlewaretoken": field[1], "email": ada["email"], "password": ada["password"]}
    assert browser.post("/login/", data=form, headers={"Origin": instance.base_url}).status_code == 302


def test_what_was_asked_and_decided_survives_kill_minus_nine(tmp_path: Path, database: dict[str, str]) -> None:
    instance = _instance.wait(_instance.start(tmp_path, "--demo", env=database))
    _instance.approve_at_once(instance)
    with client(instance, "otto") as otto, client(instance, "ada") as ada:
        waiting, decided = (otto.submit("billing.refund", {"customer_id": "cus_1", "amount_usd": n}) for n in (60, 70))
        ada.review(decided, "approve")
    instance.process.kill()
    instance.process.wait()
    again = _instance.wait(_instance.start(tmp_path, "--demo", env=database))
    try:
        with client(again, "otto") as otto:
            with pytest.raises(WaitTimeout):
                otto.resume(waiting.id).wait(timeout=1)
            assert otto.resume(decided.id).execute(lambda **args: args["amount_usd"]) == 70
        labels = _labels(again)
        assert [label.count(decided.id) for label in labels] == [1]
    finally:
        again.stop()


def _labels(instance: Instance) -> list[str]:
    """The labels, once the first is there: its promise may have been on its way when the process died."""
    until = time.monotonic() + 40
    while time.monotonic() < until:
        if lines := instance.manage("export_labels", "--workspace", "demo").splitlines():
            return lines
        time.sleep(0.5)
    raise AssertionError("no label came")
