"""Migration operations for what Django cannot declare: SQL that differs between PostgreSQL and SQLite.

Triggers are `ENABLE ALWAYS` on PostgreSQL, so that no session setting switches them off; SQLite also guards against
INSERT OR REPLACE, which deletes whatever row stands in the way of a unique key without firing delete triggers.
"""

from collections.abc import Callable, Sequence
from typing import Any

from django.db import migrations, router


class Statements(migrations.RunPython):
    """Runs what needs no models. Django draws all of them anew for each RunPython, which was half of a first start."""

    def __init__(self, run: Callable[[Any], None]) -> None:
        """`run` takes the schema editor."""
        super().__init__(lambda apps, schema_editor: run(schema_editor), migrations.RunPython.noop)
        self.run = run

    def database_forwards(self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any) -> None:
        if router.allow_migrate(schema_editor.connection.alias, app_label):
            self.run(schema_editor)


def per_database(*, postgresql: Sequence[str], sqlite: Sequence[str]) -> Statements:
    """Runs the statements for the database at hand. There is no way back: what they guard must stay guarded."""
    statements = {"postgresql": postgresql, "sqlite": sqlite}

    def forwards(schema_editor: Any) -> None:
        for statement in statements[schema_editor.connection.vendor]:
            schema_editor.execute(statement, params=None)

    return Statements(forwards)


def append_only(table: str, *, erasable: bool = False) -> Statements:
    """Refuses UPDATE and, unless `erasable`, DELETE and TRUNCATE."""

    def forwards(schema_editor: Any) -> None:
        if schema_editor.connection.vendor == "postgresql":
            statements = _postgresql_guards(table, erasable)
        else:
            message = f"{table} is append-only"
            statements = [*_sqlite_guards(table, erasable), _no_replace(table, message, schema_editor.connection)]
        for statement in statements:
            schema_editor.execute(statement, params=None)

    return Statements(forwards)


def append_only_again(table: str) -> Statements:
    """Renews the guards of `append_only` where Django had to make a table anew: SQLite drops them with the old one."""

    def forwards(schema_editor: Any) -> None:
        if schema_editor.connection.vendor != "sqlite":
            return
        message = f"{table} is append-only"
        for name in ("no_update", "no_delete", "no_replace"):
            schema_editor.execute(f"drop trigger if exists {table}_{name}", params=None)
        for statement in [*_sqlite_guards(table, False), _no_replace(table, message, schema_editor.connection)]:
            schema_editor.execute(statement, params=None)

    return Statements(forwards)


def never_deleted(table: str) -> Statements:
    """Refuses DELETE and TRUNCATE and lets rows change: for parents whose children bear no foreign-key constraint."""
    message = f"a row of {table} is never deleted"
    name = f"{table}_stays"
    return per_database(
        postgresql=[
            f"""create function {name}() returns trigger language plpgsql as $$
            begin raise exception '{message}' using errcode = 'restrict_violation'; end $$""",
            *(
                statement
                for trigger, moment in (
                    (name, f"delete on {table} for each row"),
                    (f"{name}_full", f"truncate on {table}"),
                )
                for statement in (
                    f"create trigger {trigger} before {moment} execute function {name}()",
                    f"alter table {table} enable always trigger {trigger}",
                )
            ),
        ],
        sqlite=[f"create trigger {name} before delete on {table} begin select raise(abort, '{message}'); end"],
    )


def never_replaced(table: str, message: str) -> Statements:
    """Refuses INSERT OR REPLACE, which would slip past the guards of UPDATE. Only SQLite knows it."""

    def forwards(schema_editor: Any) -> None:
        if schema_editor.connection.vendor == "sqlite":
            schema_editor.execute(_no_replace(table, message, schema_editor.connection), params=None)

    return Statements(forwards)


def _postgresql_guards(table: str, erasable: bool) -> list[str]:
    refused = "update" if erasable else "update or delete"
    statements = [
        f"""create function {table}_refuses() returns trigger language plpgsql as $$
            begin raise exception '{table} is append-only' using errcode = 'restrict_violation'; end $$""",
        f"create trigger {table}_append_only before {refused} on {table}"
        f" for each row execute function {table}_refuses()",
        f"alter table {table} enable always trigger {table}_append_only",
    ]
    if not erasable:
        statements += [
            f"create trigger {table}_never_empty before truncate on {table} execute function {table}_refuses()",
            f"alter table {table} enable always trigger {table}_never_empty",
        ]
    return statements


def _no_replace(table: str, message: str, connection: Any) -> str:
    with connection.cursor() as cursor:
        cursor.execute(f"pragma table_info({table})")
        keys = {tuple(name for _, name, *_, place in cursor.fetchall() if place)}
        cursor.execute(f"pragma index_list({table})")
        unique = [name for _, name, is_unique, *_ in cursor.fetchall() if is_unique]
        for index in unique:
            cursor.execute(f"pragma index_info({index})")
            keys.add(tuple(column for _, _, column in cursor.fetchall()))
    taken = " or ".join(" and ".join(f"{column} = new.{column}" for column in key) for key in sorted(keys))
    return (
        f"create trigger {table}_no_replace before insert on {table}"
        f" when exists (select 1 from {table} where {taken}) begin select raise(abort, '{message}'); end"
    )


def _sqlite_guards(table: str, erasable: bool) -> list[str]:
    refuse = f"begin select raise(abort, '{table} is append-only'); end"
    statements = [f"create trigger {table}_no_update before update on {table} {refuse}"]
    if not erasable:
        statements.append(f"create trigger {table}_no_delete before delete on {table} {refuse}")
    return statements


def refuse_update(table: str, name: str, condition: str, message: str) -> Statements:
    """Refuses an UPDATE for which `condition` (over `old` and `new`, the same SQL on both databases) holds."""
    return per_database(
        postgresql=[
            f"""create function {table}_{name}_refuses() returns trigger language plpgsql as $$
                begin raise exception '{message}' using errcode = 'restrict_violation'; end $$""",
            f"create trigger {table}_{name} before update on {table} for each row when ({condition})"
            f" execute function {table}_{name}_refuses()",
            f"alter table {table} enable always trigger {table}_{name}",
        ],
        sqlite=[
            f"create trigger {table}_{name} before update on {table} when {condition}"
            f" begin select raise(abort, '{message}'); end"
        ],
    )


def refuse_insert(table: str, name: str, condition: dict[str, str], message: str) -> Statements:
    """Refuses an INSERT for which `condition` (SQL over `new`, by database) holds. It may read other tables."""
    return per_database(
        postgresql=[
            f"""create function {table}_{name}_refuses() returns trigger language plpgsql as $$
                begin if {condition["postgresql"]} then
                  raise exception '{message}' using errcode = 'restrict_violation'; end if; return new; end $$""",
            f"create trigger {table}_{name} before insert on {table} for each row"
            f" execute function {table}_{name}_refuses()",
            f"alter table {table} enable always trigger {table}_{name}",
        ],
        sqlite=[
            f"create trigger {table}_{name} before insert on {table} when {condition['sqlite']}"
            f" begin select raise(abort, '{message}'); end"
        ],
    )
