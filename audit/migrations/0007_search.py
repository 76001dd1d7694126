"""An index for what is looked up by kind; the kinds that nearly every action leaves are not in it and cost nothing."""

from typing import Any, ClassVar

from django.db import migrations, models

COMMON = (
    "action:submitted",
    "action:revised",
    "action:decided",
    "action:escalated",
    "action:reminded",
    "review:approved",
    "review:rejected",
    "review:undone",
    "claim:taken",
    "claim:released",
    "grant:spent",
    "grant:expired",
    "execution:reported",
)


class Migration(migrations.Migration):
    dependencies: ClassVar[list[tuple[str, str]]] = [("audit", "0006_in_line")]

    operations: ClassVar[list[Any]] = [
        migrations.AddIndex(
            "event",
            models.Index(
                condition=~models.Q(kind__in=COMMON), fields=["workspace_id", "kind", "-id"], name="event_of_rare_kind"
            ),
        ),
    ]
