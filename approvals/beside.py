"""What stands beside the active policy: its shadow, and standing grants. Most workspaces have neither.

Like the pointer to the active version it is believed for some seconds. A grant is asked afresh where it is about to
answer for a person, so a stale belief can miss one and never revive one.
"""

import time
from dataclasses import dataclass, field
from datetime import datetime

from django.db.models import QuerySet
from django.utils import timezone

from approvals import policies
from approvals.models import PolicyShadow
from approvals.models import StandingGrant as GrantRow
from approvals.policy.compiled import Policy
from approvals.policy.standing import StandingGrant, compile_clauses

GRANTS_MAX = 500

_believed: dict[str, tuple[float, "Beside"]] = {}


@dataclass(frozen=True, slots=True)
class Beside:
    """`shadow_id` is "" where no version is tried."""

    shadow_id: str = ""
    grants: tuple[StandingGrant, ...] = field(default=())

    @property
    def shadow(self) -> Policy | None:
        return policies.compiled(self.shadow_id) if self.shadow_id else None


def of(workspace_id: str) -> Beside:
    believed = _believed.get(workspace_id)
    if believed is None or believed[0] < time.monotonic():
        believed = _believed[workspace_id] = (time.monotonic() + policies.BELIEVED_SECONDS, _read(workspace_id))
    return believed[1]


def is_live(workspace_id: str, grant_id: str, at: datetime) -> bool:
    """Asked of the database: whether the grant is agreed on, and neither over nor revoked."""
    return live(workspace_id, at).filter(pk=grant_id).exists()


def live(workspace_id: str, at: datetime) -> QuerySet[GrantRow]:
    rows = GrantRow.everywhere.filter(workspace_id=workspace_id, agreed_at__isnull=False, revoked_at=None)
    return rows.filter(expires_at__gt=at)


def forget(workspace_id: str) -> None:
    """This process looks again at the next use."""
    _believed.pop(workspace_id, None)


def forget_all() -> None:
    """This process believes nothing any more."""
    _believed.clear()


def _read(workspace_id: str) -> Beside:
    shadow = PolicyShadow.everywhere.filter(pk=workspace_id).values_list("version_id", flat=True).first()
    rows = live(workspace_id, timezone.now()).select_related("agent").order_by("id")[:GRANTS_MAX]
    grants = tuple(
        StandingGrant(row.id, row.agent.name, row.tool, compile_clauses(row.when), row.expires_at) for row in rows
    )
    return Beside(shadow or "", grants)
