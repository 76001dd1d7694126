"""Which Slack account is which person."""

from typing import Any, ClassVar

from django.db import models

from accounts.models.people import User, Workspace
from tenancy.fields import IdField
from tenancy.scope import Scoped


class SlackIdentity(Scoped):
    """An account in Slack that acts as a person here. A name in Slack proves nothing: these three ids do.

    `barred` is why the account may not act now ("guest", "gone"), as Slack said at `checked_at`.
    """

    id = IdField(prefix="sli")
    workspace = models.ForeignKey(Workspace, models.PROTECT, db_index=False)
    user = models.ForeignKey(User, models.PROTECT, db_index=False, related_name="slack_identities")
    enterprise_id = models.CharField(max_length=40, blank=True)
    team_id = models.CharField(max_length=40)
    slack_user_id = models.CharField(max_length=40)
    linked_at = models.DateTimeField()
    barred = models.CharField(max_length=20, blank=True)
    checked_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints: ClassVar[list[Any]] = [
            models.UniqueConstraint(
                fields=["workspace", "team_id", "slack_user_id", "enterprise_id"], name="slack_identity_once"
            ),
            models.UniqueConstraint(fields=["workspace", "user", "team_id"], name="slack_identity_of_person"),
        ]
