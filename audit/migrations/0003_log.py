"""The Merkle logs: leaves, full tiles, signed checkpoints and the keys that sign them."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("audit", "0002_append_only"),
    ]

    operations = [
        migrations.CreateModel(
            name="Checkpoint",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "log_id", "size", blank=True, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("log_id", models.CharField(max_length=60)),
                ("size", models.BigIntegerField()),
                ("root", models.BinaryField()),
                ("note", models.BinaryField()),
                ("signed_at", models.DateTimeField()),
            ],
        ),
        migrations.CreateModel(
            name="PublicLog",
            fields=[
                ("workspace_id", models.CharField(max_length=40, primary_key=True, serialize=False)),
                ("since", models.DateTimeField()),
            ],
        ),
        migrations.CreateModel(
            name="Tile",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "log_id", "level", "n", blank=True, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("log_id", models.CharField(max_length=60)),
                ("level", models.SmallIntegerField()),
                ("n", models.BigIntegerField()),
                ("hashes", models.BinaryField()),
                ("root", models.BinaryField()),
            ],
        ),
        migrations.CreateModel(
            name="UnsignedLog",
            fields=[
                ("log_id", models.CharField(max_length=60, primary_key=True, serialize=False)),
                ("since", models.DateTimeField()),
                ("refused", models.TextField(blank=True)),
            ],
        ),
        migrations.CreateModel(
            name="Leaf",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "log_id", "seq", blank=True, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("log_id", models.CharField(max_length=60)),
                ("seq", models.BigIntegerField()),
                ("event_id", models.CharField(max_length=40)),
                ("leaf_hash", models.BinaryField()),
            ],
            options={
                "constraints": [models.UniqueConstraint(fields=("event_id",), name="leaf_event_once")],
            },
        ),
        migrations.CreateModel(
            name="Log",
            fields=[
                ("id", models.CharField(max_length=60, primary_key=True, serialize=False)),
                ("workspace_id", models.CharField(max_length=40)),
                ("generation", models.PositiveIntegerField(default=1)),
                ("origin", models.CharField(max_length=300)),
                ("started_at", models.DateTimeField()),
                ("continues", models.BinaryField(default=b"")),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("workspace_id", "generation"), name="log_generation_once"),
                    models.UniqueConstraint(fields=("origin",), name="log_origin_once"),
                ],
            },
        ),
        migrations.CreateModel(
            name="LogKey",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("log_id", models.CharField(max_length=60)),
                ("vkey", models.CharField(max_length=400)),
                ("is_retired", models.BooleanField(default=False)),
                ("size", models.BigIntegerField()),
                ("at", models.DateTimeField()),
            ],
            options={
                "constraints": [models.UniqueConstraint(fields=("log_id", "vkey", "is_retired"), name="log_key_once")],
            },
        ),
    ]
