"""What was opened and what was taken back is never rewritten, and a window never outlives its action."""

from typing import ClassVar

from django.db import migrations

from tenancy.triggers import append_only, append_only_again, refuse_update


class Migration(migrations.Migration):
    dependencies: ClassVar[list[tuple[str, str]]] = [("approvals", "0003_undo_dwell_checks")]

    operations: ClassVar[list[migrations.RunPython]] = [
        append_only_again("approvals_review"),
        append_only("approvals_retraction"),
        append_only("approvals_look"),
        refuse_update(
            "approvals_action",
            "closed_when_final",
            "new.state <> 'pending' and new.closing_at is not null",
            "a final state has no undo window",
        ),
    ]
