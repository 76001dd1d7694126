"""Policy versions, which one is active, and what its limits have let through."""

from typing import Any, ClassVar

from django.db import models

from accounts.models import Workspace
from tenancy.fields import IdField
from tenancy.scope import Scoped


class PolicyVersion(Scoped):
    """One saved policy document. Its content hash is its identity, so the same text is one version."""

    id = IdField(prefix="pol")
    workspace = models.ForeignKey(Workspace, models.PROTECT, db_index=False)
    sha256 = models.CharField(max_length=64)
    name = models.CharField(max_length=120)
    text = models.TextField()
    author_id = models.CharField(max_length=40)
    author_name = models.CharField(max_length=120)
    created_at = models.DateTimeField()
    erased_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints: ClassVar[list[Any]] = [
            models.UniqueConstraint(fields=["workspace", "sha256"], name="policy_version_once"),
        ]


class ActivePolicy(Scoped):
    """The version that decides in a workspace now, and the event by which a stop switch changed last ("" for never).

    One row for both, so that whoever writes under them can guard both for the price of one.
    """

    workspace = models.OneToOneField(Workspace, models.PROTECT, primary_key=True, related_name="active_policy")
    version = models.ForeignKey(PolicyVersion, models.PROTECT)
    activated_at = models.DateTimeField()
    activated_by = models.CharField(max_length=120)
    stops_id = models.CharField(max_length=40, blank=True, default="", db_default="")


class LimitKey(Scoped):
    """The row that is locked while a limit is summed, so that parallel requests cannot pass a cap together."""

    workspace = models.ForeignKey(Workspace, models.PROTECT, db_index=False)
    limit_id = models.CharField(max_length=100)
    key = models.CharField(max_length=500)

    class Meta:
        constraints: ClassVar[list[Any]] = [
            models.UniqueConstraint(fields=["workspace", "limit_id", "key"], name="limit_key_once"),
        ]


class LimitUse(Scoped):
    """An amount reserved under a limit; `returned_at` gives it back (expired unspent, failed, rejected)."""

    id = IdField(prefix="lim")
    workspace = models.ForeignKey(Workspace, models.PROTECT, db_index=False)
    limit_id = models.CharField(max_length=100)
    key = models.CharField(max_length=500)
    action_id = models.CharField(max_length=40)
    amount = models.DecimalField(max_digits=30, decimal_places=10)
    used_at = models.DateTimeField()
    returned_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        indexes: ClassVar[list[models.Index]] = [
            models.Index(
                fields=["workspace", "limit_id", "key", "used_at"],
                name="limit_use_window",
                condition=models.Q(returned_at__isnull=True),
            ),
            models.Index(fields=["action_id"], name="limit_use_by_action"),
        ]
