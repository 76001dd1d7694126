"""What the documents print works as it is written."""

import json
import re
import subprocess
import sys
import time
from collections.abc import Iterator

import pytest

from audit.kinds import EventKind
from audit.models import Disclosure, Event
from bench import _instance
from bench._instance import ROOT, Instance
from countersign import Action, Countersign
from scripts import draw_states
from tests.cast import Stage

README = (ROOT / "README.md").read_text()
AUDITORS = (ROOT / "docs" / "auditors.md").read_text()


def block(page: str, language: str) -> str:
    found = re.search(rf"```{language}\n(.*?)```", page, re.DOTALL)
    assert found is not None
    return found[1]


def test_the_drawing_of_the_states_is_of_today() -> None:
    page = draw_states.PAGE.read_text()
    assert draw_states.drawn(page) == page


def test_the_readme_keeps_its_promises_of_length() -> None:
    assert len(block(README, "sh").splitlines()) == 8
    assert len([line for line in block(README, "python").splitlines() if line]) == 6


def test_the_auditors_page_knows_every_kind_of_event() -> None:
    rows = re.findall(r"^\| (`\w+:.*?) \|", AUDITORS, re.MULTILINE)
    assert sorted(re.findall(r"`(\w+:\w+)`", " ".join(rows))) == sorted(EventKind)


def test_a_disclosure_opens_as_the_auditors_page_says(stage: Stage) -> None:
    code: dict[str, object] = {}
    exec(block(AUDITORS, "python"), code)
    commitment = code["commitment"]
    assert callable(commitment)
    view = stage.review("ada", stage.submit(), comment="Seen the charge.")
    opened = 0
    for fact in Event.objects.filter(action_id=view.id):
        body = json.loads(bytes(fact.body))
        for side in Disclosure.objects.filter(event_id=fact.id):
            digest = commitment(bytes(side.salt), side.name, bytes(side.value))
            assert body["disclosures"][side.n] == digest
            opened += 1
    assert opened >= 6


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Instance]:
    """In a folder where the demo's data are under var/, as the README has them."""
    place = tmp_path_factory.mktemp("readme") / "var"
    with _instance.running(place, "--demo", env={"DATABASE_URL": "", "REDIS_URL": ""}) as instance:
        yield instance


@pytest.fixture
def at_once(demo: Instance) -> None:
    """What runs in the examples is their matter, not how long people read."""
    _instance.approve_at_once(demo)


@pytest.fixture
def ada(demo: Instance) -> Iterator[Countersign]:
    token = demo.demo["people"]["ada"]["token"]
    with Countersign(demo.base_url, token, journal=demo.data_dir / "ada.jsonl") as client:
        yield client


@pytest.mark.process
def test_the_eight_lines_of_curl_work_as_written(demo: Instance) -> None:
    said = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", block(README, "sh")],
        cwd=demo.data_dir.parent,
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    answers = [json.loads(line) for line in said.stdout.replace("}{", "}\n{").splitlines()]
    reviewed, spent, closed = answers
    assert (reviewed["state"], reviewed["needs"][0]["approvals"], closed["state"]) == ("pending", 1, "approved")
    assert closed["decision"]["decided_at"] >= reviewed["closing_at"]
    assert closed["decision"]["decided_by"][0]["name"] == "Ada"
    assert spent["tool_call"] == {"name": "billing.refund", "args": {"customer_id": "cus_1", "amount_usd": 80}}
    assert (closed["id"], closed["execution"]["status"]) == (reviewed["id"], "succeeded")


def started(demo: Instance, *arguments: str) -> subprocess.Popen[str]:
    environment = {
        **demo.environment,
        "COUNTERSIGN_URL": demo.base_url,
        "COUNTERSIGN_API_KEY": demo.demo["agents"]["otto"]["key"],
        "COUNTERSIGN_JOURNAL": str(demo.data_dir / "journal.jsonl"),
    }
    command = [sys.executable, *arguments]
    return subprocess.Popen(
        command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )


def asked(ada: Countersign, tool: str, count: int = 1) -> list[Action]:
    """The actions that wait, once there are so many."""
    ends = time.monotonic() + 60
    while time.monotonic() < ends:
        waiting = [action for action in ada.list(state="pending").items if action.tool_call.name == tool]
        if len(waiting) == count:
            return waiting
        time.sleep(0.1)
    raise AssertionError(f"{tool} was not asked for {count} times")


@pytest.mark.process
@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["-c", block(README, "python")], "refunded 60 to cus_123"),
        (["examples/refund.py"], "refunded 60 USD to cus_123"),
    ],
)
def test_the_lines_of_the_sdk_run_what_was_signed(
    demo: Instance, at_once: None, ada: Countersign, arguments: list[str], said: str
) -> None:
    with started(demo, *arguments) as process:
        [action] = asked(ada, "billing.refund")
        ada.review(action, "approve", args={"customer_id": "cus_123", "amount_usd": 60}, reason_code="amount_too_high")
        out, err = process.communicate(timeout=60)
    assert (process.returncode, out.strip(), err) == (0, said, "")


@pytest.mark.process
def test_the_fleet_goes_on_one_by_one(demo: Instance, at_once: None, ada: Countersign) -> None:
    with started(demo, "examples/fleet.py") as process:
        first, second, third = asked(ada, "cancel_reservation", 3)
        ada.review(first, "approve")
        ada.review(second, "reject", reason_code="not_needed", comment="Keep it.")
        ada.review(third, "approve")
        out, err = process.communicate(timeout=60)
    lines = sorted(out.splitlines())
    assert (process.returncode, err, len(lines)) == (0, "", 3)
    assert lines[0].startswith("cancel_reservation was rejected by Ada (not_needed): Keep it.")
    assert [line.split()[0] for line in lines[1:]] == ["cancelled", "cancelled"]
