"""Incidents: what went wrong, the actions that belong to it, and what people did about it."""

from typing import Any, ClassVar

from django.db import models
from django.db.models import Q

from accounts.models import User, Workspace
from approvals.models.action import Action
from tenancy.fields import IdField
from tenancy.scope import Scoped


class Incident(Scoped):
    """Open until `closed_at`. `about` is what further actions are gathered by ("" for one that was opened by hand)."""

    id = IdField(prefix="inc")
    workspace = models.ForeignKey(Workspace, models.PROTECT, db_index=False)
    kind = models.CharField(max_length=20)
    about = models.CharField(max_length=320, blank=True)
    title = models.CharField(max_length=320)
    severity = models.CharField(max_length=10)
    owner = models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="+", db_index=False)
    owner_name = models.CharField(max_length=120, blank=True)
    agent_id = models.CharField(max_length=40, blank=True)
    agent_name = models.CharField(max_length=100, blank=True)
    opened_at = models.DateTimeField()
    opened_by = models.CharField(max_length=120)
    closed_at = models.DateTimeField(null=True, blank=True)
    closed_by = models.CharField(max_length=120, blank=True)

    class Meta:
        constraints: ClassVar[list[Any]] = [
            models.UniqueConstraint(
                fields=["workspace", "kind", "about"],
                condition=Q(closed_at__isnull=True) & ~Q(about=""),
                name="incident_once_while_open",
            ),
        ]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["workspace", "-id"], name="incident_newest"),
            models.Index(fields=["workspace", "-id"], name="incident_open", condition=models.Q(closed_at__isnull=True)),
        ]


class IncidentAction(Scoped):
    """One action of an incident; an action may belong to several."""

    workspace = models.ForeignKey(Workspace, models.PROTECT, db_index=False, db_constraint=False)
    incident = models.ForeignKey(Incident, models.PROTECT, db_index=False, related_name="actions")
    action = models.ForeignKey(Action, models.PROTECT, related_name="incidents")
    joined_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar[list[Any]] = [
            models.UniqueConstraint(fields=["incident", "action"], name="incident_action_once"),
        ]


class IncidentEntry(Scoped):
    """One line of an incident's story. Never changed; the audit log has the same as an event."""

    id = IdField(prefix="ine")
    workspace = models.ForeignKey(Workspace, models.PROTECT, db_index=False, db_constraint=False)
    incident = models.ForeignKey(Incident, models.PROTECT, db_index=False, related_name="entries")
    kind = models.CharField(max_length=20)
    at = models.DateTimeField()
    by = models.CharField(max_length=120)
    text = models.TextField(blank=True)
    data = models.JSONField(default=dict)
    erased_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        indexes: ClassVar[list[models.Index]] = [models.Index(fields=["incident", "id"], name="incident_story")]
