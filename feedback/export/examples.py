"""Canonical JSONL of examples, from which all other formats derive: one RFC 8785 object a line, nothing left out."""

from feedback.export.form import Format, LeftOut, Row
from feedback.queries import ItemView


def rows(item: ItemView) -> list[Row]:
    if not item.content:
        raise LeftOut("erased")
    return [
        {
            **item.content,
            "id": item.external_id,
            "revision": item.revision,
            "content_sha256": item.sha256,
            "group": f"{item.group_key:x}",
            "split": item.split,
            "provenance": item.provenance,
        }
    ]


FORMAT = Format(
    name="canonical",
    file="examples.jsonl",
    loads="anything; Hugging Face datasets (>= 4.7) as it is",
    make=rows,
)
