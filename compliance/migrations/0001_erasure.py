"""Erasures, legal holds and how long a workspace keeps what its actions were about."""

import django.db.models.deletion
from django.db import migrations, models

import tenancy.fields


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("accounts", "0004_slack_identity"),
    ]

    operations = [
        migrations.CreateModel(
            name="Retention",
            fields=[
                (
                    "workspace",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        primary_key=True,
                        related_name="retention",
                        serialize=False,
                        to="accounts.workspace",
                    ),
                ),
                ("days", models.IntegerField()),
                ("swept_to", models.CharField(blank=True, max_length=40)),
            ],
            options={
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="Erasure",
            fields=[
                (
                    "id",
                    tenancy.fields.IdField(
                        editable=False, max_length=40, prefix="ers", primary_key=True, serialize=False
                    ),
                ),
                ("kind", models.CharField(max_length=12)),
                ("subject", models.CharField(blank=True, max_length=80)),
                ("basis", models.CharField(max_length=20)),
                ("note", models.TextField(blank=True)),
                ("requested_by", models.CharField(max_length=40)),
                ("requested_name", models.CharField(max_length=120)),
                ("requested_at", models.DateTimeField()),
                ("agreed_by", models.CharField(blank=True, max_length=40)),
                ("agreed_name", models.CharField(blank=True, max_length=120)),
                ("agreed_at", models.DateTimeField(blank=True, null=True)),
                ("closed_at", models.DateTimeField(blank=True, null=True)),
                ("closed_name", models.CharField(blank=True, max_length=120)),
                ("outcome", models.CharField(blank=True, max_length=10)),
                ("job_id", models.CharField(blank=True, max_length=40)),
                ("actions", models.IntegerField(default=0)),
                ("erased", models.IntegerField(default=0)),
                ("passed_by", models.IntegerField(default=0)),
                (
                    "workspace",
                    models.ForeignKey(
                        db_index=False, on_delete=django.db.models.deletion.PROTECT, to="accounts.workspace"
                    ),
                ),
            ],
            options={
                "indexes": [models.Index(fields=["workspace", "-id"], name="erasure_newest")],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("closed_at__isnull", True)),
                        fields=("workspace", "kind", "subject"),
                        name="erasure_open_once",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Hold",
            fields=[
                (
                    "id",
                    tenancy.fields.IdField(
                        editable=False, max_length=40, prefix="hld", primary_key=True, serialize=False
                    ),
                ),
                ("kind", models.CharField(blank=True, max_length=12)),
                ("subject", models.CharField(blank=True, max_length=80)),
                ("reason", models.CharField(max_length=500)),
                ("placed_by", models.CharField(max_length=40)),
                ("placed_name", models.CharField(max_length=120)),
                ("placed_at", models.DateTimeField()),
                ("asked_by", models.CharField(blank=True, max_length=40)),
                ("asked_name", models.CharField(blank=True, max_length=120)),
                ("asked_at", models.DateTimeField(blank=True, null=True)),
                ("lifted_by", models.CharField(blank=True, max_length=40)),
                ("lifted_name", models.CharField(blank=True, max_length=120)),
                ("lifted_at", models.DateTimeField(blank=True, null=True)),
                (
                    "workspace",
                    models.ForeignKey(
                        db_index=False, on_delete=django.db.models.deletion.PROTECT, to="accounts.workspace"
                    ),
                ),
            ],
            options={
                "indexes": [models.Index(fields=["workspace", "-id"], name="hold_newest")],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("lifted_at__isnull", True)),
                        fields=("workspace", "kind", "subject"),
                        name="hold_once_while_on",
                    )
                ],
            },
        ),
    ]
