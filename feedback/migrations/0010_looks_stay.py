"""What was said in a second look and what came of an action is never rewritten."""

from typing import ClassVar

from django.db import migrations

from tenancy.triggers import append_only, never_deleted, never_replaced, refuse_update

GIVEN = "a second look is given once"


class Migration(migrations.Migration):
    dependencies: ClassVar[list[tuple[str, str]]] = [("feedback", "0009_signals")]

    operations: ClassVar[list[migrations.RunPython]] = [
        never_deleted("feedback_look"),
        never_replaced("feedback_look", GIVEN),
        refuse_update("feedback_look", "given", "old.given_at is not null", GIVEN),
        append_only("feedback_outcome"),
    ]
