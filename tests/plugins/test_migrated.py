import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import psycopg
import pytest
from django.db import connection

from tests.plugins import migrated

APPLIED = "select app, name from django_migrations order by app, name"
GUARDS = {
    "postgresql": "select tgname, tgenabled, tgrelid::regclass from pg_trigger where not tgisinternal order by 1, 3",
    "sqlite": "select name, tbl_name from sqlite_master where type = 'trigger' order by name",
}


def here(statement: str) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(statement)
        rows: list[tuple[Any, ...]] = cursor.fetchall()
    return rows


def there(folder: Path, url: str, statement: str) -> list[tuple[Any, ...]]:
    if url:
        with psycopg.connect(url) as postgresql:
            return postgresql.execute(statement.encode()).fetchall()
    with closing(sqlite3.connect(folder / "countersign.sqlite3")) as sqlite:
        return sqlite.execute(statement).fetchall()


@pytest.mark.django_db
def test_a_product_gets_every_migration_and_every_guard_of_the_test_database(tmp_path: Path) -> None:
    guards = GUARDS[connection.vendor]
    with migrated.database(tmp_path, "copied") as url:
        copied = [there(tmp_path, url, statement) for statement in (APPLIED, guards)]
    assert copied == [here(APPLIED), here(guards)]
    assert all(copied)


def test_what_is_at_hand_is_not_made_again() -> None:
    made = migrated._on_sqlite()
    before = made.stat()
    assert migrated._on_sqlite() == made
    assert (made.stat().st_ino, made.stat().st_mtime_ns) == (before.st_ino, before.st_mtime_ns)
