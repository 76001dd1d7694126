"""Nobody rewrites the log, the owner of the tables included; disclosures can be erased but never changed."""

from typing import ClassVar

from django.db import migrations

from tenancy.triggers import append_only, per_database


class Migration(migrations.Migration):
    dependencies: ClassVar[list[tuple[str, str]]] = [("audit", "0001_first")]

    operations: ClassVar[list[migrations.RunPython]] = [
        append_only("audit_event"),
        append_only("audit_disclosure", erasable=True),
        per_database(
            postgresql=[
                """create function audit_event_stamps() returns trigger language plpgsql as $$
                   begin new.recorded_at := clock_timestamp(); return new; end $$""",
                "create trigger audit_event_recorded before insert on audit_event"
                " for each row execute function audit_event_stamps()",
                "alter table audit_event enable always trigger audit_event_recorded",
            ],
            # SQLite takes the column's default, its own clock; no caller names the column.
            sqlite=[],
        ),
    ]
