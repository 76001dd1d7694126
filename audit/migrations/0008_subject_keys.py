"""A key for each subject of disclosures. The table is left out of dumps, and backed up apart."""

from typing import Any, ClassVar

from django.db import migrations, models

from tenancy.triggers import append_only


class Migration(migrations.Migration):
    dependencies: ClassVar[list[tuple[str, str]]] = [("audit", "0007_search")]

    operations: ClassVar[list[Any]] = [
        migrations.CreateModel(
            name="SubjectKey",
            fields=[
                ("id", models.CharField(max_length=130, primary_key=True, serialize=False)),
                ("wrapped", models.BinaryField()),
            ],
        ),
        append_only("audit_subjectkey", erasable=True),
    ]
