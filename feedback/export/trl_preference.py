"""Hugging Face TRL, preference (DPO): what people signed over what the agent had proposed; never out of a rejection."""

from feedback.export.form import Format, LeftOut, Row, asked, lesson_of, tools
from feedback.export.trl_sft import assistant, features
from feedback.queries import ItemView


def rows(item: ItemView) -> list[Row]:
    pair = lesson_of(item).pair
    if pair is None:
        raise LeftOut("no_better_call" if item.content["decision"] == "reject" else "no_pair")
    chosen, rejected = pair
    return [
        {
            "prompt": asked(item),
            "chosen": [assistant(chosen)],
            "rejected": [assistant(rejected)],
            "tools": tools(item),
        }
    ]


FORMAT = Format(
    name="trl-preference",
    file="preference.jsonl",
    loads="Hugging Face datasets (>= 4.7) and TRL's DPOTrainer",
    make=rows,
    trains=True,
    beside={"features.json": features("prompt", "chosen", "rejected", "tools")},
)
