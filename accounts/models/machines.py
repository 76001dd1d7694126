"""Agents, their versions, and the credentials of machines and of people who use the API."""

from typing import Any, ClassVar

from django.db import models

from accounts.models.people import User, Workspace
from tenancy.fields import IdField
from tenancy.scope import Scoped


class Agent(Scoped):
    """Software that asks for permission. Its owner answers for it and may not approve its actions.

    `is_built_in`: ours, for test actions; it never has a key, and the settings do not list it.
    """

    id = IdField(prefix="agt")
    workspace = models.ForeignKey(Workspace, models.PROTECT, db_index=False, related_name="agents")
    name = models.CharField(max_length=100)
    owner = models.ForeignKey(User, models.PROTECT, related_name="agents_owned")
    created_at = models.DateTimeField()
    disabled_at = models.DateTimeField(null=True, blank=True)
    is_built_in = models.BooleanField(default=False, db_default=False)

    class Meta:
        constraints: ClassVar[list[Any]] = [
            models.UniqueConstraint(fields=["workspace", "name"], name="agent_name_once"),
        ]

    def __str__(self) -> str:
        return self.name


class AgentVersion(Scoped):
    """What an agent said it consists of; the hash of the manifest is its identity, the label only a claim."""

    id = IdField(prefix="ver")
    workspace = models.ForeignKey(Workspace, models.PROTECT, db_index=False)
    agent = models.ForeignKey(Agent, models.PROTECT, db_index=False, related_name="versions")
    manifest_sha256 = models.CharField(max_length=64)
    manifest = models.JSONField()
    label = models.CharField(max_length=200, blank=True)
    bound_label = models.CharField(max_length=200, blank=True)
    first_seen_at = models.DateTimeField()
    last_seen_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints: ClassVar[list[Any]] = [
            models.UniqueConstraint(fields=["agent", "manifest_sha256"], name="agent_version_once"),
        ]


class Scope(models.TextChoices):
    """What a key may be used for. Agents act; service accounts read and propose."""

    ACT = "actions:write", "submit and execute actions"
    POLICIES_READ = "policies:read", "read policies"
    POLICIES_PROPOSE = "policies:propose", "propose policies"
    DATASETS_READ = "datasets:read", "read datasets"
    EVALS_WRITE = "evals:write", "upload evaluation runs"
    AUDIT_READ = "audit:read", "read the audit log"
    METRICS_READ = "metrics:read", "read metrics"


class ApiKey(Scoped):
    """A machine's credential: of one agent, or of a service account (`agent` empty). Only a keyed hash is stored."""

    id = IdField(prefix="key")
    workspace = models.ForeignKey(Workspace, models.PROTECT)
    agent = models.ForeignKey(Agent, models.PROTECT, null=True, blank=True, related_name="keys")
    name = models.CharField(max_length=120)
    scopes = models.JSONField()
    digest = models.BinaryField(unique=True)
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)
    last_used_at = models.DateTimeField(null=True, blank=True)


class PersonToken(Scoped):
    """A person's own credential for the API; carries no rights of its own, they are read at each use."""

    id = IdField(prefix="tok")
    workspace = models.ForeignKey(Workspace, models.PROTECT, db_index=False)
    user = models.ForeignKey(User, models.PROTECT, related_name="tokens")
    name = models.CharField(max_length=120)
    digest = models.BinaryField(unique=True)
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)
    last_used_at = models.DateTimeField(null=True, blank=True)
