"""demo.json: what a newcomer or a test needs to come in. Secrets, so readable by its owner alone."""

import os
from pathlib import Path
from typing import Any

import orjson

FILE = "demo.json"


def read(data_dir: Path) -> dict[str, Any] | None:
    """The handed-over credentials, or None where the file is missing or was cut off while it was written."""
    try:
        found = orjson.loads((data_dir / FILE).read_bytes())
    except (FileNotFoundError, orjson.JSONDecodeError):
        return None
    return found if isinstance(found, dict) else None


def write(data_dir: Path, found: dict[str, Any]) -> None:
    """Whole or not at all."""
    draft = data_dir / f"{FILE}.{os.getpid()}"
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(orjson.dumps(found, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE))
        file.flush()
        os.fsync(file.fileno())
    draft.replace(data_dir / FILE)
