"""The files that the product wrote, and what the canonical one says of each example."""

import json
import os
from pathlib import Path
from typing import Any

FILES = Path(os.environ["LOADER_FILES"])


def path(name: str, file: str) -> str:
    return str(FILES / name / file)


def lines(name: str, file: str) -> list[Any]:
    # Not str.splitlines, which also breaks at U+2028.
    return [json.loads(line) for line in (FILES / name / file).read_bytes().split(b"\n") if line]


def canonical() -> dict[str, Any]:
    """Records by id, in the order of the file."""
    return {record["id"]: record for record in lines("canonical", "examples.jsonl")}


def asked() -> dict[str, Any]:
    """Those with a conversation: every format but the canonical has only these."""
    return {key: record for key, record in canonical().items() if record["input"]["messages"]}


def answer(record: Any) -> Any:
    """The call to imitate; None where there is none."""
    actions = record["expectation"]["actions"]
    return actions[0] if actions else None


def same(left: Any, right: Any) -> bool:
    """Equal in values and types: 9000 is not 9000.0, and what is absent is not null."""
    if type(left) is not type(right):
        return False
    if isinstance(left, dict):
        return left.keys() == right.keys() and all(same(value, right[key]) for key, value in left.items())
    if isinstance(left, list):
        return len(left) == len(right) and all(map(same, left, right))
    return bool(left == right)
