"""Counts what is asked of the database, on PostgreSQL too, where hand-written reads pass Django's own count by."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext


@contextmanager
def questions() -> Iterator[list[str]]:
    """The list is full once the block is left."""
    asked: list[str] = []
    execute: Any = psycopg.RawCursor.execute

    def noted(cursor: Any, statement: Any, *values: Any, **options: Any) -> Any:
        asked.append(str(statement))
        return execute(cursor, statement, *values, **options)

    with pytest.MonkeyPatch.context() as patch, CaptureQueriesContext(connection) as logged:
        patch.setattr(psycopg.RawCursor, "execute", noted)
        yield asked
    asked.extend(query["sql"] for query in logged.captured_queries)
