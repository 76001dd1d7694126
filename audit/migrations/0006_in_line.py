"""Leaves come without a gap, signed trees only grow, and SQLite too says itself when an event was recorded."""

from typing import ClassVar

from django.db import migrations

from tenancy.triggers import per_database, refuse_insert

LEAF_BEFORE = "select 1 from audit_leaf where log_id = new.log_id and seq = new.seq - 1"
GAP = f"new.seq <> 0 and not exists ({LEAF_BEFORE})"
SHRINKS = "exists (select 1 from audit_checkpoint where log_id = new.log_id and size >= new.size)"
# Seconds between the column's default and the guard, which read the same clock in the same statement.
SLACK = 5


class Migration(migrations.Migration):
    dependencies: ClassVar[list[tuple[str, str]]] = [("audit", "0005_pending_until_a_leaf")]

    operations: ClassVar[list[migrations.RunPython]] = [
        refuse_insert("audit_leaf", "in_line", {"postgresql": GAP, "sqlite": GAP}, "a log has no gaps"),
        refuse_insert(
            "audit_checkpoint", "grows", {"postgresql": SHRINKS, "sqlite": SHRINKS}, "a signed tree only grows"
        ),
        # PostgreSQL writes the moment over whatever was passed (0002).
        per_database(
            postgresql=[],
            sqlite=[
                f"create trigger audit_event_recorded before insert on audit_event"
                f" when abs(julianday(new.recorded_at) - julianday('now')) * 86400 > {SLACK}"
                f" begin select raise(abort, 'the database says when an event was recorded'); end"
            ],
        ),
    ]
