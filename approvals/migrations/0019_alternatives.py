"""Whoever rejects may name the call that would have been right. It is never rewritten, and goes with its action."""

from typing import Any, ClassVar

import django.db.models.deletion
from django.db import migrations, models

from tenancy.erasable import NO_ARGUMENTS, erasable
from tenancy.triggers import append_only

PROTECT = django.db.models.deletion.PROTECT


class Migration(migrations.Migration):
    dependencies: ClassVar[list[tuple[str, str]]] = [("approvals", "0018_queue_index_counts")]

    operations: ClassVar[list[Any]] = [
        migrations.CreateModel(
            name="Alternative",
            fields=[
                (
                    "review",
                    models.OneToOneField(
                        db_constraint=False,
                        on_delete=PROTECT,
                        primary_key=True,
                        related_name="alternative",
                        serialize=False,
                        to="approvals.review",
                    ),
                ),
                ("call", models.BinaryField()),
                ("created_at", models.DateTimeField()),
                ("erased_at", models.DateTimeField(blank=True, null=True)),
                (
                    "action",
                    models.ForeignKey(
                        db_constraint=False,
                        on_delete=PROTECT,
                        related_name="alternatives",
                        to="approvals.action",
                    ),
                ),
                (
                    "workspace",
                    models.ForeignKey(db_constraint=False, db_index=False, on_delete=PROTECT, to="accounts.workspace"),
                ),
            ],
            options={"abstract": False},
        ),
        append_only("approvals_alternative"),
        erasable("approvals_alternative", {"call": NO_ARGUMENTS}),
    ]
