"""Labels: what one decision teaches."""

from typing import ClassVar

from django.db import models

from accounts.models import Workspace
from tenancy.fields import IdField
from tenancy.scope import Scoped


class Label(Scoped):
    """Made once from a decision's snapshot. Approved is not correct, so the kind says only what people did.

    `alternative` is the call that whoever rejected named instead. `erased_at` makes it a tombstone: that there was a
    decision is kept, and nothing of what it was about.
    """

    id = IdField(prefix="lbl")
    workspace = models.ForeignKey(Workspace, models.PROTECT, db_index=False)
    action_id = models.CharField(max_length=40, unique=True)
    decision_id = models.CharField(max_length=40)
    kind = models.CharField(max_length=30)
    source = models.CharField(max_length=20)
    tool = models.CharField(max_length=200)
    agent_id = models.CharField(max_length=40)
    agent_version_id = models.CharField(max_length=40, blank=True)
    proposed = models.JSONField()
    final = models.JSONField(null=True)
    patch = models.JSONField(default=list)
    material = models.BooleanField(default=False)
    reason_code = models.CharField(max_length=60, blank=True)
    taxonomy = models.CharField(max_length=30)
    comment = models.TextField(blank=True)
    reviewers = models.JSONField(default=list)
    door = models.CharField(max_length=10)
    context = models.JSONField()
    decided_at = models.DateTimeField()
    created_at = models.DateTimeField()
    alternative = models.JSONField(null=True)
    erased_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        indexes: ClassVar[list[models.Index]] = [models.Index(fields=["workspace", "id"], name="label_by_workspace")]
