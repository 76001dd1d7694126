"""What actions and their rows point to stays: the rows bear no foreign-key constraint (docs/decisions, 0013)."""

from typing import ClassVar

from django.db import migrations

from tenancy.triggers import never_deleted

PARENTS = ("approvals_action", "accounts_agent", "accounts_agentversion", "accounts_user", "accounts_workspace")


class Migration(migrations.Migration):
    dependencies: ClassVar[list[tuple[str, str]]] = [
        ("accounts", "0003_sessions_absences_letters"),
        ("approvals", "0009_notices_and_listening"),
    ]

    operations: ClassVar[list[migrations.RunPython]] = [never_deleted(table) for table in PARENTS]
