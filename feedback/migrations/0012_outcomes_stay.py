"""Outcomes got a kind; SQLite made their table anew for it, so their guards are put back."""

from typing import ClassVar

from django.db import migrations

from tenancy.triggers import append_only_again


class Migration(migrations.Migration):
    dependencies: ClassVar[list[tuple[str, str]]] = [("feedback", "0011_readiness_and_plans")]

    operations: ClassVar[list[migrations.RunPython]] = [append_only_again("feedback_outcome")]
