"""Datasets, their versions and examples, and the words of reasons."""

import django.db.models.deletion
from django.db import migrations, models

import tenancy.fields


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0004_slack_identity"),
        ("feedback", "0003_tombstones"),
    ]

    operations = [
        migrations.CreateModel(
            name="Dataset",
            fields=[
                (
                    "id",
                    tenancy.fields.IdField(
                        editable=False, max_length=40, prefix="dst", primary_key=True, serialize=False
                    ),
                ),
                ("name", models.CharField(max_length=80)),
                ("description", models.TextField(blank=True)),
                ("salt", models.CharField(max_length=80)),
                ("shares", models.JSONField()),
                ("recipe", models.JSONField(null=True)),
                ("pseudonym_key", models.BinaryField()),
                ("gathered", models.CharField(blank=True, max_length=40)),
                ("by_id", models.CharField(max_length=40)),
                ("by_name", models.CharField(max_length=120)),
                ("created_at", models.DateTimeField()),
                (
                    "workspace",
                    models.ForeignKey(
                        db_index=False, on_delete=django.db.models.deletion.PROTECT, to="accounts.workspace"
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="DatasetVersion",
            fields=[
                (
                    "id",
                    tenancy.fields.IdField(
                        editable=False, max_length=40, prefix="dsv", primary_key=True, serialize=False
                    ),
                ),
                ("n", models.IntegerField()),
                ("status", models.CharField(default="draft", max_length=10)),
                ("manifest", models.JSONField()),
                ("manifest_sha256", models.CharField(blank=True, max_length=64)),
                ("size", models.IntegerField(default=0)),
                ("counts", models.JSONField(default=dict)),
                ("report", models.JSONField(default=dict)),
                ("by_id", models.CharField(max_length=40)),
                ("by_name", models.CharField(max_length=120)),
                ("created_at", models.DateTimeField()),
                ("frozen_at", models.DateTimeField(blank=True, null=True)),
                ("revoked_at", models.DateTimeField(blank=True, null=True)),
                (
                    "dataset",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="versions",
                        to="feedback.dataset",
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
            name="Example",
            fields=[
                (
                    "id",
                    tenancy.fields.IdField(
                        editable=False, max_length=40, prefix="exm", primary_key=True, serialize=False
                    ),
                ),
                ("external_id", models.CharField(max_length=200)),
                ("newest", models.IntegerField(default=1)),
                ("created_at", models.DateTimeField()),
                (
                    "dataset",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="examples",
                        to="feedback.dataset",
                    ),
                ),
                (
                    "workspace",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        to="accounts.workspace",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="ExampleRevision",
            fields=[
                (
                    "id",
                    tenancy.fields.IdField(
                        editable=False, max_length=40, prefix="exr", primary_key=True, serialize=False
                    ),
                ),
                ("n", models.IntegerField()),
                ("kind", models.CharField(max_length=10)),
                ("content", models.TextField(blank=True)),
                ("provenance", models.TextField(blank=True)),
                ("sha256", models.CharField(max_length=64)),
                ("group_key", models.BigIntegerField()),
                ("cluster", models.BigIntegerField()),
                ("decision", models.CharField(max_length=10)),
                ("tool", models.CharField(max_length=200)),
                ("tier", models.CharField(max_length=12)),
                ("created_at", models.DateTimeField()),
                (
                    "example",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="revisions",
                        to="feedback.example",
                    ),
                ),
                (
                    "workspace",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        to="accounts.workspace",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="DatasetItem",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "version_id", "n", blank=True, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("n", models.IntegerField()),
                ("split", models.CharField(max_length=10)),
                (
                    "version",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="items",
                        to="feedback.datasetversion",
                    ),
                ),
                (
                    "revision",
                    models.ForeignKey(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="items",
                        to="feedback.examplerevision",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Taxonomy",
            fields=[
                (
                    "id",
                    tenancy.fields.IdField(
                        editable=False, max_length=40, prefix="tax", primary_key=True, serialize=False
                    ),
                ),
                ("n", models.IntegerField()),
                ("entries", models.JSONField()),
                ("by_id", models.CharField(max_length=40)),
                ("by_name", models.CharField(max_length=120)),
                ("created_at", models.DateTimeField()),
                (
                    "workspace",
                    models.ForeignKey(
                        db_index=False, on_delete=django.db.models.deletion.PROTECT, to="accounts.workspace"
                    ),
                ),
            ],
        ),
        migrations.AddIndex(
            model_name="dataset",
            index=models.Index(fields=["workspace", "-id"], name="dataset_newest"),
        ),
        migrations.AddConstraint(
            model_name="dataset",
            constraint=models.UniqueConstraint(fields=("workspace", "name"), name="dataset_name_once"),
        ),
        migrations.AddConstraint(
            model_name="datasetversion",
            constraint=models.UniqueConstraint(fields=("dataset", "n"), name="dataset_version_once"),
        ),
        migrations.AddConstraint(
            model_name="datasetversion",
            constraint=models.CheckConstraint(
                condition=models.Q(("status__in", ("draft", "frozen", "revoked"))), name="dataset_status"
            ),
        ),
        migrations.AddIndex(
            model_name="example",
            index=models.Index(fields=["workspace", "external_id"], name="example_by_external_id"),
        ),
        migrations.AddConstraint(
            model_name="example",
            constraint=models.UniqueConstraint(fields=("dataset", "external_id"), name="example_once"),
        ),
        migrations.AddIndex(
            model_name="examplerevision",
            index=models.Index(fields=["workspace", "cluster"], name="revision_by_cluster"),
        ),
        migrations.AddConstraint(
            model_name="examplerevision",
            constraint=models.UniqueConstraint(fields=("example", "n"), name="example_revision_once"),
        ),
        migrations.AddConstraint(
            model_name="examplerevision",
            constraint=models.CheckConstraint(
                condition=models.Q(("kind__in", ("create", "patch", "delete"))), name="example_revision_kind"
            ),
        ),
        migrations.AddConstraint(
            model_name="taxonomy",
            constraint=models.UniqueConstraint(fields=("workspace", "n"), name="taxonomy_once"),
        ),
    ]
