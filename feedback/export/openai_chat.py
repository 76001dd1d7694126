"""Chat JSONL as OpenAI, Azure, Together and Fireworks read it: arguments are JSON text, names of tools plain words."""

import re

import orjson

from feedback.export.form import Format, LeftOut, Row, asked, lesson_of, tools
from feedback.queries import ItemView

_ODD = re.compile(r"[^A-Za-z0-9_-]")
NAME_MAX = 64


def function_name(tool: str) -> str:
    """Letters, digits, `_` and `-`, at most 64: all else becomes `_`."""
    return _ODD.sub("_", tool)[:NAME_MAX]


def assistant(call: Row) -> Row:
    function = {"name": function_name(call["tool"]), "arguments": orjson.dumps(call["args"]).decode()}
    return {"role": "assistant", "tool_calls": [{"id": "call_1", "type": "function", "function": function}]}


def named_tools(item: ItemView) -> list[Row]:
    return [
        {**tool, "function": {**tool["function"], "name": function_name(tool["function"]["name"])}}
        for tool in tools(item)
    ]


def rows(item: ItemView) -> list[Row]:
    answer = lesson_of(item).answer
    if answer is None:
        raise LeftOut("no_better_call" if item.content["decision"] == "reject" else "not_judged")
    messages = [*asked(item), assistant(answer)]
    return [{"messages": messages, "tools": named_tools(item), "parallel_tool_calls": False}]


FORMAT = Format(
    name="openai-chat",
    file="chat.jsonl",
    loads="fine-tuning of OpenAI's form: Azure, Together, Fireworks and others",
    make=rows,
    trains=True,
)
