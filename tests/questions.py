"""Counts what is asked of the database, on PostgreSQL too, where hand-written reads pass Django's own count by."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tenancy import prepared


@contextmanager
def questions() -> Iterator[list[str]]:
    """The list is full once the block is left."""
    asked: list[str] = []
    run: Any = prepared.run

    def noted(database: Any, statement: bytes, values: Any) -> Any:
        asked.append(str(statement))
        return run(database, statement, values)

    with pytest.MonkeyPatch.context() as patch, CaptureQueriesContext(connection) as logged:
        patch.setattr(prepared, "run", noted)
        yield asked
    asked.extend(query["sql"] for query in logged.captured_queries)
