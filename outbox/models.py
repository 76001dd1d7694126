"""Promises: messages that a committed transaction owes to somebody."""

from typing import Any, ClassVar

from django.db import models
from django.db.models import Q

from tenancy.fields import IdField
from tenancy.scope import Scoped


class Message(models.Model):
    """One message to one sink. Delivered rows are deleted, so what remains is what is still owed; `dead_at` is given up
    on.
    """

    id = models.BigAutoField(primary_key=True)
    workspace_id = models.CharField(max_length=40)
    sink = models.CharField(max_length=40)
    kind = models.CharField(max_length=60)
    subject = models.CharField(max_length=80)
    payload = models.JSONField()
    created_at = models.DateTimeField()
    due_at = models.DateTimeField()
    attempts = models.SmallIntegerField(default=0)
    leased_until = models.DateTimeField(null=True, blank=True)
    last_error = models.TextField(default="", blank=True)
    dead_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["due_at", "id"], name="message_due", condition=models.Q(dead_at__isnull=True)),
            models.Index(fields=["dead_at"], name="message_dead", condition=models.Q(dead_at__isnull=False)),
            models.Index(fields=["leased_until"], name="message_lent", condition=models.Q(leased_until__isnull=False)),
        ]


class Outgoing(Message):
    """A message that was prepared before anybody looked who takes it: one for each endpoint that does. It is never
    inserted itself; `outbox.endpoints` says what becomes of it.
    """

    class Meta:
        proxy = True


class Endpoint(Scoped):
    """A receiver of webhooks: of the whole workspace, or with `agent_id` of one agent's actions alone.

    `kinds` are the types that it takes. `secret` and `secret_before` (good until `before_until`) are sealed under the
    row's id. After `failures` in a row nothing is tried before `rests_until`; `failing_since` and `last_error` go with
    the first message that arrives.
    """

    id = IdField(prefix="whk")
    workspace_id = models.CharField(max_length=40)
    agent_id = models.CharField(max_length=40, blank=True)
    agent_name = models.CharField(max_length=100, blank=True)
    url = models.CharField(max_length=500)
    kinds = models.JSONField()
    secret = models.BinaryField()
    secret_before = models.BinaryField(default=b"")
    before_until = models.DateTimeField(null=True, blank=True)
    by_id = models.CharField(max_length=80)
    by_name = models.CharField(max_length=120)
    created_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)
    sent = models.BigIntegerField(default=0)
    sent_at = models.DateTimeField(null=True, blank=True)
    failures = models.IntegerField(default=0)
    rests_until = models.DateTimeField(null=True, blank=True)
    failing_since = models.DateTimeField(null=True, blank=True)
    last_error = models.TextField(blank=True)

    class Meta:
        indexes: ClassVar[list[Any]] = [
            models.Index(fields=["workspace_id", "-id"], name="endpoint_newest", condition=Q(ended_at__isnull=True)),
        ]


class Sent(models.Model):
    """A message that arrived, of the sinks that `OUTBOX_REMEMBERED_SINKS` names; kept for some days.

    `id` is the message's own; `payload` is kept where it can be sent once more (`OUTBOX_REPLAYED_SINKS`).
    """

    id = models.BigIntegerField(primary_key=True)
    workspace_id = models.CharField(max_length=40)
    sink = models.CharField(max_length=40)
    kind = models.CharField(max_length=60)
    subject = models.CharField(max_length=80)
    payload = models.JSONField(null=True, blank=True)
    attempts = models.SmallIntegerField()
    created_at = models.DateTimeField()
    sent_at = models.DateTimeField()

    class Meta:
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["workspace_id", "-id"], name="sent_newest"),
            models.Index(fields=["sent_at"], name="sent_by_age"),
        ]


class Job(models.Model):
    """One piece of long work. `leased_until` is also the token of whoever works on it; `cancelled_at` is a wish, kept
    at the next step; `outcome` is done, failed or cancelled once it is over, `problem` says why it failed.
    """

    id = IdField(prefix="job")
    workspace_id = models.CharField(max_length=40)
    kind = models.CharField(max_length=40)
    payload = models.JSONField()
    by_id = models.CharField(max_length=40)
    by_name = models.CharField(max_length=120)
    created_at = models.DateTimeField()
    leased_until = models.DateTimeField(null=True, blank=True)
    attempts = models.SmallIntegerField(default=0)
    done = models.IntegerField(default=0)
    total = models.IntegerField(default=0)
    cancelled_at = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)
    outcome = models.CharField(max_length=10, blank=True)
    problem = models.TextField(blank=True)
    result = models.JSONField(null=True, blank=True)

    class Meta:
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["id"], name="job_unfinished", condition=models.Q(finished_at__isnull=True)),
            models.Index(fields=["workspace_id", "kind", "-id"], name="job_newest"),
            models.Index(fields=["finished_at"], name="job_by_age", condition=models.Q(finished_at__isnull=False)),
        ]
