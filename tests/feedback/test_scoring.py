"""The built-in scorers, and the words for what went wrong."""

from typing import Any

import pytest

from feedback.scoring import BUILT_IN, Diagnosis, score

SCHEMA = {"type": "object", "required": ["amount"], "properties": {"amount": {"type": "number"}}}
REFUND = {"tool": "refund", "args": {"amount": 80, "note": "Late parcel"}}


def example(mode: str, *actions: Any, forbidden: tuple[Any, ...] = ()) -> dict[str, Any]:
    tools = [{"name": "refund", "parameters": SCHEMA}, {"name": "note"}, {"name": "broken", "parameters": {"type": 3}}]
    return {
        "input": {"messages": [], "tools": tools},
        "expectation": {"mode": mode, "actions": list(actions), "forbidden": list(forbidden)},
    }


def told(content: dict[str, Any], output: Any, **options: Any) -> tuple[str, str]:
    """The scorers that pass, in their order, and the diagnosis."""
    found = score(content, output, **options)
    return " ".join(name for name in BUILT_IN if found.scores[name].passed), found.diagnosis.value


def other(**args: Any) -> dict[str, Any]:
    """The right call with some arguments changed."""
    return {"tool": "refund", "args": {"amount": 80, "note": "Late parcel", **args}}


ALL = "correct tool arguments must_not schema"


@pytest.mark.parametrize(
    ("output", "passing", "diagnosis"),
    [
        (REFUND, ALL, Diagnosis.FINE),
        ({"tool": "refund", "args": {"amount": 80.0, "note": "late  parcel"}}, ALL, Diagnosis.FINE),
        (other(amount=81), "tool must_not schema", Diagnosis.WRONG_ARGUMENTS),
        ({"tool": "note", "args": {}}, "must_not schema", Diagnosis.WRONG_TOOL),
        ({"tool": "unheard", "args": {}}, "must_not", Diagnosis.WRONG_TOOL),
        ({"tool": "broken", "args": {}}, "must_not", Diagnosis.WRONG_TOOL),
        (None, "must_not schema", Diagnosis.MISSING_CALL),
    ],
)  # fmt: skip
def test_one_call_is_right(output: Any, passing: str, diagnosis: Diagnosis) -> None:
    assert told(example("exact", REFUND), output) == (passing, diagnosis)


def test_a_call_that_people_took_back_is_no_longer_right() -> None:
    content = example("exact", {**REFUND, "args": {"amount": 45}}, forbidden=(REFUND,))
    assert told(content, REFUND) == ("tool schema", Diagnosis.WRONG_ARGUMENTS)


def test_any_of_several_is_right() -> None:
    content = example("any_of", REFUND, {"tool": "note", "args": {"text": "x"}})
    assert told(content, {"tool": "note", "args": {"text": "x"}}) == (ALL, Diagnosis.FINE)


@pytest.mark.parametrize(
    ("output", "expected"), [(REFUND, ("tool schema", Diagnosis.NEEDLESS_CALL)), (None, (ALL, Diagnosis.FINE))]
)
def test_a_forbidden_call(output: Any, expected: tuple[str, str]) -> None:
    assert told(example("forbidden", forbidden=(REFUND,)), output) == expected


@pytest.mark.parametrize("escalated", [True, False])
def test_a_question_to_people(escalated: bool) -> None:
    expected = (ALL, Diagnosis.FINE) if escalated else ("arguments must_not schema", Diagnosis.NOT_ESCALATED)
    assert told(example("must_escalate"), None, escalated=escalated) == expected


def test_an_error_passes_nothing() -> None:
    assert told(example("exact", REFUND), REFUND, error="timeout") == ("", Diagnosis.NO_RECOVERY)


def test_arguments_have_a_share() -> None:
    half, more = (
        score(example("exact", REFUND), call).scores["arguments"] for call in (other(note="x"), other(extra=1))
    )
    assert (half.passed, half.value, more.passed) == (False, 0.5, False)
    assert more.value == pytest.approx(2 / 3)
