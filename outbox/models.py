"""Promises: messages that a committed transaction owes to somebody."""

from typing import ClassVar

from django.db import models


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
        ]


class Sent(models.Model):
    """A message that arrived, of the sinks that `OUTBOX_REMEMBERED_SINKS` names; kept for some days, without payload.

    `id` is the message's own.
    """

    id = models.BigIntegerField(primary_key=True)
    workspace_id = models.CharField(max_length=40)
    sink = models.CharField(max_length=40)
    kind = models.CharField(max_length=60)
    subject = models.CharField(max_length=80)
    attempts = models.SmallIntegerField()
    created_at = models.DateTimeField()
    sent_at = models.DateTimeField()

    class Meta:
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["workspace_id", "-id"], name="sent_newest"),
            models.Index(fields=["sent_at"], name="sent_by_age"),
        ]
