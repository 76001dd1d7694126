"""Stop switches: who pulled which when, and who released it."""

from typing import Any, ClassVar

from django.db import models
from django.db.models import Q

from accounts.models import Workspace
from tenancy.fields import IdField
from tenancy.scope import Scoped


class StopSwitch(Scoped):
    """On until `released_at`. `approvals.policy.stops` says what mode, reach and target mean."""

    id = IdField(prefix="stp")
    workspace = models.ForeignKey(Workspace, models.PROTECT, db_index=False)
    mode = models.CharField(max_length=20)
    reach = models.CharField(max_length=10)
    target = models.CharField(max_length=200, blank=True)
    name = models.CharField(max_length=320, blank=True)
    reason = models.CharField(max_length=500, blank=True)
    incident_id = models.CharField(max_length=40, blank=True)
    pulled_at = models.DateTimeField()
    pulled_by_id = models.CharField(max_length=40)
    pulled_by = models.CharField(max_length=120)
    released_at = models.DateTimeField(null=True, blank=True)
    released_by_id = models.CharField(max_length=40, blank=True)
    released_by = models.CharField(max_length=120, blank=True)
    released_because = models.CharField(max_length=500, blank=True)

    class Meta:
        constraints: ClassVar[list[Any]] = [
            models.UniqueConstraint(
                fields=["workspace", "mode", "reach", "target"],
                condition=Q(released_at__isnull=True),
                name="stop_once_while_on",
            ),
        ]
        indexes: ClassVar[list[models.Index]] = [models.Index(fields=["workspace", "-id"], name="stop_newest")]
