"""Running what was signed: the grant first, the decided arguments, once, with a report; and nothing on any doubt."""

import stat
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from countersign import (
    AlreadyExecuted,
    Countersign,
    GrantRefused,
    JournalError,
    Rejected,
    Stopped,
    UnfitArguments,
    Unreachable,
)
from testkit.api import FakeApi
from testkit.door import Fault


class Till:
    """A tool that remembers what it was asked to do."""

    def __init__(self) -> None:
        self.refunds: list[dict[str, Any]] = []

    def refund(self, **args: Any) -> dict[str, str]:
        self.refunds.append(args)
        return {"refund": "re_1"}


@pytest.fixture
def till() -> Till:
    return Till()


def test_the_edited_arguments_run_and_are_reported(api: FakeApi, otto: Countersign, till: Till) -> None:
    action = otto.submit("billing.refund", {"amount_usd": 80})
    api.decide(action.id, args={"amount_usd": 40})
    assert action.wait().run(till.refund) == {"refund": "re_1"}
    report = api.sent("POST /actions/act_1/result")[0].body
    assert report.pop("started_at").endswith("Z")
    assert report.pop("duration_ms") >= 0
    assert report == {"status": "succeeded", "output": {"refund": "re_1"}, "executed_args": {"amount_usd": 40}}
    assert till.refunds == [{"amount_usd": 40}]
    assert (action.execution or {})["status"] == "succeeded"


def test_the_grant_is_spent_before_the_function_runs(api: FakeApi, otto: Countersign) -> None:
    action = otto.submit("crm.note", {"text": "Called."})
    seen: list[bool] = []
    action.execute(lambda text: seen.append(api.only().spend is not None))
    assert seen == [True]
    assert api.sent("POST /actions/act_1/spend")[0].body == {"grant": "grant.act_1.1"}


def test_execute_waits_for_a_pending_action(api: FakeApi, otto: Countersign, till: Till) -> None:
    action = otto.submit("billing.refund", {"amount_usd": 80})
    api.decide(action.id, "rejected", comment="No.")
    with pytest.raises(Rejected):
        action.execute(till.refund, timeout=5)
    assert (till.refunds, api.sent("POST .*/spend")) == ([], [])


def test_what_the_function_raises_is_reported_and_raised(api: FakeApi, otto: Countersign) -> None:
    action = otto.submit("crm.note", {"text": "Called."})

    def fails(text: str) -> None:
        raise StopIteration("the CRM is read-only")

    with pytest.raises(StopIteration, match="read-only"):
        action.execute(fails)
    report = api.sent("POST /actions/act_1/result")[0].body
    assert (report["status"], report["error"]) == ("failed", "StopIteration: the CRM is read-only")


def test_nothing_runs_when_the_server_is_gone_at_spending(api: FakeApi, otto: Countersign, till: Till) -> None:
    action = otto.submit("crm.note", {"text": "Called."})
    api.faults += [Fault("POST .*/spend", drop=True)] * 500
    with pytest.raises(Unreachable):
        action.execute(till.refund)
    assert till.refunds == []


def test_a_spend_whose_answer_was_lost_is_replayed_and_runs_once(api: FakeApi, otto: Countersign, till: Till) -> None:
    action = otto.submit("crm.note", {"text": "Called."})
    api.faults += [Fault("POST .*/spend", drop=True, after=True), Fault("POST .*/spend", 503, after=True)]
    action.execute(till.refund)
    assert (till.refunds, len(api.sent("POST .*/spend"))) == ([{"text": "Called."}], 3)


@pytest.mark.parametrize("code", ["grant_spent", "grant_expired", "grant_revoked"])
def test_a_refused_grant_runs_nothing(api: FakeApi, otto: Countersign, till: Till, code: str) -> None:
    action = otto.submit("crm.note", {"text": "Called."})
    api.only().refuse_spend = (code, "Submit again.")
    with pytest.raises(GrantRefused) as refused:
        action.execute(till.refund)
    assert (refused.value.code, till.refunds) == (code, [])


def test_the_stop_switch_at_spending_stops_it(api: FakeApi, otto: Countersign, till: Till) -> None:
    action = otto.submit("crm.note", {"text": "Called."})
    api.only().refuse_spend = ("stopped", "The stop switch is on.")
    with pytest.raises(Stopped):
        action.execute(till.refund)
    assert till.refunds == []


@pytest.mark.parametrize(
    "spent",
    [{"name": "crm.note", "args": {"text": "Something else."}}, {"name": "billing.wipe", "args": {"text": "Called."}}],
)
def test_a_spent_call_that_is_not_the_decided_one_runs_nothing(
    api: FakeApi, otto: Countersign, till: Till, spent: dict[str, Any]
) -> None:
    action = otto.submit("crm.note", {"text": "Called."})
    api.only().call = spent
    with pytest.raises(GrantRefused, match="tool_call_mismatch"):
        action.execute(till.refund)
    assert till.refunds == []


def test_arguments_that_do_not_fit_spend_nothing(api: FakeApi, otto: Countersign) -> None:
    action = otto.submit("billing.refund", {"amount_usd": 80})
    api.decide(action.id, args={"amount_usd": 40, "note": "goodwill"})
    with pytest.raises(UnfitArguments, match="note"):
        action.execute(lambda amount_usd: pytest.fail("ran"))
    assert api.sent("POST .*/spend") == []


