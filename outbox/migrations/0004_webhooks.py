"""Where webhooks go, and what arrived of them."""

from django.db import migrations, models

import tenancy.fields


class Migration(migrations.Migration):
    dependencies = [
        ("outbox", "0003_jobs"),
    ]

    operations = [
        migrations.CreateModel(
            name="Outgoing",
            fields=[],
            options={
                "proxy": True,
                "indexes": [],
                "constraints": [],
            },
            bases=("outbox.message",),
        ),
        migrations.AddField(
            model_name="sent",
            name="payload",
            field=models.JSONField(blank=True, null=True),
        ),
        migrations.CreateModel(
            name="Endpoint",
            fields=[
                (
                    "id",
                    tenancy.fields.IdField(
                        editable=False, max_length=40, prefix="whk", primary_key=True, serialize=False
                    ),
                ),
                ("workspace_id", models.CharField(max_length=40)),
                ("agent_id", models.CharField(blank=True, max_length=40)),
                ("agent_name", models.CharField(blank=True, max_length=100)),
                ("url", models.CharField(max_length=500)),
                ("kinds", models.JSONField()),
                ("secret", models.BinaryField()),
                ("secret_before", models.BinaryField(default=b"")),
                ("before_until", models.DateTimeField(blank=True, null=True)),
                ("by_id", models.CharField(max_length=80)),
                ("by_name", models.CharField(max_length=120)),
                ("created_at", models.DateTimeField()),
                ("ended_at", models.DateTimeField(blank=True, null=True)),
                ("sent", models.BigIntegerField(default=0)),
                ("sent_at", models.DateTimeField(blank=True, null=True)),
                ("failures", models.IntegerField(default=0)),
                ("rests_until", models.DateTimeField(blank=True, null=True)),
                ("failing_since", models.DateTimeField(blank=True, null=True)),
                ("last_error", models.TextField(blank=True)),
            ],
            options={
                "indexes": [
                    models.Index(
                        condition=models.Q(("ended_at__isnull", True)),
                        fields=["workspace_id", "-id"],
                        name="endpoint_newest",
                    )
                ],
            },
        ),
    ]
