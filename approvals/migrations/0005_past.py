"""Indexes for the history of a tool and of a counterpart, which the action page compares with."""

from typing import ClassVar

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies: ClassVar[list[tuple[str, str]]] = [("approvals", "0004_looks_stay")]

    operations: ClassVar[list[migrations.AddIndex]] = [
        migrations.AddIndex(
            "action",
            models.Index(
                fields=["workspace", "tool", "state", "-created_at"],
                name="action_past_of_tool",
                condition=models.Q(state__in=("approved", "rejected")),
            ),
        ),
        migrations.AddIndex(
            "action",
            models.Index(
                fields=["workspace", "tool", "counterpart", "state", "-created_at"],
                name="action_past_of_counterpart",
                condition=models.Q(state__in=("approved", "rejected")),
            ),
        ),
    ]
