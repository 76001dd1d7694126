"""What stands beside the active policy: its shadow, and standing grants. Most workspaces have neither.

Like the pointer to the active version it is believed for some seconds. A grant is asked afresh where it is about to
answer for a person, so a stale belief can miss one and never revive one.
"""

import logging
import time
from dataclasses import dataclass, field
from datetime import datetime

from django.db.models import QuerySet
from django.utils import timezone

from approvals import policies
from approvals.models import PolicyShadow
from approvals.models import StandingGrant as GrantRow
from approvals.policy.compiled import Policy
from approvals.policy.errors import PolicyError
from approvals.policy.standing import StandingGrant, compile_clauses

GRANTS_MAX = 500

log = logging.getLogger(__name__)

_believed: dict[str, tuple[float, "Beside"]] = {}


@dataclass(frozen=True, slots=True)
class Beside:
    """`shadow` is None, and `shadow_id` "", where no version is tried."""

    shadow_id: str = ""
    shadow: Policy | None = None
    grants: tuple[StandingGrant, ...] = field(default=())


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
    shadow_id = PolicyShadow.everywhere.filter(pk=workspace_id).values_list("version_id", flat=True).first() or ""
    shadow = _compiled(shadow_id) if shadow_id else None
    rows = live(workspace_id, timezone.now()).select_related("agent").order_by("id")[:GRANTS_MAX]
    grants = tuple(grant for grant in map(_grant, rows) if grant)
    return Beside(shadow_id if shadow else "", shadow, grants)


def _compiled(version_id: str) -> Policy | None:
    """None for one that this release cannot read any more: nothing that decides depends on it."""
    try:
        return policies.compiled(version_id)
    except PolicyError:
        log.exception("The policy in shadow, %s, cannot be read; it is left out.", version_id)
        return None


def _grant(row: GrantRow) -> StandingGrant | None:
    """None for one whose clauses do not compile any more: then it answers nothing."""
    try:
        return StandingGrant(row.id, row.agent.name, row.tool, compile_clauses(row.clauses), row.expires_at)
    except ValueError:
        log.exception("Standing grant %s cannot be read; it is left out.", row.id)
        return None
