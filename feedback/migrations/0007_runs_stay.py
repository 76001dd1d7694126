"""What a run answered and what a gate said is never rewritten; a closed run takes nothing more."""

from typing import ClassVar

from django.db import migrations

from tenancy.triggers import append_only, never_deleted, never_replaced, refuse_insert, refuse_update

CLOSED = "the run is closed"
OPEN = "(select closed_at from feedback_evalrun r where r.id = new.run_id) is null"


class Migration(migrations.Migration):
    dependencies: ClassVar[list[tuple[str, str]]] = [("feedback", "0006_runs_and_gates")]

    operations: ClassVar[list[migrations.RunPython]] = [
        append_only("feedback_evalitem"),
        refuse_insert("feedback_evalitem", "added", {"postgresql": f"not ({OPEN})", "sqlite": f"not ({OPEN})"}, CLOSED),
        never_deleted("feedback_evalrun"),
        never_replaced("feedback_evalrun", CLOSED),
        refuse_update("feedback_evalrun", "closed", "old.closed_at is not null", CLOSED),
        append_only("feedback_gateresult"),
        append_only("feedback_judgecalibration"),
    ]
