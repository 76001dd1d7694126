"""Who said "this one is mine" for the next minutes. A courtesy between people, never a lock."""

from django.db import models

from accounts.models import User, Workspace
from approvals.models.action import Action
from tenancy.scope import Scoped


class Claim(Scoped):
    """One per action, whoever holds it; over at `expires_at`, and meaningless once the action is decided."""

    action = models.OneToOneField(Action, models.PROTECT, primary_key=True, related_name="claim")
    workspace = models.ForeignKey(Workspace, models.PROTECT, db_index=False, db_constraint=False)
    user = models.ForeignKey(User, models.PROTECT)
    user_name = models.CharField(max_length=120)
    claimed_at = models.DateTimeField()
    expires_at = models.DateTimeField()
