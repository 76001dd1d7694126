"""Leaves and disclosures are found by the ids of events, which PostgreSQL compares as bytes.

Since the queue does so too, the guard that lets an event go once it is a leaf read the whole log for each of them.
Nothing changes on SQLite, where a column that is altered would lose the triggers of its table.
"""

from typing import Any, ClassVar

from django.db import migrations

from tenancy.fields import BytewiseField
from tenancy.triggers import per_database


class Migration(migrations.Migration):
    dependencies: ClassVar[list[tuple[str, str]]] = [("audit", "0012_keys_wrapped_anew")]

    operations: ClassVar[list[Any]] = [
        migrations.SeparateDatabaseAndState(
            database_operations=[
                per_database(
                    postgresql=[
                        'alter table audit_leaf alter column event_id type varchar(40) collate "C"',
                        'alter table audit_disclosure alter column event_id type varchar(40) collate "C"',
                        # A session plans them once, maybe while the log is young and short, and keeps the plan.
                        "alter function audit_pendingevent_waits() set enable_seqscan = off",
                        "alter function audit_leaf_in_line_refuses() set enable_seqscan = off",
                    ],
                    sqlite=[],
                )
            ],
            state_operations=[
                migrations.AlterField("leaf", "event_id", BytewiseField(max_length=40)),
                migrations.AlterField("disclosure", "event_id", BytewiseField(max_length=40)),
            ],
        ),
    ]
