"""What the law asks of a workspace: erasures, holds, how long things are kept; and what auditors take away."""

from typing import Any, ClassVar

from django.db import models

from accounts.models import Workspace
from compliance.export_models import Export, Schedule
from compliance.stream_models import Stream
from tenancy.fields import IdField
from tenancy.scope import Scoped

__all__ = ["Erasure", "Export", "Hold", "Retention", "Schedule", "Stream"]


class Erasure(Scoped):
    """One request to erase. `subject` and `note` are themselves erased when it is done.

    `outcome` is executed or declined once `closed_at` is set; between `agreed_at` and then the job `job_id` works on
    it. `actions` and `erased` (values) count what went, `passed_by` the actions that were not over or are held.
    """

    id = IdField(prefix="ers")
    workspace = models.ForeignKey(Workspace, models.PROTECT, db_index=False)
    kind = models.CharField(max_length=12)
    subject = models.CharField(max_length=80, blank=True)
    basis = models.CharField(max_length=20)
    note = models.TextField(blank=True)
    requested_by = models.CharField(max_length=40)
    requested_name = models.CharField(max_length=120)
    requested_at = models.DateTimeField()
    agreed_by = models.CharField(max_length=40, blank=True)
    agreed_name = models.CharField(max_length=120, blank=True)
    agreed_at = models.DateTimeField(null=True, blank=True)
    closed_at = models.DateTimeField(null=True, blank=True)
    closed_name = models.CharField(max_length=120, blank=True)
    outcome = models.CharField(max_length=10, blank=True)
    job_id = models.CharField(max_length=40, blank=True)
    actions = models.IntegerField(default=0)
    erased = models.IntegerField(default=0)
    passed_by = models.IntegerField(default=0)

    class Meta:
        constraints: ClassVar[list[Any]] = [
            models.UniqueConstraint(
                fields=["workspace", "kind", "subject"],
                name="erasure_open_once",
                condition=models.Q(closed_at__isnull=True),
            ),
        ]
        indexes: ClassVar[list[models.Index]] = [models.Index(fields=["workspace", "-id"], name="erasure_newest")]


class Hold(Scoped):
    """Nothing of this subject is erased while the hold lasts; without a kind the whole workspace is held.

    Lifting takes two people: one asks (`asked_by`), another agrees, and then `lifted_at` is set.
    """

    id = IdField(prefix="hld")
    workspace = models.ForeignKey(Workspace, models.PROTECT, db_index=False)
    kind = models.CharField(max_length=12, blank=True)
    subject = models.CharField(max_length=80, blank=True)
    reason = models.CharField(max_length=500)
    placed_by = models.CharField(max_length=40)
    placed_name = models.CharField(max_length=120)
    placed_at = models.DateTimeField()
    asked_by = models.CharField(max_length=40, blank=True)
    asked_name = models.CharField(max_length=120, blank=True)
    asked_at = models.DateTimeField(null=True, blank=True)
    lifted_by = models.CharField(max_length=40, blank=True)
    lifted_name = models.CharField(max_length=120, blank=True)
    lifted_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints: ClassVar[list[Any]] = [
            models.UniqueConstraint(
                fields=["workspace", "kind", "subject"],
                name="hold_once_while_on",
                condition=models.Q(lifted_at__isnull=True),
            ),
        ]
        indexes: ClassVar[list[models.Index]] = [models.Index(fields=["workspace", "-id"], name="hold_newest")]


class Retention(Scoped):
    """For how many days a workspace keeps what actions were about. Without a row, for seven years.

    `swept_to` is the action up to which the sweep has come; a hold that is lifted lets it begin anew.
    """

    workspace = models.OneToOneField(Workspace, models.PROTECT, primary_key=True, related_name="retention")
    days = models.IntegerField()
    swept_to = models.CharField(max_length=40, blank=True)
