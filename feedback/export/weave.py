"""W&B Weave: plain rows for `weave.Dataset(name=…, rows=…)`."""

from feedback.export.form import Format, Row, asked, lesson_of, metadata
from feedback.queries import ItemView


def rows(item: ItemView) -> list[Row]:
    lesson_of(item)
    return [
        {
            "id": item.external_id,
            "messages": asked(item),
            "proposed": item.content["proposed"],
            "expectation": item.content["expectation"],
            **{name: value for name, value in metadata(item).items() if name != "example_id"},
        }
    ]


FORMAT = Format(name="weave", file="rows.jsonl", loads="weave.Dataset", make=rows)
