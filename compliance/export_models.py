"""Exports: files that auditors order, take away for some days, and that then are gone."""

from typing import Any, ClassVar

from django.db import models
from django.db.models import Q

from accounts.models import User, Workspace
from tenancy.fields import IdField
from tenancy.scope import Scoped


class Schedule(Scoped):
    """An export that is ordered again and again; whoever gets the letter has to log in to fetch it.

    `every` is day, week or month (UTC); each export is of the period before. `ended_at` stops it.
    """

    id = IdField(prefix="exs")
    workspace = models.ForeignKey(Workspace, models.PROTECT, db_index=False)
    what = models.CharField(max_length=40)
    format = models.CharField(max_length=10)
    asked = models.JSONField(default=dict)
    every = models.CharField(max_length=10)
    user = models.ForeignKey(User, models.PROTECT, db_index=False, related_name="+")
    next_at = models.DateTimeField()
    created_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        indexes: ClassVar[list[models.Index]] = [
            models.Index(
                fields=["workspace", "-id"], name="export_schedule_newest", condition=Q(ended_at__isnull=True)
            ),
            models.Index(fields=["next_at"], name="export_schedule_due", condition=Q(ended_at__isnull=True)),
        ]


class Export(Scoped):
    """One file. It is there between `made_at` and `expired_at`; `file` is its name below the exports' folder.

    `asked` is the filter as JSON; `because` says why it went before its time.
    """

    id = IdField(prefix="exp")
    workspace = models.ForeignKey(Workspace, models.PROTECT, db_index=False)
    schedule = models.ForeignKey(Schedule, models.PROTECT, null=True, blank=True, db_index=False)
    job_id = models.CharField(max_length=40)
    what = models.CharField(max_length=40)
    format = models.CharField(max_length=10)
    asked = models.JSONField(default=dict)
    with_values = models.BooleanField(default=False)
    by_kind = models.CharField(max_length=20)
    by_id = models.CharField(max_length=80)
    by_name = models.CharField(max_length=120)
    created_at = models.DateTimeField()
    made_at = models.DateTimeField(null=True, blank=True)
    expires_at = models.DateTimeField(null=True, blank=True)
    expired_at = models.DateTimeField(null=True, blank=True)
    because = models.CharField(max_length=20, blank=True)
    file = models.CharField(max_length=120, blank=True)
    bytes = models.BigIntegerField(null=True, blank=True)
    rows = models.BigIntegerField(null=True, blank=True)
    sha256 = models.CharField(max_length=64, blank=True)

    class Meta:
        constraints: ClassVar[list[Any]] = [
            models.CheckConstraint(
                condition=Q(made_at__isnull=True, file="")
                | Q(made_at__isnull=False, expires_at__isnull=False, bytes__isnull=False),
                name="export_made_is_whole",
            ),
        ]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["workspace", "-id"], name="export_newest"),
            models.Index(
                fields=["expires_at"],
                name="export_due",
                condition=Q(made_at__isnull=False, expired_at__isnull=True),
            ),
        ]
