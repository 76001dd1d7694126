"""Numbers of the past, counted by hour and by day, so that no page has to count actions."""

from typing import Any, ClassVar

from django.db import models

from accounts.models import Workspace
from tenancy.scope import Scoped


class RollupHour(Scoped):
    """One hour of a workspace: the actions that were asked in it. To be counted while `told` is ahead of `counted`.

    `told` counts the batches of facts about these actions; `counted` is the `told` that the numbers have seen.
    """

    workspace = models.ForeignKey(Workspace, models.PROTECT, db_index=False, db_constraint=False)
    hour = models.DateTimeField()
    told = models.BigIntegerField(default=0)
    counted = models.BigIntegerField(default=0)
    counted_at = models.DateTimeField(null=True, blank=True)
    took_ms = models.IntegerField(default=0)

    class Meta:
        constraints: ClassVar[list[Any]] = [
            models.UniqueConstraint(fields=["workspace", "hour"], name="rollup_hour_once"),
        ]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["hour"], name="rollup_hour_due", condition=models.Q(told__gt=models.F("counted"))),
            models.Index(fields=["counted_at"], name="rollup_hour_by_count"),
        ]


class RollupCell(Scoped):
    """How many of the actions of one hour or day with the same agent, version, tool, policy, rule and groups …

    `span` is hour or day and `at` its beginning (UTC). `groups` are those that had to agree, as ",finance,reviewers,".
    `approvals.rollups.tally` says what each count means.
    """

    workspace = models.ForeignKey(Workspace, models.PROTECT, db_index=False, db_constraint=False)
    span = models.CharField(max_length=4)
    at = models.DateTimeField()
    agent_id = models.CharField(max_length=40)
    version_id = models.CharField(max_length=40, blank=True)
    tool = models.CharField(max_length=200)
    policy_id = models.CharField(max_length=40)
    rule = models.CharField(max_length=200, blank=True)
    groups = models.TextField(blank=True)
    proposed = models.IntegerField(default=0)
    allowed = models.IntegerField(default=0)
    denied = models.IntegerField(default=0)
    violations = models.IntegerField(default=0)
    stopped = models.IntegerField(default=0)
    asked = models.IntegerField(default=0)
    approved = models.IntegerField(default=0)
    edited = models.IntegerField(default=0)
    material = models.IntegerField(default=0)
    rejected = models.IntegerField(default=0)
    expired = models.IntegerField(default=0)
    withdrawn = models.IntegerField(default=0)
    late = models.IntegerField(default=0)
    planned = models.IntegerField(default=0)
    level1 = models.IntegerField(default=0)
    level2 = models.IntegerField(default=0)
    level3 = models.IntegerField(default=0)
    succeeded = models.IntegerField(default=0)
    failed = models.IntegerField(default=0)
    unknown = models.IntegerField(default=0)
    drifted = models.IntegerField(default=0)
    traced = models.IntegerField(default=0)
    decide_ms = models.BigIntegerField(default=0)

    class Meta:
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["workspace", "span", "at"], name="rollup_cell_window"),
        ]


class RollupPart(Scoped):
    """A count under one more word: how long people took, who upheld or overrode, why, how tasks ended, what they cost.

    `name` says which and `key` is the word; `amount` is a sum of money where `key` is a currency.
    """

    workspace = models.ForeignKey(Workspace, models.PROTECT, db_index=False, db_constraint=False)
    span = models.CharField(max_length=4)
    at = models.DateTimeField()
    agent_id = models.CharField(max_length=40)
    version_id = models.CharField(max_length=40, blank=True)
    tool = models.CharField(max_length=200, blank=True)
    groups = models.TextField(blank=True)
    name = models.CharField(max_length=20)
    key = models.CharField(max_length=80)
    n = models.IntegerField(default=0)
    amount = models.DecimalField(max_digits=30, decimal_places=10, default=0)

    class Meta:
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["workspace", "span", "name", "at"], name="rollup_part_window"),
        ]


class WaitingCount(Scoped):
    """What waits in a workspace where it is too much to be counted for every page (`services.boards.levels`).

    `levels` are its rows; `gone` is by agent's id.
    """

    workspace = models.OneToOneField(Workspace, models.PROTECT, primary_key=True, db_constraint=False, related_name="+")
    levels = models.JSONField()
    gone = models.JSONField()
    counted_at = models.DateTimeField()
    took_ms = models.IntegerField()


class RollupCursor(models.Model):
    """How far facts were read: `fresh` as they come, `settled` once more when whatever was slow has committed.

    The one row is also what writers of numbers lock, so that no day is summed by two at once.
    """

    name = models.CharField(max_length=20, primary_key=True)
    fresh = models.CharField(max_length=40)
    settled = models.CharField(max_length=40)
