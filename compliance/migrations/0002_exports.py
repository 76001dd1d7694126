"""Exports and their schedules."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import tenancy.fields


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0004_slack_identity"),
        ("compliance", "0001_erasure"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Schedule",
            fields=[
                (
                    "id",
                    tenancy.fields.IdField(
                        editable=False, max_length=40, prefix="exs", primary_key=True, serialize=False
                    ),
                ),
                ("what", models.CharField(max_length=40)),
                ("format", models.CharField(max_length=10)),
                ("asked", models.JSONField(default=dict)),
                ("every", models.CharField(max_length=10)),
                ("next_at", models.DateTimeField()),
                ("created_at", models.DateTimeField()),
                ("ended_at", models.DateTimeField(blank=True, null=True)),
                (
                    "user",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "workspace",
                    models.ForeignKey(
                        db_index=False, on_delete=django.db.models.deletion.PROTECT, to="accounts.workspace"
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Export",
            fields=[
                (
                    "id",
                    tenancy.fields.IdField(
                        editable=False, max_length=40, prefix="exp", primary_key=True, serialize=False
                    ),
                ),
                ("job_id", models.CharField(max_length=40)),
                ("what", models.CharField(max_length=40)),
                ("format", models.CharField(max_length=10)),
                ("asked", models.JSONField(default=dict)),
                ("with_values", models.BooleanField(default=False)),
                ("by_kind", models.CharField(max_length=20)),
                ("by_id", models.CharField(max_length=80)),
                ("by_name", models.CharField(max_length=120)),
                ("created_at", models.DateTimeField()),
                ("made_at", models.DateTimeField(blank=True, null=True)),
                ("expires_at", models.DateTimeField(blank=True, null=True)),
                ("expired_at", models.DateTimeField(blank=True, null=True)),
                ("because", models.CharField(blank=True, max_length=20)),
                ("file", models.CharField(blank=True, max_length=120)),
                ("bytes", models.BigIntegerField(blank=True, null=True)),
                ("rows", models.BigIntegerField(blank=True, null=True)),
                ("sha256", models.CharField(blank=True, max_length=64)),
                (
                    "workspace",
                    models.ForeignKey(
                        db_index=False, on_delete=django.db.models.deletion.PROTECT, to="accounts.workspace"
                    ),
                ),
                (
                    "schedule",
                    models.ForeignKey(
                        blank=True,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        to="compliance.schedule",
                    ),
                ),
            ],
        ),
        migrations.AddIndex(
            model_name="schedule",
            index=models.Index(
                condition=models.Q(("ended_at__isnull", True)),
                fields=["workspace", "-id"],
                name="export_schedule_newest",
            ),
        ),
        migrations.AddIndex(
            model_name="schedule",
            index=models.Index(
                condition=models.Q(("ended_at__isnull", True)), fields=["next_at"], name="export_schedule_due"
            ),
        ),
        migrations.AddIndex(
            model_name="export",
            index=models.Index(fields=["workspace", "-id"], name="export_newest"),
        ),
        migrations.AddIndex(
            model_name="export",
            index=models.Index(
                condition=models.Q(("expired_at__isnull", True), ("made_at__isnull", False)),
                fields=["expires_at"],
                name="export_due",
            ),
        ),
        migrations.AddConstraint(
            model_name="export",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("file", ""), ("made_at__isnull", True)),
                    models.Q(("bytes__isnull", False), ("expires_at__isnull", False), ("made_at__isnull", False)),
                    _connector="OR",
                ),
                name="export_made_is_whole",
            ),
        ),
    ]
