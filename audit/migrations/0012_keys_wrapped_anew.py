"""A subject's key may be wrapped anew under another key of the instance; whose key it is never changes."""

from typing import Any, ClassVar

from django.db import migrations

from tenancy.triggers import per_database, refuse_update


class Migration(migrations.Migration):
    dependencies: ClassVar[list[tuple[str, str]]] = [("audit", "0011_joined_by_id")]

    operations: ClassVar[list[Any]] = [
        per_database(
            postgresql=[
                "drop trigger audit_subjectkey_append_only on audit_subjectkey",
                "drop function audit_subjectkey_refuses()",
            ],
            sqlite=["drop trigger audit_subjectkey_no_update"],
        ),
        refuse_update("audit_subjectkey", "stays", "new.id <> old.id", "a key stays the key of its subject"),
    ]
