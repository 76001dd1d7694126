"""Restarts at every point: killed before the spend, after it, while the function ran, before the report."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from countersign import AlreadyExecuted, Countersign, OutcomeUnknown, Unreachable
from testkit.api import QUICK, FakeApi
from testkit.door import Fault

# Runs one action and dies by SIGKILL at the point named.
AGENT = """
import os, signal, sys
from countersign import Countersign
from countersign.journal import Journal

point, url, journal, trace = sys.argv[1:]

def die(*args):
    os.kill(os.getpid(), signal.SIGKILL)

def refund(amount_usd):
    if point == "while it runs":
        die()
    with open(trace, "a") as file:
        file.write(f"{amount_usd}\\n")
    return "re_1"

if point == "after the spend":
    Journal.start = die
if point == "before the report":
    finish = Journal.finish
    def finish_and_die(self, action, report):
        finish(self, action, report)
        die()
    Journal.finish = finish_and_die

with Countersign(url, "csk_otto", journal=journal) as otto:
    otto.resume("act_1").execute(refund)
"""


@pytest.fixture
def trace(tmp_path: Path) -> Path:
    path = tmp_path / "refunds"
    path.touch()
    return path


def killed(point: str, api: FakeApi, journal: Path, trace: Path) -> None:
    run = subprocess.run(
        [sys.executable, "-c", AGENT, point, api.base_url, journal, trace],
        env=os.environ | {"PYTHONPATH": str(Path(__file__).parents[1])},
        timeout=60,
        check=False,
    )
    assert run.returncode == -signal.SIGKILL


@pytest.fixture
def approved(api: FakeApi, otto: Countersign) -> None:
    otto.submit("billing.refund", {"amount_usd": 80})
    api.decide("act_1", args={"amount_usd": 40})


@pytest.mark.usefixtures("approved")
def test_killed_after_the_spend_it_goes_on(api: FakeApi, otto: Countersign, journal: Path, trace: Path) -> None:
    killed("after the spend", api, journal, trace)
    assert api.only().spend is not None
    # The server shows no grant for a spent one; the noted key replays the spend.
    otto.resume("act_1").execute(lambda amount_usd: trace.write_text(f"{amount_usd}"))
    assert trace.read_text() == "40"


@pytest.mark.usefixtures("approved")
def test_killed_while_it_ran_it_is_unknown_and_never_runs_again(
    api: FakeApi, otto: Countersign, journal: Path, trace: Path
) -> None:
    killed("while it runs", api, journal, trace)
    for _ in range(2):
        with pytest.raises(OutcomeUnknown) as unknown:
            otto.resume("act_1")
        assert unknown.value.execution_key == "exe_act_1"
    with pytest.raises(AlreadyExecuted):
        otto.get("act_1").execute(lambda amount_usd: pytest.fail("ran"))
    assert [request.body for request in api.sent("POST .*/result")] == [{"status": "unknown"}]
    assert (trace.read_text(), otto.journal.unfinished()) == ("", ())


@pytest.mark.usefixtures("approved")
def test_killed_before_the_report_it_is_reported_and_does_not_run_again(
    api: FakeApi, otto: Countersign, journal: Path, trace: Path
) -> None:
    killed("before the report", api, journal, trace)
    assert [entry.action for entry in otto.journal.unfinished()] == ["act_1"]
    action = otto.resume("act_1")
    assert api.only().report["output"] == "re_1"
    with pytest.raises(AlreadyExecuted):
        action.execute(lambda amount_usd: pytest.fail("ran"))
    assert trace.read_text() == "40\n"


@pytest.mark.usefixtures("approved")
def test_unknown_is_told_again_until_the_server_heard_it(api: FakeApi, otto: Countersign) -> None:
    action = otto.get("act_1")
    otto.journal.start(action.id, otto.spend(action).execution_key)
    api.faults += [Fault("POST .*/result", 503)] * 200
    with pytest.raises(Unreachable):
        otto.resume("act_1")
    api.faults.clear()
    with pytest.raises(OutcomeUnknown):
        otto.resume("act_1")
    assert api.only().report == {"status": "unknown"}


@pytest.mark.usefixtures("approved")
def test_a_report_that_the_server_had_already_is_no_error(api: FakeApi, otto: Countersign) -> None:
    api.faults += [Fault("POST .*/result", 500, after=True)]
    otto.get("act_1").execute(lambda amount_usd: "re_1")
    assert otto.report_unsent() == ("act_1",)
    assert api.only().report["status"] == "succeeded"


@pytest.mark.usefixtures("approved")
def test_another_machine_does_not_run_what_is_spent(api: FakeApi, otto: Countersign, tmp_path: Path) -> None:
    otto.spend(otto.get("act_1"))
    with Countersign(api.base_url, "csk_otto", retry=QUICK, journal=tmp_path / "other.jsonl") as other:
        action = other.resume("act_1")
        with pytest.raises(AlreadyExecuted):
            action.execute(lambda amount_usd: pytest.fail("ran"))


@pytest.mark.usefixtures("approved")
def test_a_spend_that_the_server_gave_up_on_does_not_run(api: FakeApi, otto: Countersign) -> None:
    otto.spend(otto.get("act_1"))
    api.only().execution = {"status": "unknown", "reported_at": None, "report": None}
    action = otto.resume("act_1")
    with pytest.raises(AlreadyExecuted):
        action.execute(lambda amount_usd: pytest.fail("ran"))


def test_a_pending_action_is_waited_for_after_a_restart(api: FakeApi, otto: Countersign, journal: Path) -> None:
    otto.submit("billing.refund", {"amount_usd": 80})
    with Countersign(api.base_url, "csk_otto", retry=QUICK, journal=journal) as restarted:
        action = restarted.resume("act_1")
        assert action.state == "pending"
        api.decide("act_1")
        assert action.execute(lambda amount_usd: amount_usd) == 80
