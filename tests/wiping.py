"""Empties the test database, guards included: what no caller of the product can do."""

from django.apps import apps
from django.db import connection, connections


def wipe() -> None:
    tables = [model._meta.db_table for model in apps.get_models() if model._meta.managed]
    kept = {"django_migrations", "django_content_type", "auth_permission"}
    tables = [table for table in tables if table not in kept]
    if connection.vendor == "postgresql":
        _wipe_postgresql(tables)
    else:
        _wipe_sqlite(tables)
    connections.close_all()


def _wipe_postgresql(tables: list[str]) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "select tgrelid::regclass::text, tgname from pg_trigger where not tgisinternal and tgenabled = 'A'"
        )
        guards = cursor.fetchall()
        for table, name in guards:
            cursor.execute(f"alter table {table} disable trigger {name}")
        cursor.execute(f"truncate {', '.join(tables)} restart identity cascade")
        for table, name in guards:
            cursor.execute(f"alter table {table} enable always trigger {name}")


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
