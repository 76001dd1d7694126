"""The lines of the README work as they are printed."""

import re
from pathlib import Path

import pytest

from countersign import Countersign, ToolCall
from testkit.api import FakeApi

README = Path(__file__).parents[1] / "README.md"


def test_the_first_lines_of_the_readme_run(
    api: FakeApi, journal: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("COUNTERSIGN_URL", api.base_url)
    monkeypatch.setenv("COUNTERSIGN_API_KEY", "csk_otto")
    monkeypatch.setenv("COUNTERSIGN_JOURNAL", str(journal))
    api.on_submit = lambda stored: api.decide(stored.id, args={"customer_id": "cus_123", "amount_usd": 40})
    first, second = re.findall(r"```python\n(.*?)```", README.read_text(), re.DOTALL)[:2]
    refunds: list[dict[str, object]] = []
    names: dict[str, object] = {"refund_tool": lambda **args: refunds.append(args)}
    exec(first, names)
    exec(second, names)
    names["cs"].close()  # type: ignore[attr-defined]
    assert capsys.readouterr().out == "refunded 40 to cus_123\n"
    assert refunds == [{"customer_id": "cus_123", "amount_usd": 40}]
    assert api.sent("POST /actions")[0].body["summary"] == "Refund 80 USD to cus_123"


def test_a_person_votes_as_the_readme_has_it(api: FakeApi, otto: Countersign) -> None:
    lines = re.findall(r"```python\n(.*?)```", README.read_text(), re.DOTALL)[2]
    api.quorum, api.checks = 2, ("I compared the amount with the charge.",)
    action = otto.submit("billing.refund", {"amount_usd": 80})
    with Countersign(api.base_url, "csp_ada") as ada:
        exec(lines, {"ada": ada, "action": action, "ToolCall": ToolCall})
    assert [len(api.sent(f"POST /actions/act_1/{verb}")) for verb in ("reviews", "undo")] == [2, 1]
    assert api.sent("POST /actions/act_1/reviews")[1].body["alternative"]["name"] == "billing.credit"
    assert action.refresh().state == "rejected"
