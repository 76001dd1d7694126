"""Ragas, multi-turn samples: the conversation with the agent's own call at its end, and the calls that are right."""

import orjson

from feedback.export.form import Format, LeftOut, Row, asked, lesson_of, metadata
from feedback.queries import ItemView

_TYPES = {"user": "human", "assistant": "ai", "system": "human"}


def called(call: Row) -> Row:
    return {"name": call["tool"], "args": call["args"]}


def rows(item: ItemView) -> list[Row]:
    lesson = lesson_of(item)
    if not lesson.accepted and not lesson.forbidden:
        raise LeftOut("no_expectation")
    turns: list[Row] = [{"type": _TYPES[turn["role"]], "content": turn["content"]} for turn in asked(item)]
    if item.content["proposed"]:
        turns.append({"type": "ai", "content": "", "tool_calls": [called(item.content["proposed"])]})
    about = {
        name: value if isinstance(value, str) else orjson.dumps(value).decode()
        for name, value in metadata(item).items()
    }
    return [
        {
            "user_input": turns,
            "reference": orjson.dumps(item.content["expectation"], option=orjson.OPT_SORT_KEYS).decode(),
            "reference_tool_calls": [called(call) for call in lesson.accepted[:1]],
            "rubrics": about,
        }
    ]


FORMAT = Format(name="ragas", file="samples.jsonl", loads="ragas.EvaluationDataset.from_jsonl", make=rows)
