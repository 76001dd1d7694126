"""An invitation names the groups that the person joins."""

from typing import Any, ClassVar

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies: ClassVar[list[Any]] = [("accounts", "0005_passkeys")]

    operations: ClassVar[list[Any]] = [
        migrations.AddField("invitation", "groups", models.JSONField(default=list)),
    ]
