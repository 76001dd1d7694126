"""Parquet twin of the canonical JSONL. What is nested travels as JSON text: readers fill nested columns with nulls.

pyarrow is no dependency of the product; `requirements/export.txt` brings it.
"""

from collections.abc import Iterator
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import orjson

from feedback.export import examples
from feedback.export.form import Format, Row
from feedback.queries import ItemView

GROUP = 5_000
NESTED = (
    *("input", "proposed", "final", "patch", "alternative", "reason", "expectation", "slices", "redaction"),
    "provenance",
)
TEXTS = ("schema", "id", "content_sha256", "group", "split", "decision")
MISSING = (
    "Parquet needs pyarrow, which is not installed here. Install requirements/export.txt, or take canonical JSONL: it "
    "says the same."
)


class NoParquet(RuntimeError):
    """Install requirements/export.txt, or take another format."""


def is_there() -> bool:
    return find_spec("pyarrow") is not None


def rows(item: ItemView) -> list[Row]:
    return [
        {name: orjson.dumps(value).decode() if name in NESTED else value for name, value in row.items()}
        for row in examples.rows(item)
    ]


def write(path: Path, found: Iterator[Row]) -> int:
    """Writes the rows group by group; says how many. Raises NoParquet."""
    if not is_there():
        raise NoParquet(MISSING)
    arrow: Any = import_module("pyarrow")
    parquet: Any = import_module("pyarrow.parquet")
    columns = [(name, arrow.string()) for name in (*TEXTS, *NESTED)]
    schema = arrow.schema([*columns, ("revision", arrow.int64()), ("material", arrow.bool_())])
    count, group = 0, list[Row]()
    with parquet.ParquetWriter(path, schema, compression="zstd") as writer:
        for row in found:
            group.append(row)
            count += 1
            if len(group) == GROUP:
                writer.write_table(arrow.Table.from_pylist(group, schema=schema))
                group = []
        if group or not count:
            writer.write_table(arrow.Table.from_pylist(group, schema=schema))
    return count


FORMAT = Format(
    name="parquet", file="examples.parquet", loads="pyarrow, pandas, DuckDB, Hugging Face datasets", make=rows
)
