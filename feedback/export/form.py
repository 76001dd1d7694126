"""What every format of examples has in common: a name, a file, and rows of one example or a reason to leave it out."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from feedback import lessons
from feedback.lessons import Lesson
from feedback.queries import ItemView

Row = dict[str, Any]


class LeftOut(Exception):
    """The format has no honest row for this example; `reason` is a word of REASONS."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


REASONS = {
    "erased": "The example was erased.",
    "no_request": "Nobody knows what the agent was asked: it sent neither conversation nor intent.",
    "no_better_call": "It was rejected and nobody named a better call, so there is nothing to imitate.",
    "no_pair": "There are no two calls of which people preferred one.",
    "not_judged": "No single call was judged right or wrong.",
    "no_expectation": "It is to be escalated; the format knows no such expectation.",
    "measured_elsewhere": "The same or nearly the same example measures agents in another dataset.",
}


@dataclass(frozen=True, slots=True)
class Format:
    """`make` gives the rows of one example or raises LeftOut. `trains` takes the split `train` alone, and nothing that
    measures agents elsewhere; `beside` are files that the loader needs next to it, by name.
    """

    name: str
    file: str
    loads: str
    make: Callable[[ItemView], list[Row]]
    trains: bool = False
    is_array: bool = False
    beside: Mapping[str, str] = field(default_factory=dict)


def lesson_of(item: ItemView) -> Lesson:
    """What the example teaches, from its content alone."""
    if not item.content:
        raise LeftOut("erased")
    if item.measured:
        raise LeftOut("measured_elsewhere")
    said = item.content["expectation"]
    return lessons.of({**item.content, "expected": said["actions"], "forbidden": said["forbidden"]})


def asked(item: ItemView) -> list[Row]:
    """What the agent had before it: turns of system, user and assistant, with text in each.

    What a tool answered becomes a turn of the user that says so: which call asked for it is not known, and loaders
    refuse answers without one.
    """
    if not item.content:
        raise LeftOut("erased")
    turns = [_turn(turn) for turn in item.content["input"]["messages"]]
    if not turns:
        raise LeftOut("no_request")
    return turns


def last_request(turns: list[Row]) -> str:
    """The newest turn of the user; the last of all where the user said nothing."""
    said = [turn["content"] for turn in turns if turn["role"] == "user"]
    return str(said[-1] if said else turns[-1]["content"])


def tools(item: ItemView) -> list[Row]:
    """JSON Schemas of the tools, as far as the example shows them: names of arguments with the types they had."""
    lesson = lesson_of(item)
    calls = [*lesson.accepted, *lesson.forbidden, *(call for call, _ in lesson.judged)]
    found = []
    for tool in item.content["input"]["tools"]:
        properties: Row = {}
        for call in calls:
            if call["tool"] == tool["name"]:
                properties |= {name: _typed(value) for name, value in call["args"].items()}
        parameters = {"type": "object", "properties": dict(sorted(properties.items()))}
        function = {"name": tool["name"], "description": "", "parameters": parameters}
        found.append({"type": "function", "function": function})
    return found


def metadata(item: ItemView) -> Row:
    """Where the row is from: what every format carries along."""
    return {
        "example_id": item.external_id,
        "sha256": item.sha256,
        "split": item.split,
        "decision": item.content["decision"],
        "reason": item.content["reason"],
        "slices": item.content["slices"],
        "tier": item.provenance.get("tier"),
    }


def _turn(turn: Row) -> Row:
    role, content = turn["role"], turn["content"]
    if role in {"system", "user", "assistant"}:
        return {"role": role, "content": content}
    return {"role": "user", "content": f"{turn.get('name') or role} answered: {content}"}


def _typed(value: Any) -> Row:
    match value:
        case bool():
            return {"type": "boolean"}
        case int():
            return {"type": "integer"}
        case float():
            return {"type": "number"}
        case str():
            return {"type": "string"}
        case list():
            return {"type": "array"}
        case dict():
            return {"type": "object"}
    return {}
