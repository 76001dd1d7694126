"""Hugging Face TRL, unpaired preference (KTO): one call and whether it was right. The honest home of rejections."""

from feedback.export.form import Format, LeftOut, Row, asked, lesson_of, tools
from feedback.export.trl_sft import assistant, features
from feedback.queries import ItemView


def rows(item: ItemView) -> list[Row]:
    judged = lesson_of(item).judged
    if not judged:
        raise LeftOut("not_judged")
    common = {"prompt": asked(item), "tools": tools(item)}
    return [{**common, "completion": [assistant(call)], "label": right} for call, right in judged]


FORMAT = Format(
    name="trl-unpaired",
    file="unpaired.jsonl",
    loads="Hugging Face datasets (>= 4.7) and TRL's KTOTrainer",
    make=rows,
    trains=True,
    beside={"features.json": features("prompt", "completion", "tools", label="bool")},
)
