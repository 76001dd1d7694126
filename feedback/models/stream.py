"""What the stream of decisions shows: counts by day, alerts, and autonomy that was earned or lost."""

from typing import Any, ClassVar

from django.db import models
from django.db.models import Q

from accounts.models import Workspace
from tenancy.fields import IdField
from tenancy.scope import Scoped


class SignalState(Scoped):
    """How far the labels of a workspace are counted: the id of the last one."""

    workspace = models.OneToOneField(Workspace, models.PROTECT, primary_key=True)
    after = models.CharField(max_length=40, blank=True)


class SignalDay(Scoped):
    """`x` of `n` on the day (UTC) on which the agent asked, under one policy and one agent version. A sum that may be
    counted anew from the labels at any time.
    """

    workspace = models.ForeignKey(Workspace, models.PROTECT, db_index=False)
    metric = models.CharField(max_length=20)
    agent_id = models.CharField(max_length=40)
    tool = models.CharField(max_length=200)
    day = models.DateField()
    policy = models.CharField(max_length=40, blank=True)
    version = models.CharField(max_length=40, blank=True)
    x = models.IntegerField(default=0)
    n = models.IntegerField(default=0)

    class Meta:
        constraints: ClassVar[list[Any]] = [
            models.UniqueConstraint(
                fields=["workspace", "metric", "agent_id", "tool", "day", "policy", "version"], name="signal_day_once"
            ),
        ]
        indexes: ClassVar[list[models.Index]] = [models.Index(fields=["workspace", "day"], name="signal_by_day")]


class StreamDay(Scoped):
    """What came in on a day (UTC): `n` calls that had this `value` of a `feature`, as feedback.features names them.

    A sum of labels, as SignalDay is. It holds names, kinds and ranges, and no text of an argument.
    """

    workspace = models.ForeignKey(Workspace, models.PROTECT, db_index=False)
    agent_id = models.CharField(max_length=40)
    tool = models.CharField(max_length=200)
    day = models.DateField()
    feature = models.CharField(max_length=300)
    value = models.CharField(max_length=200, blank=True)
    n = models.IntegerField(default=0)

    class Meta:
        constraints: ClassVar[list[Any]] = [
            models.UniqueConstraint(
                fields=["workspace", "agent_id", "tool", "feature", "value", "day"], name="stream_day_once"
            ),
        ]
        indexes: ClassVar[list[models.Index]] = [models.Index(fields=["workspace", "day"], name="stream_by_day")]


class Alert(Scoped):
    """A series that left its limits. One is open at a time for a series and cause; what follows belongs to it.

    `detail` says what moved where no share does. `outcome` is true or false once it is closed: whether something was
    really wrong, so that detectors can be judged.
    """

    id = IdField(prefix="alr")
    workspace = models.ForeignKey(Workspace, models.PROTECT, db_index=False)
    metric = models.CharField(max_length=20)
    agent_id = models.CharField(max_length=40)
    agent_name = models.CharField(max_length=100)
    tool = models.CharField(max_length=200)
    detector = models.CharField(max_length=20)
    cause = models.CharField(max_length=10)
    day = models.DateField()
    since = models.DateField()
    baseline = models.FloatField()
    rate = models.FloatField()
    n = models.IntegerField()
    detail = models.CharField(max_length=600, blank=True)
    raised_at = models.DateTimeField()
    owner_id = models.CharField(max_length=40, blank=True)
    owner_name = models.CharField(max_length=120, blank=True)
    acknowledged_at = models.DateTimeField(null=True, blank=True)
    closed_at = models.DateTimeField(null=True, blank=True)
    closed_by = models.CharField(max_length=120, blank=True)
    outcome = models.CharField(max_length=5, blank=True)
    note = models.TextField(blank=True)

    class Meta:
        constraints: ClassVar[list[Any]] = [
            models.UniqueConstraint(
                fields=["workspace", "metric", "agent_id", "tool", "cause"],
                condition=Q(closed_at__isnull=True),
                name="alert_once_while_open",
            ),
        ]
        indexes: ClassVar[list[models.Index]] = [models.Index(fields=["workspace", "-id"], name="alert_newest")]


class Autonomy(Scoped):
    """A class of actions whose record earned it, and the policy proposal in which that ended; `revoked_at` once it was
    lost. `record` is what was known then.
    """

    id = IdField(prefix="aut")
    workspace = models.ForeignKey(Workspace, models.PROTECT, db_index=False)
    agent_id = models.CharField(max_length=40)
    agent_name = models.CharField(max_length=100)
    tool = models.CharField(max_length=200)
    record = models.JSONField()
    proposal_id = models.CharField(max_length=40)
    after = models.CharField(max_length=40, blank=True)
    created_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True, blank=True)
    why = models.CharField(max_length=300, blank=True)

    class Meta:
        constraints: ClassVar[list[Any]] = [
            models.UniqueConstraint(
                fields=["workspace", "agent_id", "tool"],
                condition=Q(revoked_at__isnull=True),
                name="autonomy_once",
            ),
        ]
