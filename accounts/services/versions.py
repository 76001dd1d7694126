"""Agent versions: the hash of the manifest is the identity; an unknown one registers itself."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from django.db import IntegrityError, transaction

from accounts import errors, manifests, rows, values
from accounts.models import AgentVersion
from audit.actor import Actor
from audit.kinds import EventKind
from audit.record import record
from tenancy import ids, scope

SEEN_EVERY = timedelta(minutes=1)


def register_version(
    *, actor: Actor, at: datetime, workspace_id: str, agent_id: str, manifest: Mapping[str, Any]
) -> AgentVersion:
    """The version that an envelope's `agent_version` stands for, registered when it is new; its `label` is only kept.

    Any number of callers may ask at once: one row, one fact. Raises NotFound and audit.canonical.NotCanonical.
    """
    parts, label = manifests.split(manifest)
    digest = manifests.sha256_of(parts)
    with scope.acting(workspace_id):
        known = AgentVersion.objects.filter(agent_id=agent_id, manifest_sha256=digest)
        if version := known.first():
            _note_seen(version, at)
            return version
        agent = rows.agent(agent_id)
        try:
            # A savepoint: on PostgreSQL the loser's failed insert would otherwise spoil the caller's transaction.
            with transaction.atomic():
                version = AgentVersion.objects.create(
                    id=ids.new("ver", at),
                    workspace_id=workspace_id,
                    agent=agent,
                    manifest_sha256=digest,
                    manifest=parts,
                    label=label[:200],
                    first_seen_at=at,
                    last_seen_at=at,
                )
        except IntegrityError:
            return known.get()
        _tell(EventKind.VERSION_REGISTERED, actor, at, version, {"agent": agent_id})
    return version


def _note_seen(version: AgentVersion, at: datetime) -> None:
    """At most once a minute; callers remember versions for some seconds, so this is not asked at each action."""
    if version.last_seen_at is None or version.last_seen_at <= at - SEEN_EVERY:
        AgentVersion.objects.filter(id=version.id).update(last_seen_at=at)


def bind_label(*, actor: Actor, at: datetime, workspace_id: str, version_id: str, label: str) -> AgentVersion:
    """Gives this version the label that policies trust; another version of the agent that had it loses it.

    Raises NotFound, Invalid and AlreadyOver.
    """
    with scope.acting(workspace_id):
        rows.lock(workspace_id)
        version = AgentVersion.objects.filter(id=version_id).first()
        if version is None:
            raise errors.NotFound("There is no such version in this workspace.")
        label = values.title(label, field="label", longest=200)
        if version.bound_label == label:
            raise errors.AlreadyOver("The version has this label already. Nothing was changed.", field="label")
        AgentVersion.objects.filter(agent_id=version.agent_id, bound_label=label).update(bound_label="")
        version.bound_label = label
        version.save(update_fields=["bound_label"])
        _tell(EventKind.VERSION_BOUND, actor, at, version, {"agent": version.agent_id, "label": label})
    return version


def _tell(kind: EventKind, actor: Actor, at: datetime, version: AgentVersion, data: dict[str, Any]) -> None:
    record(
        kind=kind,
        workspace_id=version.workspace_id,
        actor=actor,
        at=at,
        subject=("version", version.id),
        data={**data, "manifest_sha256": version.manifest_sha256},
    )
