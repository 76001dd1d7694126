"""A decision keeps whether people changed what the call means, so that lists and numbers ask it and no revision."""

from importlib import import_module
from typing import Any, ClassVar

from django.db import migrations, models

from tenancy.erasable import erasable

ERASABLE = import_module("approvals.migrations.0016_erasable").ERASABLE["decision"]


class Migration(migrations.Migration):
    dependencies: ClassVar[list[tuple[str, str]]] = [("approvals", "0019_alternatives")]

    operations: ClassVar[list[Any]] = [
        # Empty where it was not kept, so that SQLite adds a column and makes no table anew.
        migrations.AddField("decision", "material", models.BooleanField(blank=True, null=True)),
        # SQLite's guard names the columns that an erasure leaves alone: the new one is among them.
        erasable("approvals_decision", ERASABLE),
    ]
