"""What verifying answered, and who outside holds which checkpoint."""

from typing import ClassVar

from django.db import migrations, models

_ID = models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")


class Migration(migrations.Migration):
    dependencies: ClassVar[list[tuple[str, str]]] = [("audit", "0008_subject_keys")]

    operations: ClassVar[list[migrations.CreateModel]] = [
        migrations.CreateModel(
            name="Verdict",
            fields=[
                ("id", _ID),
                ("log_id", models.CharField(max_length=60)),
                ("workspace_id", models.CharField(max_length=40)),
                ("at", models.DateTimeField()),
                ("first", models.BigIntegerField()),
                ("size", models.BigIntegerField()),
                ("is_deep", models.BooleanField()),
                ("code", models.SmallIntegerField()),
                ("first_bad", models.BigIntegerField(null=True)),
                ("faults", models.JSONField(default=list)),
            ],
            options={
                "indexes": [
                    models.Index(fields=["workspace_id", "-id"], name="verdict_by_workspace"),
                    models.Index(fields=["log_id", "-id"], name="verdict_by_log"),
                ],
            },
        ),
        migrations.CreateModel(
            name="Anchor",
            fields=[
                ("id", _ID.clone()),
                ("log_id", models.CharField(max_length=60)),
                ("name", models.CharField(max_length=300)),
                ("size", models.BigIntegerField(default=0)),
                ("root", models.BinaryField(default=b"")),
                ("note", models.BinaryField(default=b"")),
                ("at", models.DateTimeField(null=True)),
                ("asked_size", models.BigIntegerField(default=0)),
                ("asked_at", models.DateTimeField(null=True)),
                ("refused", models.TextField(blank=True)),
            ],
            options={
                "constraints": [models.UniqueConstraint(fields=("log_id", "name"), name="anchor_once")],
            },
        ),
    ]
