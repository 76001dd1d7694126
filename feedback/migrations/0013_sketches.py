"""Sketches of what examples read like, so that near-duplicates stay on one side of a split."""

import django.db.models.deletion
from django.db import migrations, models

from tenancy.triggers import append_only


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0004_slack_identity"),
        ("feedback", "0012_outcomes_stay"),
    ]

    operations = [
        migrations.CreateModel(
            name="Sketch",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("cluster", models.BigIntegerField()),
                ("words", models.BinaryField()),
                (
                    "dataset",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="sketches",
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
            options={
                "constraints": [models.UniqueConstraint(fields=("dataset", "cluster"), name="sketch_once")],
            },
        ),
        append_only("feedback_sketch"),
    ]
