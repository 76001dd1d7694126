"""Arize Phoenix: input, output and metadata of each example, as its client's `create_dataset` takes them."""

from feedback.export.form import Format, Row, asked, lesson_of, metadata
from feedback.queries import ItemView


def rows(item: ItemView) -> list[Row]:
    lesson_of(item)
    return [
        {
            "input": {"messages": asked(item)},
            "output": {"expectation": item.content["expectation"]},
            "metadata": {**metadata(item), "proposed": item.content["proposed"]},
        }
    ]


FORMAT = Format(name="phoenix", file="examples.jsonl", loads="phoenix.client: datasets.create_dataset", make=rows)
