"""Somebody with full access to the database, in the middle of a test."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.db import connection

from tests.wiping import unguarded


@contextmanager
def tampering() -> Iterator[Any]:
    """A cursor for which no guard stands, also where the test's transaction has checks still to be made."""
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("set constraints all immediate")
    with unguarded() as cursor:
        yield cursor


@contextmanager
def opened_anew() -> Iterator[Any]:
    """The same past the product, over a connection of their own: whoever opens the file of SQLite, or comes to
    PostgreSQL as its superuser. They see what is committed.
    """
    intruder = connection.copy()
    try:
        with unguarded(intruder) as cursor:
            yield cursor
    finally:
        intruder.close()
