"""Empties the test database, guards included: what no caller of the product can do."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from asgiref.sync import SyncToAsync
from django.apps import apps
from django.db import connection, connections

# What a migration wrote.
KEPT = {"django_migrations", "django_content_type", "auth_permission"}


def wipe() -> None:
    tables = filled()
    if tables and connection.vendor == "postgresql":
        _wipe_postgresql(tables)
    elif tables:
        _wipe_sqlite(tables)
    connections.close_all()
    # An async test asks the database from this thread, which lives as long as the process; a connection that it left
    # there may be cut by the next test and found dead by the one after.
    SyncToAsync.single_thread_executor.submit(connections.close_all).result()


def filled() -> list[str]:
    """The tables with rows in them. Most are empty after most tests, and to look costs less than to wipe."""
    tables = [model._meta.db_table for model in apps.get_models() if model._meta.managed]
    looks = [f"select '{table}' where exists (select 1 from {table})" for table in tables if table not in KEPT]
    with connection.cursor() as cursor:
        cursor.execute(" union all ".join(looks))
        return [table for (table,) in cursor.fetchall()]


@contextmanager
def unguarded(mine: Any = connection) -> Iterator[Any]:
    """A cursor for which no trigger stands: a superuser on PostgreSQL, whoever can open the file on SQLite."""
    is_postgresql = mine.vendor == "postgresql"
    find = _POSTGRESQL_GUARDS if is_postgresql else "select name, sql from sqlite_master where type = 'trigger'"
    with mine.cursor() as cursor:
        cursor.execute(find)
        guards = cursor.fetchall()
        for first, second in guards:
            cursor.execute(
                f"alter table {first} disable trigger {second}" if is_postgresql else f"drop trigger {first}"
            )
        try:
            yield cursor
        finally:
            for first, second in guards:
                cursor.execute(f"alter table {first} enable always trigger {second}" if is_postgresql else second)


_POSTGRESQL_GUARDS = """select tgrelid::regclass::text, tgname from pg_trigger
 where not tgisinternal and tgenabled = 'A'"""


def _wipe_postgresql(tables: list[str]) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "select tgrelid::regclass::text, tgname from pg_trigger where not tgisinternal and tgenabled = 'A'"
            " and tgrelid = any(%s::regclass[])",
            [tables],
        )
        guards = cursor.fetchall()
        wiped = [f"delete from {table}" for table in tables]
        off = [f"alter table {table} disable trigger {name}" for table, name in guards]
        on = [f"alter table {table} enable always trigger {name}" for table, name in guards]
        # As a replica no foreign key is looked after, whatever the order.
        cursor.execute("; ".join(["set session_replication_role = replica", *off, *wiped, *on]))
        cursor.execute("set session_replication_role = origin")


def _wipe_sqlite(tables: list[str]) -> None:
    with connection.cursor() as cursor:
        cursor.execute("select name, sql from sqlite_master where type = 'trigger'")
        guards = cursor.fetchall()
        for name, _ in guards:
            cursor.execute(f"drop trigger {name}")
        cursor.execute("pragma foreign_keys = off")
        for table in tables:
            cursor.execute(f"delete from {table}")
        cursor.execute("pragma foreign_keys = on")
        for _, sql in guards:
            cursor.execute(sql)
