"""Streams: where a workspace's log is sent, and how far it has come."""

from typing import Any, ClassVar

from django.db import models
from django.db.models import Q

from accounts.models import Workspace
from tenancy.fields import IdField
from tenancy.scope import Scoped


class Stream(Scoped):
    """A receiver of the log's entries, in their order. Entry `position` of the log `log_id` is the next to be sent.

    `secret`, `secret_before` (good until `before_until`) and `authorization` are sealed under the row's id.
    `promised_at` is set while a message of the outbox is on its way; `failing_since` and `last_error` go with the first
    batch that arrives.
    """

    id = IdField(prefix="str")
    workspace = models.ForeignKey(Workspace, models.PROTECT, db_index=False)
    url = models.CharField(max_length=500)
    format = models.CharField(max_length=10)
    with_values = models.BooleanField(default=False)
    secret = models.BinaryField()
    secret_before = models.BinaryField(default=b"")
    before_until = models.DateTimeField(null=True, blank=True)
    authorization = models.BinaryField(default=b"")
    by_id = models.CharField(max_length=80)
    by_name = models.CharField(max_length=120)
    created_at = models.DateTimeField()
    paused_at = models.DateTimeField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)
    log_id = models.CharField(max_length=60)
    generation = models.PositiveIntegerField(default=1)
    position = models.BigIntegerField(default=0)
    sent = models.BigIntegerField(default=0)
    sent_at = models.DateTimeField(null=True, blank=True)
    promised_at = models.DateTimeField(null=True, blank=True)
    failing_since = models.DateTimeField(null=True, blank=True)
    last_error = models.TextField(blank=True)

    class Meta:
        indexes: ClassVar[list[Any]] = [
            models.Index(fields=["workspace", "-id"], name="stream_newest", condition=Q(ended_at__isnull=True)),
        ]
