"""What people call agents' versions, and which ones were first seen when."""

from collections.abc import Sequence
from datetime import datetime

from accounts.models import AgentVersion

FIRST_MAX = 50


def version_names(workspace_id: str, version_ids: Sequence[str]) -> dict[str, tuple[str, datetime]]:
    """By id: the bound label, else the beginning of the hash; and when it was first seen."""
    rows = AgentVersion.everywhere.filter(workspace_id=workspace_id, id__in=list(version_ids))
    columns = rows.values_list("id", "bound_label", "manifest_sha256", "first_seen_at")
    return {row_id: (label or digest[:12], first_seen_at) for row_id, label, digest, first_seen_at in columns}


def first_seen(workspace_id: str, since: datetime, until: datetime) -> list[tuple[str, str, datetime]]:
    """(agent's name, version's name, when) of versions that were new then, newest first; at most FIRST_MAX."""
    rows = AgentVersion.everywhere.filter(
        workspace_id=workspace_id, agent__is_built_in=False, first_seen_at__gte=since, first_seen_at__lt=until
    )
    columns = rows.order_by("-first_seen_at", "-id").values_list(
        "agent__name", "bound_label", "manifest_sha256", "first_seen_at"
    )
    return [(agent, label or digest[:12], at) for agent, label, digest, at in columns[:FIRST_MAX]]
