"""Streams of the log to receivers outside."""

import django.db.models.deletion
from django.db import migrations, models

import tenancy.fields


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0006_invited_groups"),
        ("compliance", "0002_exports"),
    ]

    operations = [
        migrations.CreateModel(
            name="Stream",
            fields=[
                (
                    "id",
                    tenancy.fields.IdField(
                        editable=False, max_length=40, prefix="str", primary_key=True, serialize=False
                    ),
                ),
                ("url", models.CharField(max_length=500)),
                ("format", models.CharField(max_length=10)),
                ("with_values", models.BooleanField(default=False)),
                ("secret", models.BinaryField()),
                ("secret_before", models.BinaryField(default=b"")),
                ("before_until", models.DateTimeField(blank=True, null=True)),
                ("authorization", models.BinaryField(default=b"")),
                ("by_id", models.CharField(max_length=80)),
                ("by_name", models.CharField(max_length=120)),
                ("created_at", models.DateTimeField()),
                ("paused_at", models.DateTimeField(blank=True, null=True)),
                ("ended_at", models.DateTimeField(blank=True, null=True)),
                ("log_id", models.CharField(max_length=60)),
                ("generation", models.PositiveIntegerField(default=1)),
                ("position", models.BigIntegerField(default=0)),
                ("sent", models.BigIntegerField(default=0)),
                ("sent_at", models.DateTimeField(blank=True, null=True)),
                ("promised_at", models.DateTimeField(blank=True, null=True)),
                ("failing_since", models.DateTimeField(blank=True, null=True)),
                ("last_error", models.TextField(blank=True)),
                (
                    "workspace",
                    models.ForeignKey(
                        db_index=False, on_delete=django.db.models.deletion.PROTECT, to="accounts.workspace"
                    ),
                ),
            ],
            options={
                "indexes": [
                    models.Index(
                        condition=models.Q(("ended_at__isnull", True)),
                        fields=["workspace", "-id"],
                        name="stream_newest",
                    )
                ],
            },
        ),
    ]
