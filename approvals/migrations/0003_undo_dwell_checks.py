"""The undo window, votes that are taken back, who opened what when, and ticked checks."""

from typing import Any, ClassVar

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import tenancy.fields

PROTECT = django.db.models.deletion.PROTECT


class Migration(migrations.Migration):
    dependencies: ClassVar[list[Any]] = [
        ("accounts", "0001_first"),
        ("approvals", "0002_final_is_final"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations: ClassVar[list[Any]] = [
        migrations.AddField("action", "closing_at", models.DateTimeField(blank=True, null=True)),
        migrations.RemoveConstraint("review", "review_once_per_person"),
        migrations.AddField("review", "n", models.IntegerField(default=0)),
        migrations.AddField("review", "opened_at", models.DateTimeField(blank=True, null=True)),
        migrations.AddField("review", "checks", models.JSONField(default=list)),
        migrations.AddConstraint(
            "review",
            models.UniqueConstraint(fields=("action", "revision", "user", "n"), name="review_once_per_person"),
        ),
        migrations.CreateModel(
            name="Retraction",
            fields=[
                (
                    "id",
                    tenancy.fields.IdField(
                        editable=False, max_length=40, prefix="rtr", primary_key=True, serialize=False
                    ),
                ),
                ("because", models.CharField(max_length=40)),
                ("created_at", models.DateTimeField()),
                (
                    "action",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=PROTECT,
                        related_name="retractions",
                        to="approvals.action",
                    ),
                ),
                (
                    "review",
                    models.OneToOneField(
                        db_constraint=False, on_delete=PROTECT, related_name="retraction", to="approvals.review"
                    ),
                ),
                (
                    "workspace",
                    models.ForeignKey(db_constraint=False, db_index=False, on_delete=PROTECT, to="accounts.workspace"),
                ),
            ],
            options={"abstract": False},
        ),
        migrations.CreateModel(
            name="Look",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "action_id",
                        "revision",
                        "user_id",
                        blank=True,
                        editable=False,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                ("revision", models.IntegerField()),
                ("door", models.CharField(max_length=10)),
                ("first_at", models.DateTimeField()),
                (
                    "action",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=PROTECT,
                        related_name="looks",
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
    ]
