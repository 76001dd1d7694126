"""The words that people choose from when they reject or edit."""

from typing import Any, ClassVar

from django.db import models

from accounts.models import Workspace
from tenancy.fields import IdField
from tenancy.scope import Scoped


class Taxonomy(Scoped):
    """One version of a workspace's reasons; the newest is in force. Labels name the version that was in force then.

    `entries` are `{"code", "text", "retired"}`: a code is retired, never removed, so that old labels can be read.
    """

    id = IdField(prefix="tax")
    workspace = models.ForeignKey(Workspace, models.PROTECT, db_index=False)
    n = models.IntegerField()
    entries = models.JSONField()
    by_id = models.CharField(max_length=40)
    by_name = models.CharField(max_length=120)
    created_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar[list[Any]] = [
            models.UniqueConstraint(fields=["workspace", "n"], name="taxonomy_once"),
        ]
