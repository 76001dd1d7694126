"""A migration operation for append-only rows in which a value may be erased, and nothing else may change."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from tenancy.triggers import Statements


@dataclass(frozen=True, slots=True)
class Blank:
    """What may stand in a column once its value is erased, as an SQL literal of each database; "" for the same."""

    postgresql: str
    sqlite: str = ""

    def allowed(self, column: str, vendor: str) -> str:
        literal = self.postgresql if vendor == "postgresql" else self.sqlite or self.postgresql
        same = "is not distinct from" if vendor == "postgresql" else "is"
        return f'(new."{column}" {same} old."{column}" or new."{column}" {same} {literal})'


@dataclass(frozen=True, slots=True)
class Rule:
    """A condition over `old` and `new` where no single literal will do."""

    postgresql: str
    sqlite: str

    def allowed(self, column: str, vendor: str) -> str:
        return f"({self.postgresql if vendor == 'postgresql' else self.sqlite})"


NOBODY = Blank("'Erased person'")
NO_TEXT = Blank("''")
NO_BYTES = Blank("''::bytea", "x''")
NO_ARGUMENTS = Blank("'\\x7b7d'::bytea", "x'7b7d'")
NO_LIST = Blank("'[]'::jsonb", "'[]'")
NO_OBJECT = Blank("'{}'::jsonb", "'{}'")
NULL = Blank("null")


def erasable(table: str, columns: Mapping[str, Blank | Rule]) -> Statements:
    """The guards of `append_only`, with one way through: an UPDATE that sets `erased_at` and leaves every other column
    as it is, or blank where `columns` says how blank looks. DELETE and TRUNCATE stay refused.
    """

    def forwards(schema_editor: Any) -> None:
        vendor = schema_editor.connection.vendor
        allowed = [rule.allowed(column, vendor) for column, rule in columns.items()]
        if vendor == "postgresql":
            statements = [_function(table, [*columns, "erased_at"], allowed)]
        else:
            with schema_editor.connection.cursor() as cursor:
                cursor.execute(f"pragma table_info({table})")
                others = [name for _, name, *_ in cursor.fetchall() if name not in {*columns, "erased_at"}]
            allowed += [f'new."{name}" is old."{name}"' for name in others]
            statements = [f"drop trigger {table}_no_update", _trigger(table, allowed)]
        for statement in statements:
            schema_editor.execute(statement, params=None)

    return Statements(forwards)


_MARKED = "new.erased_at is not null and (old.erased_at is null or new.erased_at >= old.erased_at)"


def _function(table: str, free: list[str], allowed: list[str]) -> str:
    columns = ", ".join(f"'{name}'" for name in free)
    return (
        f"create or replace function {table}_refuses() returns trigger language plpgsql as $$ begin"
        f" if tg_op = 'UPDATE' then if {_MARKED}"
        f" and to_jsonb(new) - array[{columns}] = to_jsonb(old) - array[{columns}]"
        f" and {' and '.join(allowed)} then return new; end if; end if;"
        f" raise exception '{table} is append-only' using errcode = 'restrict_violation'; end $$"
    )


def _trigger(table: str, allowed: list[str]) -> str:
    return (
        f"create trigger {table}_no_update before update on {table}"
        f" when not coalesce({_MARKED} and {' and '.join(allowed)}, 0)"
        f" begin select raise(abort, '{table} is append-only'); end"
    )
