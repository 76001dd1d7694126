"""The database refuses what must not happen: a changed end, a longer life, a rewritten vote or decision."""

from typing import ClassVar

from django.db import migrations

from tenancy.triggers import append_only, never_replaced, refuse_update


class Migration(migrations.Migration):
    dependencies: ClassVar[list[tuple[str, str]]] = [("approvals", "0001_first")]

    operations: ClassVar[list[migrations.RunPython]] = [
        refuse_update(
            "approvals_action",
            "final_is_final",
            "old.state <> 'pending' and (new.state <> old.state or new.decided_at <> old.decided_at"
            " or new.revision <> old.revision or new.expires_at <> old.expires_at)",
            "a final state never changes",
        ),
        refuse_update(
            "approvals_action", "no_extension", "new.expires_at > old.expires_at", "an expiry is never extended"
        ),
        refuse_update(
            "approvals_grant",
            "spent_once",
            "old.spent_at is not null and (new.spent_at is null or new.spent_at <> old.spent_at"
            " or new.revoked_at is not null)",
            "a spent grant never changes",
        ),
        refuse_update(
            "approvals_grant", "no_extension", "new.expires_at > old.expires_at", "a grant is never extended"
        ),
        never_replaced("approvals_action", "an action is never replaced"),
        never_replaced("approvals_grant", "a grant is never replaced"),
        append_only("approvals_revision"),
        append_only("approvals_review"),
        append_only("approvals_decision"),
        append_only("approvals_snapshot"),
        append_only("approvals_message"),
        append_only("approvals_policyversion"),
    ]
