"""Recorded trials become examples and runs, and go through the gate as they are."""

from typing import Any

from accounts import queries as accounts
from audit.actor import OPERATOR
from bench._tau_gold import gold
from bench.gate_tau import gated
from feedback import services
from feedback.queries import evaluation
from tests.cast import Stage

CANCEL: dict[str, Any] = {"name": "cancel", "args": {"id": "A"}}
BOOK: dict[str, Any] = {"name": "book", "args": {"from": "JFK", "to": "SEA", "bags": 2}}
OTHER: dict[str, Any] = {"name": "book", "args": {"from": "JFK", "to": "SEA", "bags": 1}}
FAR: dict[str, Any] = {"name": "book", "args": {"from": "SFO", "to": "LAX", "bags": 1}}


def call(task: int, trial: int, n: int, made: dict[str, Any]) -> dict[str, Any]:
    turn = {"role": "user", "content": f"Task {task}"}
    return {"task_id": task, "trial": trial, "call": n, "tool_call": made, "conversation": [turn],
            "gold_actions": [CANCEL, BOOK] if task < 9 else [CANCEL]}  # fmt: skip


CALLS = [
    call(1, 0, 2, BOOK),
    call(1, 0, 1, FAR),
    call(1, 1, 1, CANCEL),
    call(1, 1, 2, CANCEL),
    call(2, 0, 1, CANCEL),
    call(9, 0, 1, CANCEL),
    call(9, 1, 1, BOOK),
]


def told(made: dict[str, Any]) -> dict[str, Any]:
    return {"tool": made["name"], "args": made["args"]}


def test_each_right_call_is_served_once_and_tasks_of_one_trial_are_left_out() -> None:
    found = gold(CALLS)
    assert [(one.name, one.answers) for one in found] == [
        ("task-001-0", {0: None, 1: told(CANCEL)}),
        ("task-001-1", {0: told(FAR), 1: None}),
        ("task-009-0", {0: told(CANCEL), 1: None}),
    ]
    assert [one.call for one in found] == [told(CANCEL), told(BOOK), told(CANCEL)]


def test_the_same_call_comes_before_a_namesake() -> None:
    wanted = [OTHER, BOOK]
    made = [{**call(1, trial, 1, BOOK), "gold_actions": wanted} for trial in (0, 1)]
    assert [one.answers[0] for one in gold(made)] == [None, told(BOOK)]


def test_both_trials_go_through_the_gate(stage: Stage) -> None:
    found = gated(gold(CALLS), services, accounts, OPERATOR)
    assert (found["examples"], found["verdict"], found["changed"]) == (3, "inconclusive", 2)
    assert [row["name"] for row in found["rows"]] == ["all examples", "tool=book", "tool=cancel"]
    kept = evaluation.find_gate(stage.id, found["gate"])
    assert [run.diagnoses for run in (kept.baseline, kept.candidate)] == [
        {"missing call": 1, "wrong arguments": 1, "fine": 1},
        {"fine": 1, "missing call": 2},
    ]


def test_what_the_agent_says_from_elsewhere_is_redacted(stage: Stage) -> None:
    calls = [{**call(1, trial, 1, {"name": "cancel", "args": {"id": "mail ada@example.com"}})} for trial in (0, 1)]
    found = gated(gold(calls), services, accounts, OPERATOR)
    pairs = evaluation.differences(evaluation.find_gate(stage.id, found["gate"]))
    assert "ada@example.com" not in repr(pairs) + repr(list(evaluation.runs(stage.id)))
