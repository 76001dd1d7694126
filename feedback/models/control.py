"""What a workspace asks of an agent before it widens anything, and how agents stood when that was last looked at."""

from typing import Any, ClassVar

from django.db import models

from accounts.models import Workspace
from tenancy.fields import IdField
from tenancy.scope import Scoped


class ReadinessControl(Scoped):
    """One of the five controls as the workspace set it: a threshold in the control's own unit, and who answers for it.

    `waived` with `why` says that the owner lets agents pass without it. `currency` is that of the cost.
    """

    id = IdField(prefix="rdy")
    workspace = models.ForeignKey(Workspace, models.PROTECT, db_index=False)
    name = models.CharField(max_length=30)
    threshold = models.FloatField(null=True)
    currency = models.CharField(max_length=10, blank=True)
    waived = models.BooleanField(default=False)
    why = models.TextField(blank=True)
    owner_id = models.CharField(max_length=40)
    owner_name = models.CharField(max_length=120)
    set_by = models.CharField(max_length=120)
    set_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar[list[Any]] = [
            models.UniqueConstraint(fields=["workspace", "name"], name="readiness_control_once"),
        ]


class ReadinessState(Scoped):
    """What an agent lacked when it was last looked at: names of controls, in their order."""

    workspace = models.ForeignKey(Workspace, models.PROTECT, db_index=False)
    agent_id = models.CharField(max_length=40)
    lacking = models.JSONField(default=list)
    changed_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar[list[Any]] = [
            models.UniqueConstraint(fields=["workspace", "agent_id"], name="readiness_state_once"),
        ]
