"""The command line: JSON on standard output, an exit code that a script can branch on."""

import io
import json
from pathlib import Path

import pytest

from countersign.cli import main
from testkit.api import FakeApi

Output = pytest.CaptureFixture[str]


@pytest.fixture(autouse=True)
def environment(api: FakeApi, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COUNTERSIGN_URL", api.base_url)
    monkeypatch.setenv("COUNTERSIGN_API_KEY", "csk_otto")
    monkeypatch.setenv("COUNTERSIGN_JOURNAL", str(tmp_path / "journal.jsonl"))


def test_submit_prints_the_action(api: FakeApi, capsys: Output) -> None:
    assert main(["submit", "billing.refund", '{"amount_usd": 80}', "--summary", "Refund.", "--expires-in", "60"]) == 0
    assert json.loads(capsys.readouterr().out)["id"] == "act_1"
    assert api.sent("POST /actions")[0].body == {
        "tool_call": {"name": "billing.refund", "args": {"amount_usd": 80}},
        "summary": "Refund.",
        "expires_in": 60,
    }


def test_arguments_come_from_standard_input(api: FakeApi, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO('{"text": "Called."}'))
    assert main(["submit", "crm.note", "-"]) == 0
    assert api.only().call["args"] == {"text": "Called."}


@pytest.mark.parametrize(
    ("outcome", "source", "code"),
    [("approved", "people", 0), ("rejected", "people", 1), ("rejected", "policy", 1), ("expired", "timeout", 1)],
)
def test_waiting_ends_in_a_code(api: FakeApi, capsys: Output, outcome: str, source: str, code: int) -> None:
    api.on_submit = lambda stored: api.decide(stored.id, outcome, source=source)
    assert main(["submit", "billing.refund", "{}", "--wait", "5"]) == code
    assert main(["wait", "act_1"]) == code
    captured = capsys.readouterr()
    assert captured.out.count('"state": "approved"') == (2 if code == 0 else 0)
    assert captured.err.count("waiting for act_1") == 2


def test_a_pending_action_is_code_4(capsys: Output) -> None:
    assert main(["submit", "billing.refund", "{}", "--wait", "0"]) == 4
    assert "act_1 is still pending" in capsys.readouterr().err


def test_show_list_and_whoami_print_what_the_server_says(capsys: Output) -> None:
    main(["submit", "billing.refund", "{}"])
    capsys.readouterr()
    assert main(["show", "act_1"]) == 0
    shown = json.loads(capsys.readouterr().out)
    assert main(["list", "--state", "pending", "--limit", "5"]) == 0
    assert json.loads(capsys.readouterr().out) == {"items": [shown], "next": None}
    assert main(["whoami"]) == 0
    assert json.loads(capsys.readouterr().out)["agent"]["name"] == "otto"


def test_a_refusal_is_code_3(capsys: Output) -> None:
    assert main(["show", "act_9"]) == 3
    assert capsys.readouterr().err == "countersign: 404 not_found: No such action.\n"


@pytest.mark.parametrize("args", ["{", "[]", "nan"])
def test_arguments_that_are_not_an_object_are_wrong_usage(args: str) -> None:
    with pytest.raises(SystemExit) as stopped:
        main(["submit", "crm.note", args])
    assert stopped.value.code == 2


def test_no_key_is_code_2(monkeypatch: pytest.MonkeyPatch, capsys: Output) -> None:
    monkeypatch.delenv("COUNTERSIGN_API_KEY")
    assert main(["whoami"]) == 2
    assert "COUNTERSIGN_API_KEY" in capsys.readouterr().err
