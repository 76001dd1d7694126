"""A label may become a tombstone: what it was about is gone, and nothing else of it changes."""

from typing import Any, ClassVar

from django.db import migrations, models

from tenancy.erasable import NO_LIST, NO_OBJECT, NO_TEXT, NULL, erasable


class Migration(migrations.Migration):
    dependencies: ClassVar[list[tuple[str, str]]] = [("feedback", "0002_labels_stay")]

    operations: ClassVar[list[Any]] = [
        migrations.AddField("label", "erased_at", models.DateTimeField(blank=True, null=True)),
        erasable(
            "feedback_label",
            {"proposed": NO_OBJECT, "final": NULL, "patch": NO_LIST, "comment": NO_TEXT, "context": NO_OBJECT},
        ),
    ]
