"""Who is away, and until when."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from accounts.models import Absence, GroupMember
from accounts.roles import ALLOWED, Verb

LISTED = 100


@dataclass(frozen=True, slots=True)
class AbsenceRow:
    """An absence that is not over. `delegate` is a name or ""; `is_now` says that it has begun."""

    id: str
    user_id: str
    name: str
    delegate: str
    begins_at: datetime
    ends_at: datetime
    note: str
    is_now: bool


@dataclass(frozen=True, slots=True)
class Away:
    """Somebody of a group who is away at this moment. `delegate` is a name or ""; it carries no right."""

    group: str
    user_id: str
    name: str
    until: datetime
    delegate: str


def absences(workspace_id: str, at: datetime, *, user_id: str = "") -> list[AbsenceRow]:
    """Those that last or are still to come, of one person or of everybody, the nearest first."""
    rows = Absence.everywhere.filter(workspace_id=workspace_id, cancelled_at=None, ends_at__gt=at)
    if user_id:
        rows = rows.filter(user_id=user_id)
    page = rows.select_related("user", "delegate").order_by("begins_at", "id")[:LISTED]
    return [
        AbsenceRow(
            id=row.id,
            user_id=row.user_id,
            name=row.user.name,
            delegate=row.delegate.name if row.delegate else "",
            begins_at=row.begins_at,
            ends_at=row.ends_at,
            note=row.note,
            is_now=row.begins_at <= at,
        )
        for row in page
    ]


def away(workspace_id: str, groups: Sequence[str], at: datetime) -> list[Away]:
    """Who of these groups may vote but is away now, by group and name; where absences overlap, until the last ends."""
    rows = GroupMember.everywhere.filter(
        group__workspace_id=workspace_id,
        group__handle__in=groups,
        user__is_active=True,
        user__memberships__workspace_id=workspace_id,
        user__memberships__ended_at=None,
        user__memberships__role__in=ALLOWED[Verb.REVIEW],
        user__absences__workspace_id=workspace_id,
        user__absences__cancelled_at=None,
        user__absences__begins_at__lte=at,
        user__absences__ends_at__gt=at,
    ).order_by("group__handle", "user__name", "user__absences__ends_at")
    columns = ("group__handle", "user_id", "user__name", "user__absences__ends_at", "user__absences__delegate__name")
    latest = {
        (group, user_id): Away(group, user_id, name, until, delegate or "")
        for group, user_id, name, until, delegate in rows.values_list(*columns)[:LISTED]
    }
    return list(latest.values())
