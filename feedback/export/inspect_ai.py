"""Inspect AI: samples for `json_dataset`. The target is the expectation as JSON text, for a scorer to read."""

import orjson

from feedback.export.form import Format, Row, asked, lesson_of, metadata
from feedback.queries import ItemView


def rows(item: ItemView) -> list[Row]:
    lesson_of(item)
    target = orjson.dumps(item.content["expectation"], option=orjson.OPT_SORT_KEYS).decode()
    return [
        {
            "id": item.external_id,
            "input": asked(item),
            "target": target,
            "metadata": {**metadata(item), "proposed": item.content["proposed"]},
        }
    ]


FORMAT = Format(name="inspect-ai", file="samples.jsonl", loads="inspect_ai.dataset.json_dataset", make=rows)
