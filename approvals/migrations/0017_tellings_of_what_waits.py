"""Tellings of actions that wait are marked, so that a page finds them without looking at all that ever were."""

from typing import Any, ClassVar

import django.db.models.deletion
from django.db import migrations, models

MARK = """update approvals_escalation set waits = true
 where action_id in (select id from approvals_action where state = 'pending')"""


class Migration(migrations.Migration):
    dependencies: ClassVar[list[tuple[str, str]]] = [
        ("accounts", "0005_passkeys"),
        ("approvals", "0016_erasable"),
    ]

    operations: ClassVar[list[Any]] = [
        migrations.AddField("escalation", "waits", models.BooleanField(blank=True, null=True)),
        migrations.RunSQL(MARK, migrations.RunSQL.noop),
        migrations.AddIndex(
            "escalation",
            models.Index(
                condition=models.Q(("outcome", "told"), ("waits", True)),
                fields=["workspace", "action", "level"],
                name="escalation_of_waiting",
            ),
        ),
        migrations.CreateModel(
            name="WaitingCount",
            fields=[
                (
                    "workspace",
                    models.OneToOneField(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        primary_key=True,
                        related_name="+",
                        serialize=False,
                        to="accounts.workspace",
                    ),
                ),
                ("levels", models.JSONField()),
                ("gone", models.JSONField()),
                ("counted_at", models.DateTimeField()),
                ("took_ms", models.IntegerField()),
            ],
        ),
    ]
