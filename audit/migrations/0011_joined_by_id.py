"""Keys and waiting events are found by the ids of actions and events, which PostgreSQL compares as bytes.

Between two collations no index serves a join: each decision read the whole table of keys. Nothing changes on SQLite,
where a column that is altered would lose the triggers of its table.
"""

from typing import Any, ClassVar

from django.db import migrations

from tenancy.fields import BytewiseField
from tenancy.triggers import per_database


class Migration(migrations.Migration):
    dependencies: ClassVar[list[tuple[str, str]]] = [("audit", "0010_proofs_of_anchors")]

    operations: ClassVar[list[Any]] = [
        migrations.SeparateDatabaseAndState(
            database_operations=[
                per_database(
                    postgresql=[
                        'alter table audit_subjectkey alter column id type varchar(130) collate "C"',
                        "drop index audit_subjectkey_id_62203867_like",
                        'alter table audit_pendingevent alter column event_id type varchar(40) collate "C"',
                        "drop index audit_pendingevent_event_id_b20df5a3_like",
                    ],
                    sqlite=[],
                )
            ],
            state_operations=[
                migrations.AlterField(
                    "subjectkey", "id", BytewiseField(max_length=130, primary_key=True, serialize=False)
                ),
                migrations.AlterField(
                    "pendingevent", "event_id", BytewiseField(max_length=40, primary_key=True, serialize=False)
                ),
            ],
        ),
    ]
