"""Langfuse dataset items, as `create_dataset_item` takes them. Ids are unique in a project there, ours anywhere."""

from feedback.export.form import Format, Row, asked, lesson_of, metadata
from feedback.queries import ItemView


def rows(item: ItemView) -> list[Row]:
    lesson_of(item)
    return [
        {
            "id": item.example_id,
            "input": {"messages": asked(item)},
            "expected_output": item.content["expectation"],
            "metadata": {**metadata(item), "proposed": item.content["proposed"]},
            "source_trace_id": item.provenance.get("trace_id"),
            "status": "ACTIVE",
        }
    ]


FORMAT = Format(
    name="langfuse", file="items.jsonl", loads="langfuse: create_dataset_item(dataset_name=…, **row)", make=rows
)
