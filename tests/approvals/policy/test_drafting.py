"""A decided action as a line of the document; all other lines stay as they were."""

from typing import Any

import pytest

from approvals.policy.compiled import compile_document
from approvals.policy.document import parse
from approvals.policy.drafting import Decided, inserted, rule_of
from approvals.policy.drafting import test_of as as_test
from approvals.policy.trials import run_trials

TOOLS = """\
name: x
tools:
  pay:
    schema: {type: object}
    amount: {path: args.amount, currency: USD}
    counterpart: args.to
    sensitive: [args.iban]
"""
BLOCK = TOOLS + 'rules:\n  - {id: large, tools: [pay], when: ["args.amount > 5"], effect: deny}\n\n# The end\n'


def decided(**changed: Any) -> Decided:
    said: dict[str, Any] = {
        "id": "act_01m7waf705ewrb8xtcdnheqcvh",
        "tool": "pay",
        "args": {"to": "c1", "amount": 4, "iban": "DE89"},
        "agent": "otto",
        "claims": {"confidence": 0.5, "summary": "Please", "uncertain": False},
        "effect": "require_approval",
        "rule": None,
        "approved": True,
    }
    return Decided(**{**said, **changed})


def spec_of(text: str) -> Any:
    return parse(text).tools["pay"]


def test_a_test_pins_what_was_said_and_blots_out_what_is_sensitive() -> None:
    entry = as_test(decided(), spec_of(BLOCK))
    assert entry == {
        "given": {
            "tool_call": {"name": "pay", "args": {"to": "c1", "amount": 4, "iban": "redacted"}},
            "actor": "otto",
            "confidence": 0.5,
        },
        "expect": {"effect": "require_approval", "rule": None},
    }
    text, line = inserted(BLOCK, "tests", entry)
    assert text.splitlines()[line - 1].startswith('  - {given: {tool_call: {name: "pay"')
    assert run_trials(compile_document(parse(text))) == ()


@pytest.mark.parametrize(
    ("approved", "when", "effect"),
    [(True, "args.amount <= 4", "allow"), (False, "args.amount >= 4", "deny")],
)
def test_a_rule_does_what_people_did(approved: bool, when: str, effect: str) -> None:
    entry = rule_of(decided(approved=approved), spec_of(BLOCK))
    assert entry == {
        "id": "pay-heqcvh",
        "tools": ["pay"],
        "when": ['args.to == "c1"', when],
        "effect": effect,
    }


def test_a_tool_that_nobody_described_gives_a_rule_without_clauses() -> None:
    assert "when" not in rule_of(decided(), None)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (BLOCK, BLOCK.replace("\n\n# The end", "\n  - {id: 1}\n\n# The end")),
        ("name: x\nrules: []\n", "name: x\nrules: [{id: 1}]\n"),
        ("name: x\nrules: [{id: a}]  # why\nlimits: []", "name: x\nrules: [{id: a}, {id: 1}]  # why\nlimits: []\n"),
        ("name: x", "name: x\nrules:\n  - {id: 1}\n"),
        ("name: x\nrules:\nlimits: []\n", "name: x\nrules:\n  - {id: 1}\nlimits: []\n"),
        ("rules:\n- id: a\n  effect: deny\nname: x\n", "rules:\n- id: a\n  effect: deny\n- {id: 1}\nname: x\n"),
    ],
)
def test_the_entry_stands_at_the_end_of_its_list(before: str, after: str) -> None:
    text, line = inserted(before, "rules", {"id": 1})
    assert text == after
    assert "{id: 1}" in text.splitlines()[line - 1]


@pytest.mark.parametrize("value", ["\u202ea", 'q"\\', "a: b # c", "\ud83d\ude00", "\x85", "yes", "12:30", "\n"])
def test_whatever_an_agent_sent_comes_back_the_same(value: str) -> None:
    value = value.encode("utf-16", "surrogatepass").decode("utf-16")
    text, _ = inserted(BLOCK, "tests", as_test(decided(args={"to": value, value: 1}), None))
    (trial,) = parse(text).tests
    assert trial.given.args == {"to": value, value: 1}


def test_a_text_that_is_no_yaml_is_left_alone() -> None:
    with pytest.raises(ValueError, match="not YAML"):
        inserted("rules: [", "rules", {"id": 1})
