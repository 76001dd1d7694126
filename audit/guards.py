"""What keeps the log append-only in the database, and what of it is missing.

Triggers refuse changes whoever asks; on PostgreSQL three roles refuse them once more. Small installations may run with
one role, but are told so.
"""

from django.db import connection

# It came with the last of the guards.
NEWEST = "audit_leaf"
STAYS = ("audit_event", "audit_log", "audit_logkey", "audit_leaf", "audit_tile", "audit_checkpoint")
POSTGRESQL = {
    **{table: (f"{table}_append_only", f"{table}_never_empty") for table in STAYS},
    "audit_disclosure": ("audit_disclosure_append_only",),
    "audit_pendingevent": ("audit_pendingevent_waits", "audit_pendingevent_never_empty"),
}
SQLITE = {
    **{table: (f"{table}_no_update", f"{table}_no_delete", f"{table}_no_replace") for table in STAYS},
    "audit_disclosure": ("audit_disclosure_no_update", "audit_disclosure_no_replace"),
    "audit_pendingevent": (
        "audit_pendingevent_waits",
        "audit_pendingevent_no_update",
        "audit_pendingevent_no_replace",
    ),
}
BOTH = (
    ("audit_event", "audit_event_recorded"),
    ("audit_leaf", "audit_leaf_in_line"),
    ("audit_checkpoint", "audit_checkpoint_grows"),
)


def missing_triggers() -> list[str]:
    """One sentence for each guard that is not there, or that a session could switch off; none before the migrations."""
    if NEWEST not in connection.introspection.table_names():
        return []
    named = POSTGRESQL if connection.vendor == "postgresql" else SQLITE
    wanted = [(table, name) for table, names in named.items() for name in names] + list(BOTH)
    there = _triggers()
    return [
        f"The trigger {name} of {table} is {'not ENABLE ALWAYS' if (table, name) in there else 'missing'}."
        for table, name in sorted(wanted)
        if there.get((table, name)) != "A"
    ]


def missing_roles() -> list[str]:
    """One sentence for each right that this role has over the log and should not have. SQLite knows no roles."""
    if connection.vendor != "postgresql" or NEWEST not in connection.introspection.table_names():
        return []
    with connection.cursor() as cursor:
        cursor.execute("select rolsuper from pg_roles where rolname = current_user")
        if cursor.fetchone()[0]:
            return ["The database role is a superuser, who can switch every guard off."]
        cursor.execute(
            "select c.relname, pg_has_role(current_user, c.relowner, 'member'),"
            " array_remove(array[case when has_table_privilege(c.oid, 'update') then 'UPDATE' end,"
            " case when has_table_privilege(c.oid, 'delete') then 'DELETE' end,"
            " case when has_table_privilege(c.oid, 'truncate') then 'TRUNCATE' end], null)"
            " from pg_class c where c.relnamespace = 'public'::regnamespace and c.relname = any(%s) order by c.relname",
            [list(STAYS)],
        )
        rows = cursor.fetchall()
    owned = [table for table, is_owner, _ in rows if is_owner]
    if owned:
        return [f"The database role owns {', '.join(owned)}, and an owner can switch guards off."]
    return [f"The database role may {', '.join(rights)} {table}." for table, _, rights in rows if rights]


def _triggers() -> dict[tuple[str, str], str]:
    """(table, name) -> "A" where it always fires."""
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute(
                "select c.relname, t.tgname, t.tgenabled::text from pg_trigger t join pg_class c on c.oid = t.tgrelid"
                " where not t.tgisinternal and c.relname like 'audit!_%%' escape '!'"
            )
            return {(table, name): enabled for table, name, enabled in cursor.fetchall()}
        cursor.execute("select tbl_name, name from sqlite_master where type = 'trigger'")
        return dict.fromkeys(cursor.fetchall(), "A")
