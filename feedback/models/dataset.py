"""Datasets: examples with their revisions, and versions that nobody can change once they are frozen.

Examples, revisions and items bear no foreign-key constraint: each would read its parent once more for every row of a
million. Triggers refuse to delete a parent (docs/decisions, 0013).
"""

from typing import Any, ClassVar

from django.db import models
from django.db.models import Q

from accounts.models import Workspace
from tenancy.fields import IdField
from tenancy.scope import Scoped


class Dataset(Scoped):
    """A named collection of examples. `salt` and `shares` decide the splits and never change.

    `recipe` says which labels are gathered (`{"tools", "since", "until"}`; null where examples are given instead);
    `gathered` is the id of the last label that was looked at, `looked_at` the moment up to which second looks were.
    """

    id = IdField(prefix="dst")
    workspace = models.ForeignKey(Workspace, models.PROTECT, db_index=False)
    name = models.CharField(max_length=80)
    description = models.TextField(blank=True)
    salt = models.CharField(max_length=80)
    shares = models.JSONField()
    recipe = models.JSONField(null=True)
    pseudonym_key = models.BinaryField()
    gathered = models.CharField(max_length=40, blank=True)
    looked_at = models.DateTimeField(null=True, blank=True)
    by_id = models.CharField(max_length=40)
    by_name = models.CharField(max_length=120)
    created_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar[list[Any]] = [
            models.UniqueConstraint(fields=["workspace", "name"], name="dataset_name_once"),
        ]
        indexes: ClassVar[list[models.Index]] = [models.Index(fields=["workspace", "-id"], name="dataset_newest")]


class Example(Scoped):
    """One thing to be judged, whatever is learned about it later. `external_id` is the action's, or the giver's own.

    `newest` is the number of its newest revision.
    """

    id = IdField(prefix="exm")
    workspace = models.ForeignKey(Workspace, models.PROTECT, db_index=False, db_constraint=False)
    dataset = models.ForeignKey(Dataset, models.PROTECT, db_index=False, db_constraint=False, related_name="examples")
    external_id = models.CharField(max_length=200)
    newest = models.IntegerField(default=1)
    created_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar[list[Any]] = [
            models.UniqueConstraint(fields=["dataset", "external_id"], name="example_once"),
        ]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["workspace", "external_id"], name="example_by_external_id"),
        ]


class ExampleRevision(Scoped):
    """What an example says, as the canonical JSON that `sha256` (64 hex digits) is of; never rewritten.

    `content` and `provenance` are text, so that they read the same on every database; an erasure empties both and
    leaves the hash. `group_key` and `cluster` are 64-bit hashes: what belongs together, and what is nearly the same.
    `decision`, `tool` and `tier` are read from the content, for counting.
    """

    id = IdField(prefix="exr")
    workspace = models.ForeignKey(Workspace, models.PROTECT, db_index=False, db_constraint=False)
    example = models.ForeignKey(Example, models.PROTECT, db_index=False, db_constraint=False, related_name="revisions")
    n = models.IntegerField()
    kind = models.CharField(max_length=10)
    content = models.TextField(blank=True)
    provenance = models.TextField(blank=True)
    sha256 = models.CharField(max_length=64)
    group_key = models.BigIntegerField()
    cluster = models.BigIntegerField()
    decision = models.CharField(max_length=10)
    tool = models.CharField(max_length=200)
    tier = models.CharField(max_length=12)
    created_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar[list[Any]] = [
            models.UniqueConstraint(fields=["example", "n"], name="example_revision_once"),
            models.CheckConstraint(condition=Q(kind__in=("create", "patch", "delete")), name="example_revision_kind"),
        ]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["workspace", "cluster"], name="revision_by_cluster"),
        ]


class DatasetVersion(Scoped):
    """`status` goes from draft to frozen and, after an erasure, to revoked. Only a draft takes items.

    `manifest` says all that `manifest_sha256` is of but the items: schema, salt, shares, recipe, redaction profile.
    `counts` are by split, decision, tool and tier; `report` names what was left out and what stands twice.
    """

    id = IdField(prefix="dsv")
    workspace = models.ForeignKey(Workspace, models.PROTECT, db_index=False)
    dataset = models.ForeignKey(Dataset, models.PROTECT, db_index=False, related_name="versions")
    n = models.IntegerField()
    status = models.CharField(max_length=10, default="draft")
    manifest = models.JSONField()
    manifest_sha256 = models.CharField(max_length=64, blank=True)
    size = models.IntegerField(default=0)
    counts = models.JSONField(default=dict)
    report = models.JSONField(default=dict)
    by_id = models.CharField(max_length=40)
    by_name = models.CharField(max_length=120)
    created_at = models.DateTimeField()
    frozen_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints: ClassVar[list[Any]] = [
            models.UniqueConstraint(fields=["dataset", "n"], name="dataset_version_once"),
            models.CheckConstraint(condition=Q(status__in=("draft", "frozen", "revoked")), name="dataset_status"),
        ]


class DatasetItem(models.Model):
    """One revision in a version, at place `n` (from 1) of the order by hash, with the split that it has for good."""

    pk = models.CompositePrimaryKey("version_id", "n")
    version = models.ForeignKey(
        DatasetVersion, models.PROTECT, db_index=False, db_constraint=False, related_name="items"
    )
    n = models.IntegerField()
    revision = models.ForeignKey(ExampleRevision, models.PROTECT, db_constraint=False, related_name="items")
    split = models.CharField(max_length=10)


class TrainingExport(Scoped):
    """That a version left the house for training, and when first."""

    version = models.OneToOneField(DatasetVersion, models.PROTECT, primary_key=True, related_name="training_export")
    workspace = models.ForeignKey(Workspace, models.PROTECT, db_index=False)
    format = models.CharField(max_length=40)
    first_at = models.DateTimeField()


class Sketch(Scoped):
    """What the examples of a cluster read like: the 128 bytes of `feedback.sketches`, none where words are few."""

    workspace = models.ForeignKey(Workspace, models.PROTECT, db_index=False)
    dataset = models.ForeignKey(Dataset, models.PROTECT, db_index=False, related_name="sketches")
    cluster = models.BigIntegerField()
    words = models.BinaryField()

    class Meta:
        constraints: ClassVar[list[Any]] = [
            models.UniqueConstraint(fields=["dataset", "cluster"], name="sketch_once"),
        ]
