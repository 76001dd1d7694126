"""What was sequenced, hashed and signed is never rewritten, by the owner of the tables either."""

from typing import ClassVar

from django.db import migrations

from tenancy.triggers import append_only

STAYS = ("audit_log", "audit_logkey", "audit_leaf", "audit_tile", "audit_checkpoint")


class Migration(migrations.Migration):
    dependencies: ClassVar[list[tuple[str, str]]] = [("audit", "0003_log")]

    operations: ClassVar[list[migrations.RunPython]] = [append_only(table) for table in STAYS]
