"""How voters proved who they are, and who opened which evidence. Nothing of it is ever rewritten."""

from typing import Any, ClassVar

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from tenancy.triggers import append_only

PROTECT = django.db.models.deletion.PROTECT


class Migration(migrations.Migration):
    dependencies: ClassVar[list[Any]] = [
        ("accounts", "0005_passkeys"),
        ("approvals", "0014_rollups"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations: ClassVar[list[Any]] = [
        # Empty where it was not kept, so that SQLite adds a column and makes no table anew.
        migrations.AddField("review", "proof", models.JSONField(blank=True, null=True)),
        migrations.CreateModel(
            name="Opening",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "action_id",
                        "revision",
                        "user_id",
                        "item",
                        blank=True,
                        editable=False,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                ("revision", models.IntegerField()),
                ("item", models.CharField(max_length=300)),
                ("opened_at", models.DateTimeField()),
                (
                    "action",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=PROTECT,
                        related_name="openings",
                        to="approvals.action",
                    ),
                ),
                (
                    "user",
                    models.ForeignKey(
                        db_constraint=False, db_index=False, on_delete=PROTECT, to=settings.AUTH_USER_MODEL
                    ),
                ),
                (
                    "workspace",
                    models.ForeignKey(db_constraint=False, db_index=False, on_delete=PROTECT, to="accounts.workspace"),
                ),
            ],
            options={"abstract": False},
        ),
        append_only("approvals_opening"),
    ]
