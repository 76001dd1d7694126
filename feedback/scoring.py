"""The scorers that are built in, and what went wrong in one step. Pure and deterministic.

| scorer | passes where |
| --- | --- |
| correct | the call is one that is expected, or, where calls are only forbidden, none of those |
| tool | its tool is an expected one, or no tool was expected and none was called |
| arguments | every argument is right; its value is the share that are |
| must_not | it is none of the forbidden calls |
| schema | its arguments fit the tool's schema, as far as the example shows one |
| policy | the active policy does not deny it (added where a policy is at hand) |

Cosmetic differences (see labels.is_material) are none. A call is `{"tool", "args"}`; no call is None.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import jsonschema_rs

from feedback.labels import is_material

Call = Mapping[str, Any]
VERSION = "countersign/1"
BUILT_IN = ("correct", "tool", "arguments", "must_not", "schema")
POLICY = "policy"


class Diagnosis(StrEnum):
    """What error analysis groups by."""

    FINE = "fine"
    WRONG_TOOL = "wrong tool"
    WRONG_ARGUMENTS = "wrong arguments"
    NEEDLESS_CALL = "needless call"
    MISSING_CALL = "missing call"
    NOT_ESCALATED = "did not ask people"
    NO_RECOVERY = "did not recover from an error"


@dataclass(frozen=True, slots=True)
class Score:
    passed: bool
    value: float


@dataclass(frozen=True, slots=True)
class Scored:
    scores: dict[str, Score]
    diagnosis: Diagnosis


def score(content: Mapping[str, Any], output: Call | None, *, escalated: bool = False, error: str = "") -> Scored:
    """Of an example's content (docs/evaluation.md) and what the agent answered to it. An error passes nothing."""
    expectation = content["expectation"]
    mode, accepted, forbidden = expectation["mode"], expectation["actions"], expectation["forbidden"]
    if error:
        return Scored({name: Score(passed=False, value=0.0) for name in BUILT_IN}, Diagnosis.NO_RECOVERY)
    correct = _correct(mode, accepted, forbidden, output, escalated=escalated)
    share = max((_share(call, output) for call in accepted), default=1.0 if output is None or correct else 0.0)
    scores = {
        "correct": _told(correct),
        "tool": _told(_tool_fits(mode, accepted, output, escalated=escalated)),
        "arguments": Score(share == 1.0, share),
        "must_not": _told(not any(same(call, output) for call in forbidden)),
        "schema": _told(output is None or _fits(content, output)),
    }
    return Scored(scores, _diagnosed(mode, accepted, output, correct=correct))


def same(one: Call, other: Call | None) -> bool:
    """Whether two calls differ at most in their looks."""
    return other is not None and one["tool"] == other["tool"] and not is_material(one["args"], other["args"])


def _correct(
    mode: str, accepted: Sequence[Call], forbidden: Sequence[Call], output: Call | None, *, escalated: bool
) -> bool:
    if mode == "must_escalate":
        return escalated
    if mode == "forbidden":
        return not any(same(call, output) for call in forbidden)
    return any(same(call, output) for call in accepted)


def _tool_fits(mode: str, accepted: Sequence[Call], output: Call | None, *, escalated: bool) -> bool:
    if mode == "must_escalate":
        return escalated
    return mode == "forbidden" or (output is not None and output["tool"] in {call["tool"] for call in accepted})


def _share(call: Call, output: Call | None) -> float:
    """How many of the arguments of both are right; all of none is all."""
    if output is None or output["tool"] != call["tool"]:
        return 0.0
    wanted, given = call["args"], output["args"]
    names = wanted.keys() | given.keys()
    right = sum(name in wanted and name in given and not is_material(wanted[name], given[name]) for name in names)
    return right / len(names) if names else 1.0


def _fits(content: Mapping[str, Any], output: Call) -> bool:
    for tool in content["input"]["tools"]:
        if tool["name"] == output["tool"]:
            schema = tool.get("parameters") or tool.get("input_schema") or tool.get("schema")
            return not isinstance(schema, dict) or _valid(schema, output["args"])
    return False


def _valid(schema: Mapping[str, Any], args: Any) -> bool:
    try:
        return bool(jsonschema_rs.validator_for(dict(schema), offline=True).is_valid(args))
    except (ValueError, jsonschema_rs.ReferencingError):
        return False


def _diagnosed(mode: str, accepted: Sequence[Call], output: Call | None, *, correct: bool) -> Diagnosis:
    if correct:
        return Diagnosis.FINE
    if mode == "must_escalate":
        return Diagnosis.NOT_ESCALATED
    if mode == "forbidden":
        return Diagnosis.NEEDLESS_CALL
    if output is None:
        return Diagnosis.MISSING_CALL
    known = {call["tool"] for call in accepted}
    return Diagnosis.WRONG_ARGUMENTS if output["tool"] in known else Diagnosis.WRONG_TOOL


def _told(passed: bool) -> Score:
    return Score(passed, 1.0 if passed else 0.0)
