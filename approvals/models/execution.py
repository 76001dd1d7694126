"""What comes after and around a decision: the grant, the execution, timers, and remembered answers."""

from typing import ClassVar

from django.db import models

from accounts.models import Agent, Workspace
from approvals.models.action import Action
from tenancy.fields import IdField
from tenancy.scope import Scoped


class Grant(Scoped):
    """Permission to execute the decided arguments once. The token is drawn from these columns at each read, never
    stored.
    """

    id = IdField(prefix="gra")
    workspace = models.ForeignKey(Workspace, models.PROTECT, db_index=False, db_constraint=False)
    action = models.OneToOneField(Action, models.PROTECT, related_name="grant", db_constraint=False)
    agent = models.ForeignKey(Agent, models.PROTECT, db_index=False, db_constraint=False)
    revision = models.IntegerField()
    tool = models.CharField(max_length=200)
    args_sha256 = models.CharField(max_length=64)
    issued_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    spent_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)
    revoked_because = models.CharField(max_length=200, blank=True)


class Execution(Scoped):
    """What the agent reports to have happened; begins when the grant is spent."""

    id = IdField(prefix="exe")
    workspace = models.ForeignKey(Workspace, models.PROTECT, db_index=False, db_constraint=False)
    action = models.OneToOneField(Action, models.PROTECT, related_name="execution", db_constraint=False)
    status = models.CharField(max_length=10)
    spent_at = models.DateTimeField()
    reported_at = models.DateTimeField(null=True, blank=True)
    report = models.JSONField(default=dict)
    drifted = models.BooleanField(default=False)


class Timer(Scoped):
    """A due moment. The sweep fires it; a move that makes it pointless cancels it.

    The one of kind `escalate` moves on to the next moment of the action's plan, and is fired with the last.
    """

    id = IdField(prefix="tmr")
    workspace = models.ForeignKey(Workspace, models.PROTECT, db_index=False, db_constraint=False)
    action = models.ForeignKey(Action, models.PROTECT, db_index=False, db_constraint=False, related_name="timers")
    kind = models.CharField(max_length=20)
    due_at = models.DateTimeField()
    fired_at = models.DateTimeField(null=True, blank=True)
    cancelled_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        indexes: ClassVar[list[models.Index]] = [
            models.Index(
                fields=["due_at"],
                name="timer_due",
                condition=models.Q(fired_at__isnull=True, cancelled_at__isnull=True),
            ),
            models.Index(
                fields=["action"],
                name="timer_live_by_action",
                condition=models.Q(fired_at__isnull=True, cancelled_at__isnull=True),
            ),
            # What the sweep of escalations looks for, and what a workspace's page says is due next.
            models.Index(
                fields=["due_at"],
                name="timer_escalates",
                condition=models.Q(kind="escalate", fired_at__isnull=True, cancelled_at__isnull=True),
            ),
            models.Index(
                fields=["workspace", "due_at"],
                name="timer_escalates_here",
                condition=models.Q(kind="escalate", fired_at__isnull=True, cancelled_at__isnull=True),
            ),
        ]


class IdempotencyKey(models.Model):
    """The first answer to a request, kept 24 hours. Belongs to a credential, so no other caller can read it."""

    pk = models.CompositePrimaryKey("caller_id", "key")
    caller_id = models.CharField(max_length=40)
    key = models.CharField(max_length=255)
    body_sha256 = models.BinaryField()
    status = models.SmallIntegerField()
    answer = models.BinaryField()
    created_at = models.DateTimeField()

    class Meta:
        indexes: ClassVar[list[models.Index]] = [models.Index(fields=["created_at"], name="idempotency_by_age")]


class StoredClock(models.Model):
    """SQLite's clock: the latest moment that any move has seen. It never runs back, so a set-back clock extends
    nothing.
    """

    now = models.DateTimeField()
