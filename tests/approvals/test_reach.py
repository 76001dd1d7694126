"""How far a call reaches: what the policy knows, what nobody knows, and what the agent says against it."""

from typing import Any

import pytest

from approvals import dry_run, queries
from approvals.dry_run import Place
from approvals.marks import segments
from approvals.reach import Reach, claimed, reach
from tests.approvals.presses import find
from tests.cast import POLICY, Stage, use_policy


def lines(stage: Stage, tool: str = "billing.refund", args: dict[str, Any] | None = None) -> dict[str, str]:
    view = find(stage, stage.submit(tool, args))
    return {line.what: line.text for line in reach(queries.subject(view), view.terms)}


def test_a_described_tool_tells_its_reach(stage: Stage) -> None:
    assert lines(stage) == {
        "Money": "80 USD",
        "Who": "cus_1",
        "Records": "Writes",
        "System": "billing.refund, version 1",
        "Taken back": "No: the policy names no way back",
        "May run": "Once, within 15 min of the approval",
    }


def test_of_an_unknown_tool_everything_is_unknown(stage: Stage) -> None:
    assert lines(stage, "bank.wire", {"iban": "DE89"}) == {
        "Money": "Not known",
        "Who": "Not known",
        "Records": "Not known",
        "System": "Not known",
        "Taken back": "Not known: assume that it cannot",
        "May run": "Once, within 15 min of the approval",
    }


def test_reading_personal_data_and_a_draft_are_told_apart(stage: Stage) -> None:
    tool = (
        "  crm.read:\n    schema: {type: object}\n    access: read\n    data_classes: [contact]\n    reversible: true\n"
    )
    text = POLICY.replace("tools:\n", f"tools:\n{tool}", 1).replace("tier: autonomous", "tier: draft")
    use_policy(stage, text)
    told = lines(stage, "crm.read", {})
    assert (told["Records"], told["Taken back"], told["May run"]) == (
        "Reads only: contact",
        "It can be",
        "Never: it is a draft",
    )


def test_what_the_agent_says_stands_against_what_is_known(stage: Stage) -> None:
    impact = {
        "amount": {"value": "8.00", "currency": "USD"},
        "reach": "1 customer",
        "data_classes": ["payment"],
        "reversible": True,
        "undo": {"name": "billing.charge", "args": {}},
    }
    about = queries.subject(find(stage, stage.submit()))
    assert claimed(about, impact) == (
        Reach("Money", "8.00 USD", against="The arguments say 80 USD."),
        Reach("Reach", "1 customer"),
        Reach("Records", "payment"),
        Reach("Taken back", "It can be", against="The policy names no way back."),
        Reach("Undone by", "billing.charge"),
    )
    fits = {"amount": {"value": "80.00", "currency": "USD"}, "reversible": False}
    assert [line.against for line in claimed(about, fits)] == ["", ""]
    assert claimed(about, {}) == ()


@pytest.mark.parametrize(
    ("entry", "place"),
    [
        ({"path": "/a", "before": 1, "after": "1"}, Place(segments("/a"), segments("1"), segments('"1"'))),
        ({"op": "add", "path": "/a", "value": None}, Place(segments("add /a"), None, segments("null"))),
        ({"field": "a", "old": [1]}, Place(segments("a"), segments("[1]"), None)),
        ({"path": "/a", "why": "x"}, Place((), None, None, segments('{"path":"/a","why":"x"}'))),
        ({"path": "/a", "old": 1, "before": 2}, Place((), None, None, segments('{"path":"/a","old":1,"before":2}'))),
        ({"path": 1}, Place((), None, None, segments('{"path":1}'))),
        ("text", Place((), None, None, segments('"text"'))),
    ],
)
def test_an_entry_of_a_dry_run_is_laid_out_or_shown_whole(entry: Any, place: Place) -> None:
    assert dry_run.drawn({"diff": [entry]}).places == (place,)


def test_a_dry_run_draws_only_what_differs_and_names_the_rest() -> None:
    before, after = (
        {"id": 1, "plan": {"name": "pro", "seats": 5}, "old": 1},
        {"id": 1, "plan": {"name": "pro", "seats": 6}},
    )
    found = dry_run.drawn({"diff": [
        {"path": "/email", "before": "a@b.c", "after": "a@b.c"},
        {"path": "/balance", "before": 80, "after": 0},
        {"path": "/customer", "before": before, "after": after},
        {"path": "/flag", "before": 1, "after": True},
    ]})  # fmt: skip
    assert found.same == (segments("/email"),)
    assert found.places == (
        Place(segments("/balance"), segments("80"), segments("0")),
        Place((*segments("/customer"), *segments("/old")), segments("1"), None),
        Place((*segments("/customer"), *segments("/plan/seats")), segments("5"), segments("6")),
        Place(segments("/flag"), segments("1"), segments("true")),
    )


def test_a_dry_run_may_be_text_alone() -> None:
    assert dry_run.drawn({"text": "x"}) == dry_run.DryRun(segments("x"), ())
