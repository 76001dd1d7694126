"""Who was told about an action that waits, over which channel, and what became of it."""

from typing import Any, ClassVar

from django.db import models
from django.db.models import Q

from accounts.models import User, Workspace
from approvals.models.action import Action
from tenancy.fields import IdField
from tenancy.scope import Scoped


class Escalation(Scoped):
    """One time that people were to be told about an action; the `n`-th.

    `moment` is the place in the plan that it settles and `level` counts from 0; both are null where it is in no plan.
    `waits` may be true as long as its action is open and is null some time after: what waits is counted from these.
    `cause` is timer, person or auditor; `outcome` told or nobody, with why. `reason` is the person's own text.
    """

    id = IdField(prefix="esc")
    workspace = models.ForeignKey(Workspace, models.PROTECT, db_index=False, db_constraint=False)
    action = models.ForeignKey(Action, models.PROTECT, db_index=False, db_constraint=False, related_name="escalations")
    n = models.SmallIntegerField()
    kind = models.CharField(max_length=10)
    level = models.SmallIntegerField(null=True, blank=True)
    moment = models.SmallIntegerField(null=True, blank=True)
    cause = models.CharField(max_length=10)
    by_id = models.CharField(max_length=40, blank=True)
    by_name = models.CharField(max_length=120, blank=True)
    reason = models.TextField(blank=True)
    outcome = models.CharField(max_length=10)
    because = models.CharField(max_length=300, blank=True)
    due_at = models.DateTimeField()
    fired_at = models.DateTimeField()
    # Null rather than false, so that SQLite adds a column and makes no table anew.
    waits = models.BooleanField(null=True, blank=True)

    class Meta:
        constraints: ClassVar[list[Any]] = [
            models.UniqueConstraint(fields=["action", "n"], name="escalation_once"),
            models.UniqueConstraint(
                fields=["action", "moment"], name="escalation_moment_once", condition=Q(moment__isnull=False)
            ),
        ]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["workspace", "-id"], name="escalation_newest"),
            models.Index(fields=["fired_at"], name="escalation_unheard", condition=Q(outcome="nobody")),
            models.Index(
                fields=["workspace", "action", "level"],
                name="escalation_of_waiting",
                condition=Q(waits=True, outcome="told"),
            ),
        ]


class Notification(Scoped):
    """One person to be told over one channel; `user` is null where it names nobody who is there.

    `outcome`: promised (in the outbox), sent, failed, skipped, or collapsed into another that stands for many.
    """

    id = IdField(prefix="ntf")
    workspace = models.ForeignKey(Workspace, models.PROTECT, db_index=False, db_constraint=False)
    action = models.ForeignKey(Action, models.PROTECT, db_index=False, db_constraint=False)
    escalation = models.ForeignKey(
        Escalation, models.PROTECT, db_index=False, db_constraint=False, related_name="notifications"
    )
    user = models.ForeignKey(User, models.PROTECT, null=True, blank=True, db_index=False, db_constraint=False)
    user_name = models.CharField(max_length=120)
    via = models.CharField(max_length=300)
    channel = models.CharField(max_length=10, blank=True)
    outcome = models.CharField(max_length=10)
    because = models.CharField(max_length=300, blank=True)
    created_at = models.DateTimeField()
    settled_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["action", "escalation"], name="notification_by_action"),
            models.Index(fields=["created_at"], name="notification_owed", condition=Q(outcome="promised")),
        ]


class Tally(Scoped):
    """How often one person was told of one agent's actions over one channel, within a window that began at `since`.

    With the channel `alert` and no person: that the agent floods.
    """

    id = models.BigAutoField(primary_key=True)
    workspace = models.ForeignKey(Workspace, models.PROTECT, db_index=False, db_constraint=False)
    agent_id = models.CharField(max_length=40)
    user_id = models.CharField(max_length=40, blank=True)
    channel = models.CharField(max_length=10)
    since = models.DateTimeField()
    count = models.IntegerField()

    class Meta:
        constraints: ClassVar[list[Any]] = [
            models.UniqueConstraint(fields=["workspace", "agent_id", "user_id", "channel", "since"], name="tally_once"),
        ]
        indexes: ClassVar[list[models.Index]] = [models.Index(fields=["since"], name="tally_by_age")]


class Heartbeat(models.Model):
    """That a watch over everybody's actions still goes round: when it did last, how far it came, and what it found.

    `oldest_at` is since when the oldest action waits that nobody was told of; null where there is none.
    """

    name = models.CharField(max_length=40, primary_key=True)
    beat_at = models.DateTimeField()
    cursor = models.CharField(max_length=40, blank=True)
    unheard = models.IntegerField(default=0)
    oldest_at = models.DateTimeField(null=True, blank=True)
