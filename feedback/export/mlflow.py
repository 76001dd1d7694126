"""MLflow evaluation records for `merge_records`. It merges by `inputs`, so the example's id stands in them."""

import orjson

from feedback.export.form import Format, Row, asked, lesson_of, metadata
from feedback.queries import ItemView


def rows(item: ItemView) -> list[Row]:
    lesson_of(item)
    about = metadata(item)
    proposed = item.content["proposed"]
    return [
        {
            "inputs": {"example_id": item.external_id, "messages": asked(item)},
            "outputs": {"proposed": proposed} if proposed else {},
            "expectations": {
                "decision": item.content["decision"],
                "expectation": item.content["expectation"],
                "reason": item.content["reason"]["text"] or "",
            },
            "tags": {
                name: value if isinstance(value, str) else orjson.dumps(value).decode() for name, value in about.items()
            },
            "source": {"source_type": "HUMAN", "source_data": {"example_id": item.external_id}},
        }
    ]


FORMAT = Format(name="mlflow", file="records.jsonl", loads="mlflow.genai.datasets: merge_records", make=rows)
