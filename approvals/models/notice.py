"""What is beside the life of an action: who listens for its end, and who is still to be written to."""

from typing import Any, ClassVar

from django.db import models

from accounts.models import User, Workspace
from approvals.models.action import Action
from tenancy.fields import IdField
from tenancy.scope import Scoped


class Listening(Scoped):
    """When the agent last asked for this action, and until when it counts as still listening.

    Written at most every 15 seconds an action, so it is a little behind.
    """

    action = models.OneToOneField(
        Action, models.PROTECT, primary_key=True, related_name="listening", db_constraint=False
    )
    workspace = models.ForeignKey(Workspace, models.PROTECT, db_index=False, db_constraint=False)
    heard_at = models.DateTimeField()
    until = models.DateTimeField()


class Notice(Scoped):
    """One reason to write to one person about one action: it waits, its time is running out, a question was answered.

    `about` is the answer's id, else "". `promised_at`: it went into a letter; `sent_at`: the letter is out.
    """

    id = IdField(prefix="ntc")
    workspace = models.ForeignKey(Workspace, models.PROTECT, db_index=False, db_constraint=False)
    action = models.ForeignKey(Action, models.PROTECT, db_index=False)
    user = models.ForeignKey(User, models.PROTECT, db_index=False)
    kind = models.CharField(max_length=10)
    about = models.CharField(max_length=40, blank=True)
    created_at = models.DateTimeField()
    due_at = models.DateTimeField()
    promised_at = models.DateTimeField(null=True, blank=True)
    sent_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints: ClassVar[list[Any]] = [
            models.UniqueConstraint(fields=["action", "user", "kind", "about"], name="notice_once"),
        ]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["due_at"], name="notice_due", condition=models.Q(promised_at__isnull=True)),
            models.Index(fields=["promised_at"], name="notice_by_age"),
        ]
