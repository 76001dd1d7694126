"""Test actions with a known answer: whether a workspace sends itself some, and as which agent."""

from django.db import models

from accounts.models import Agent, Workspace
from tenancy.scope import Scoped


class Seeding(Scoped):
    """`every` is after about how many actions that people were asked about the next one comes; 0 is never.

    `due_after` is how many of those have to be opened after `counted_from` (an action's id) for the next.
    """

    workspace = models.OneToOneField(Workspace, models.PROTECT, primary_key=True, related_name="seeding")
    agent = models.ForeignKey(Agent, models.PROTECT, db_index=False)
    every = models.IntegerField(default=0)
    due_after = models.IntegerField(default=0)
    counted_from = models.CharField(max_length=40, blank=True)
