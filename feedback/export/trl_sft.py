"""Hugging Face TRL, supervised: messages that end in the call to imitate. Arguments are objects, as templates want."""

from feedback.export.form import Format, LeftOut, Row, asked, lesson_of, tools
from feedback.queries import ItemView


def assistant(call: Row) -> Row:
    """The turn in which the agent makes the call."""
    function = {"name": call["tool"], "arguments": call["args"]}
    return {
        "role": "assistant",
        "content": "",
        "tool_calls": [{"id": "call_1", "type": "function", "function": function}],
    }


def features(*columns: str, **others: str) -> str:
    """A file for `datasets.Features.from_dict`: without it 9000 becomes 9000.0, and keys of other rows come as null."""
    named = [f'"{column}": {{"_type": "List", "feature": {{"_type": "Json"}}}}' for column in columns]
    named += [f'"{column}": {{"_type": "Value", "dtype": "{kind}"}}' for column, kind in others.items()]
    return "{" + ", ".join(named) + "}\n"


def rows(item: ItemView) -> list[Row]:
    answer = lesson_of(item).answer
    if answer is None:
        raise LeftOut("no_better_call" if item.content["decision"] == "reject" else "not_judged")
    return [{"messages": [*asked(item), assistant(answer)], "tools": tools(item)}]


FORMAT = Format(
    name="trl-sft",
    file="sft.jsonl",
    loads="Hugging Face datasets (>= 4.7) and TRL's SFTTrainer",
    make=rows,
    trains=True,
    beside={"features.json": features("messages", "tools")},
)
