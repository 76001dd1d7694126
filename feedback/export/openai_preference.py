"""Preference JSONL of OpenAI's form, which Together and Fireworks read."""

from feedback.export.form import Format, LeftOut, Row, asked, lesson_of
from feedback.export.openai_chat import assistant, named_tools
from feedback.queries import ItemView


def rows(item: ItemView) -> list[Row]:
    pair = lesson_of(item).pair
    if pair is None:
        raise LeftOut("no_better_call" if item.content["decision"] == "reject" else "no_pair")
    chosen, rejected = pair
    return [
        {
            "input": {"messages": asked(item), "tools": named_tools(item), "parallel_tool_calls": False},
            "preferred_output": [assistant(chosen)],
            "non_preferred_output": [assistant(rejected)],
        }
    ]


FORMAT = Format(
    name="openai-preference",
    file="preference.jsonl",
    loads="preference tuning of OpenAI's form: Together, Fireworks and others",
    make=rows,
    trains=True,
)
