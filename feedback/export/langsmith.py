"""LangSmith examples, as `ExampleCreate` takes them. Ids are UUIDs made of ours, so a second upload meets the first."""

from uuid import UUID, uuid5

from feedback.export.form import Format, Row, asked, lesson_of, metadata
from feedback.queries import ItemView

# A namespace of our own: UUIDv5 of the URL namespace and "countersign.example".
NAMESPACE = uuid5(UUID("6ba7b811-9dad-11d1-80b4-00c04fd430c8"), "countersign.example")


def rows(item: ItemView) -> list[Row]:
    lesson_of(item)
    return [
        {
            "id": str(uuid5(NAMESPACE, item.example_id)),
            "inputs": {"messages": asked(item)},
            "reference_outputs": item.content["expectation"],
            "metadata": {**metadata(item), "proposed": item.content["proposed"]},
            "split": item.split,
        }
    ]


FORMAT = Format(name="langsmith", file="examples.jsonl", loads="langsmith.schemas.ExampleCreate", make=rows)
