"""A label says what was decided then; it is never rewritten."""

from typing import ClassVar

from django.db import migrations

from tenancy.triggers import append_only


class Migration(migrations.Migration):
    dependencies: ClassVar[list[tuple[str, str]]] = [("feedback", "0001_first")]

    operations: ClassVar[list[migrations.RunPython]] = [append_only("feedback_label")]
