"""The index of the queue also bears what pages count, and is made beside the old one while actions go on coming."""

from typing import Any, ClassVar

from django.db import migrations, models

from tenancy.triggers import per_database

WIDE = """create index concurrently action_queue_wide on approvals_action
 (workspace_id, risk_rank desc, expires_at, id) include (target_at, agent_id) where state = 'pending'"""


class Migration(migrations.Migration):
    atomic = False
    dependencies: ClassVar[list[tuple[str, str]]] = [("approvals", "0017_tellings_of_what_waits")]

    operations: ClassVar[list[Any]] = [
        # Of an attempt that broke off; SQLite's indexes include nothing.
        per_database(
            postgresql=[
                "drop index concurrently if exists action_queue_wide",
                WIDE,
                "drop index concurrently if exists action_queue",
                "alter index action_queue_wide rename to action_queue",
            ],
            sqlite=[],
        ),
        migrations.SeparateDatabaseAndState(
            state_operations=[
                migrations.RemoveIndex("action", "action_queue"),
                migrations.AddIndex(
                    "action",
                    models.Index(
                        condition=models.Q(("state", "pending")),
                        fields=["workspace", "-risk_rank", "expires_at", "id"],
                        include=("target_at", "agent"),
                        name="action_queue",
                    ),
                ),
            ]
        ),
    ]