def test_an_action_runs_once(api: FakeApi, otto: Countersign, till: Till) -> None:
    action = otto.submit("crm.note", {"text": "Called."})
    decision = action.wait()
    decision.run(till.refund)
    for again in (decision.run, action.execute, otto.get(action.id).execute, otto.resume(action.id).execute):
        run: Callable[[Any], Any] = again
        with pytest.raises(AlreadyExecuted):
            run(till.refund)
    assert till.refunds == [{"text": "Called."}]


def test_two_processes_that_share_a_journal_run_it_once(
    api: FakeApi, otto: Countersign, journal: Path, till: Till, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The other one does everything while the first holds its permit: both were answered 200 to the same spend."""
    action = otto.submit("crm.note", {"text": "Called."})
    start = otto.journal.start

    def start_late(action_id: str, execution_key: str) -> bool:
        with Countersign(api.base_url, "csk_otto", journal=journal) as other:
            other.resume(action_id).execute(till.refund)
        return start(action_id, execution_key)

    monkeypatch.setattr(otto.journal, "start", start_late)
    with pytest.raises(AlreadyExecuted):
        action.execute(till.refund)
    assert (till.refunds, len(api.sent("POST .*/spend"))) == ([{"text": "Called."}], 2)


def test_an_edit_within_the_function_changes_neither_decision_nor_report(api: FakeApi, otto: Countersign) -> None:
    action = otto.submit("crm.note", {"tags": ["a"]})
    action.execute(lambda tags: tags.append("b"))
    assert api.sent("POST /actions/act_1/result")[0].body["executed_args"] == {"tags": ["a"]}


@pytest.mark.parametrize(
    ("output", "reported"),
    [
        (None, None),
        ({"ok": [1, 2.5, True]}, {"ok": [1, 2.5, True]}),
        ({1, 2}, "{1, 2}"),
        (float("nan"), "nan"),
        ("x" * 70_000, "'" + "x" * 3_999),
        ("a\ud800", "'a\\ud800'"),
    ],
    ids=["none", "json", "set", "nan", "large", "surrogate"],
)
def test_any_output_can_be_reported(api: FakeApi, otto: Countersign, output: object, reported: object) -> None:
    otto.submit("crm.note", {}).execute(lambda: output)
    assert api.sent("POST /actions/act_1/result")[0].body["output"] == reported


def test_a_lost_report_does_not_hide_the_result_and_is_sent_later(
    api: FakeApi, otto: Countersign, till: Till, caplog: pytest.LogCaptureFixture
) -> None:
    action = otto.submit("crm.note", {"text": "Called."})
    api.faults += [Fault("POST .*/result", 503)] * 200
    assert action.execute(till.refund) == {"refund": "re_1"}
    assert "act_1 ran; its report is kept" in caplog.text
    api.faults.clear()
    assert (otto.report_unsent(), otto.report_unsent()) == (("act_1",), ())
    assert api.only().report["output"] == {"refund": "re_1"}


def test_without_a_journal_nothing_is_spent(api: FakeApi, till: Till, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with Countersign(api.base_url, "csk_otto", journal=tmp_path / "file" / "journal.jsonl") as otto:
        action = otto.submit("crm.note", {"text": "Called."})
        with pytest.raises(JournalError):
            action.execute(till.refund)
    assert (till.refunds, api.sent("POST .*/spend")) == ([], [])


def test_a_journal_that_fails_after_the_function_hides_nothing(
    api: FakeApi, otto: Countersign, till: Till, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def full(action: str, report: dict[str, Any]) -> None:
        raise JournalError("the disk is full")

    monkeypatch.setattr(otto.journal, "finish", full)
    assert otto.submit("crm.note", {"text": "Called."}).execute(till.refund) == {"refund": "re_1"}
    assert api.only().report["status"] == "succeeded"
    assert "act_1 ran; its end is not in the journal" in caplog.text


def test_the_journal_is_private(otto: Countersign, journal: Path) -> None:
    otto.submit("crm.note", {}).execute(lambda: None)
    assert stat.S_IMODE(journal.stat().st_mode) == 0o600


def test_spend_and_report_by_hand(api: FakeApi, otto: Countersign) -> None:
    action = otto.submit("crm.note", {"text": "Called."})
    permit = otto.spend(action)
    assert (permit.tool_call.args, permit.execution_key) == ({"text": "Called."}, "exe_act_1")
    otto.report(action, "failed", error="The CRM is down.", executed_args={"text": "Called."}, duration_ms=12)
    assert api.only().report == {
        "status": "failed",
        "error": "The CRM is down.",
        "executed_args": {"text": "Called."},
        "duration_ms": 12,
    }
    assert otto.journal.unfinished() == ()


def test_an_async_function_is_refused_before_anything_is_spent(api: FakeApi, otto: Countersign) -> None:
    async def note(text: str) -> None:
        pytest.fail("ran")

    action = otto.submit("crm.note", {"text": "Called."})
    run: Callable[[Any], Any] = action.execute
    with pytest.raises(TypeError, match="AsyncCountersign"):
        run(note)
    assert api.sent("POST .*/spend") == []
