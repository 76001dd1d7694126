"""Langfuse dataset items, as its API takes them. Ids are unique in a whole project there; ours are unique anywhere."""

from feedback.export.form import Format, Row, asked, lesson_of, metadata
from feedback.queries import ItemView


def rows(item: ItemView) -> list[Row]:
    lesson_of(item)
    return [
        {
            "id": item.example_id,
            "input": {"messages": asked(item)},
            "expectedOutput": item.content["expectation"],
            "metadata": {**metadata(item), "proposed": item.content["proposed"]},
            "sourceTraceId": item.provenance.get("trace_id"),
            "status": "ACTIVE",
        }
    ]


FORMAT = Format(
    name="langfuse", file="items.jsonl", loads="Langfuse dataset items (POST /api/public/dataset-items)", make=rows
)
