"""What an anchor answered beside the note: the token of a time-stamp."""

from typing import ClassVar

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies: ClassVar[list[tuple[str, str]]] = [("audit", "0009_verdicts_and_anchors")]

    operations: ClassVar[list[migrations.AddField]] = [
        migrations.AddField(model_name="anchor", name="proof", field=models.BinaryField(default=b"")),
    ]
