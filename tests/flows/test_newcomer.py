"""The first five minutes: one command, an agent's action on the page, a signature, and the agent goes on."""

import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from bench import _instance
from bench._instance import Instance
from countersign import Countersign
from tests.flows.paper import Paper
from tests.flows.parts import until

pytestmark = pytest.mark.process

EDITED = '{"customer_id": "cus_7", "email": "m.keller@example.com"}'


@pytest.fixture
def database() -> Iterator[dict[str, str]]:
    with _instance.database(os.environ.get("DATABASE_URL", ""), "newcomer") as url:
        yield {"DATABASE_URL": url, "REDIS_URL": ""}


@pytest.fixture
def demo(tmp_path: Path, database: dict[str, str]) -> Iterator[Instance]:
    with _instance.running(tmp_path, "--demo", env=database) as instance:
        yield instance


@pytest.fixture
def otto(demo: Instance) -> Iterator[Path]:
    """What the demo agent prints; it sends three actions and waits for them."""
    printed = demo.data_dir / "otto.log"
    command = [sys.executable, "manage.py", "demo-agent", "--every", "0.2", "--count", "3", "--seed", "1"]
    with printed.open("wb") as log:
        process = subprocess.Popen(command, cwd=_instance.ROOT, env=demo.environment, stdout=log, stderr=log)
    yield printed
    process.send_signal(signal.SIGINT)
    try:
        assert process.wait(20) == 0, printed.read_text()
    finally:
        process.kill()


def test_ada_approves_on_the_page_and_otto_goes_on(demo: Instance, otto: Path) -> None:
    asked = wait_for(otto, r"otto asks for billing\.refund (\{.*\}) \((act_\w+)\)")
    with Paper(demo.base_url) as page:
        page.log_in(demo.demo["people"]["ada"])
        assert page.url == f"{demo.base_url}/w/demo/queue"
        page.open(str(page.link(asked[2])))
        page.read()
        page.send(f"/actions/{asked[2]}/approve")
    assert wait_for(otto, rf"otto goes on with billing\.refund (.*) \({asked[2]}\)")[1] == asked[1]
    wait_for(otto, r"otto is done: billing\.refund ran with 3 arguments")


def test_ben_edits_without_scripts_and_otto_runs_the_edited_arguments(demo: Instance, otto: Path) -> None:
    asked = wait_for(otto, r"otto asks for crm\.update_contact \{.*\} \((act_\w+)\)")
    with Paper(demo.base_url) as page:
        page.log_in(demo.demo["people"]["ben"])
        page.open(f"/w/demo/actions/{asked[1]}")
        page.read()
        page.follow("/edit")
        page.send("", {"raw": EDITED}, having={"from": "raw"})
        assert "m.keller@example.com" in page.text
        page.send("/edit/approve", {"reason_code": "wrong_arguments"})
    ran = wait_for(otto, rf"otto goes on with crm\.update_contact (.*), as edited \({asked[1]}\)")
    assert ran[1] == EDITED


def test_without_the_demo_the_printed_link_leads_to_a_first_decided_action(
    tmp_path: Path, database: dict[str, str]
) -> None:
    with _instance.running(tmp_path, env=database) as instance, Paper(instance.base_url) as eve:
        eve.open(wait_for(tmp_path / "up.log", r"Make the first admin .*: (\S+)")[1])
        password = "nine quiet herons wade"
        workspace = {"slug": "acme", "workspace_name": "Acme"}
        eve.send("", {"email": "eve@acme.example", "name": "Eve", "password": password, **workspace})
        assert eve.url == f"{instance.base_url}/w/acme/settings/agents"
        eve.send("", {"name": "robo"})
        eve.send("/key", {"name": "laptop"})
        with Countersign(instance.base_url, eve.value("credential"), journal=tmp_path / "journal") as robo:
            action = robo.submit("shop.order", {"sku": "A1", "pieces": 3})
            with Paper(instance.base_url) as ben:
                _join(instance, eve, ben)
                ben.open(f"/w/acme/actions/{action.id}")
                ben.read()
                ben.send("/approve")
            assert action.execute(lambda **args: args) == {"sku": "A1", "pieces": 3}


def _join(instance: Instance, eve: Paper, ben: Paper) -> None:
    """Eve invites Ben and makes him a reviewer; his link is in the mail that the server prints."""
    eve.open("/w/acme/settings/people")
    eve.send("", {"email": "ben@acme.example", "role": "reviewer"})
    ben.open(wait_for(instance.data_dir / "up.log", r"(http://\S+/invitations/\S+)")[1])
    ben.send("", {"name": "Ben", "password": "seven loud geese march"})
    eve.open("/w/acme/settings/groups")
    eve.send("/groups/reviewers/add", {"user": _option(eve, "Ben")})


def _option(page: Paper, name: str) -> str:
    found = re.search(rf'<option value="(usr_\w+)"[^>]*>\s*{name}', page.text)
    assert found is not None, page.text
    return found[1]


def wait_for(file: Path, pattern: str) -> re.Match[str]:
    """The first place in the file where it stands."""
    until(lambda: re.search(pattern, file.read_text()), 30, f"{pattern} in {file.read_text()}")
    found = re.search(pattern, file.read_text())
    assert found is not None
    return found
