"""Three roles on PostgreSQL, so that whoever serves pages cannot even try to change the log.

`owner` owns the tables and logs in nowhere; migrations run as it. `app` reads everything and writes what is not kept
for ever. `sequencer` is `app` with the right to sequence and sign: the role of `pulse`.
"""

from dataclasses import dataclass

from django.db import connection
from psycopg import sql

# Written by the sequencer alone.
LOG = ("audit_log", "audit_logkey", "audit_leaf", "audit_tile", "audit_checkpoint")
QUEUES = ("audit_unsignedlog",)

_APPEND_ONLY = """select c.relname, (t.tgtype & 8) <> 0 from pg_trigger t join pg_class c on c.oid = t.tgrelid
 where not t.tgisinternal and t.tgname = c.relname || '_append_only' and c.relnamespace = 'public'::regnamespace
 order by c.relname"""
_TABLES = """select c.relname from pg_class c where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p')
 order by c.relname"""
# What belongs to an extension stays the extension's; sequences of columns follow their tables.
_FUNCTIONS = """select p.oid::regprocedure::text from pg_proc p where p.pronamespace = 'public'::regnamespace
 and not exists (select 1 from pg_depend d where d.objid = p.oid and d.deptype = 'e') order by 1"""


@dataclass(frozen=True, slots=True)
class Roles:
    owner: str = "countersign_owner"
    app: str = "countersign_app"
    sequencer: str = "countersign_sequencer"


def statements(roles: Roles) -> list[str]:
    """The SQL that sets the roles up for the tables that there are now. Running it again changes nothing."""
    with connection.cursor() as cursor:
        cursor.execute(_TABLES)
        tables = [name for (name,) in cursor.fetchall()]
        cursor.execute(_APPEND_ONLY)
        kept = dict(cursor.fetchall())
        cursor.execute(_FUNCTIONS)
        functions = [name for (name,) in cursor.fetchall()]
        cursor.execute("select rolname from pg_roles where rolname = any(%s)", [_names(roles)])
        there = {name for (name,) in cursor.fetchall()}
    return [
        *_made(roles, there),
        *(_say("alter table {} owner to {}", table, roles.owner) for table in tables),
        *(f"alter function {name} owner to {_quoted(roles.owner)}" for name in functions),
        *_granted(roles, tables, kept),
        *_to_come(roles),
    ]


def apply(roles: Roles) -> None:
    """Raises DatabaseError where the connection may not do it."""
    with connection.cursor() as cursor:
        for statement in statements(roles):
            cursor.execute(statement)


def _names(roles: Roles) -> list[str]:
    return [roles.owner, roles.app, roles.sequencer]


def _made(roles: Roles, there: set[str]) -> list[str]:
    login = {roles.owner: "nologin", roles.app: "login", roles.sequencer: "login"}
    return [
        *(f"create role {_quoted(name)} {login[name]}" for name in _names(roles) if name not in there),
        _say("grant {} to {}", roles.app, roles.sequencer),
        _say("grant usage, create on schema public to {}", roles.owner),
        _say("grant usage on schema public to {}", roles.app),
    ]


def _granted(roles: Roles, tables: list[str], kept: dict[str, bool]) -> list[str]:
    found = [_say("grant usage, select on all sequences in schema public to {}", roles.app)]
    for table in tables:
        found.append(_say("revoke all on {} from public, {}, {}", table, roles.app, roles.sequencer))
        found.append(_say(f"grant {_rights(table, kept)} on {{}} to {{}}", table, roles.app))
    found += [_say("grant insert on {} to {}", table, roles.sequencer) for table in LOG]
    found += [_say("grant insert, update, delete on {} to {}", table, roles.sequencer) for table in QUEUES]
    return [*found, _say("grant delete on {} to {}", "audit_pendingevent", roles.sequencer)]


def _rights(table: str, kept: dict[str, bool]) -> str:
    if table in LOG or table in QUEUES:
        return "select"
    if table == "audit_pendingevent" or kept.get(table):
        return "select, insert"
    if table in kept:
        return "select, insert, delete"
    return "select, insert, update, delete"


def _to_come(roles: Roles) -> list[str]:
    """Tables of later migrations can be used at once; `audit roles` then takes away what is too much."""
    begin = "alter default privileges for role {} in schema public grant"
    return [
        _say(f"{begin} select, insert, update, delete on tables to {{}}", roles.owner, roles.app),
        _say(f"{begin} usage, select on sequences to {{}}", roles.owner, roles.app),
    ]


def _say(text: str, *names: str) -> str:
    return text.format(*map(_quoted, names))


def _quoted(name: str) -> str:
    return sql.Identifier(name).as_string(None)
