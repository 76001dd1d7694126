"""Agents of our own, for test actions."""

from typing import ClassVar

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies: ClassVar[list[tuple[str, str]]] = [("accounts", "0001_first")]

    operations: ClassVar[list[migrations.AddField]] = [
        migrations.AddField("agent", "is_built_in", models.BooleanField(db_default=False, default=False)),
    ]
