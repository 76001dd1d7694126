"""Who has which passkeys?"""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, Max

from accounts import passkeys
from accounts.models import Membership
from accounts.rows import passkeys_alive
from accounts.sessions import is_fresh as is_fresh

HOLDERS = 50


@dataclass(frozen=True, slots=True)
class PasskeyRow:
    """`is_synced`: kept in a vault that other devices of the person share, as the device says."""

    id: str
    name: str
    is_synced: bool
    created_at: datetime
    last_used_at: datetime | None


@dataclass(frozen=True, slots=True)
class HolderRow:
    """A member with passkeys."""

    user_id: str
    name: str
    email: str
    count: int
    last_used_at: datetime | None


def passkeys_of(user_id: str) -> list[PasskeyRow]:
    """Those that may sign, the oldest first."""
    return [PasskeyRow(r.id, r.name, r.is_synced, r.created_at, r.last_used_at) for r in passkeys_alive(user_id)]


def why_no_passkey(user_id: str) -> str:
    """Why this person cannot sign by passkey, "" where they can."""
    if passkeys.party() is None:
        return "Passkeys need a console with a name; the operator has to set COUNTERSIGN_BASE_URL to one."
    return "" if passkeys_alive(user_id).exists() else "You have no passkey yet."


def passkey_origin() -> str:
    """The one address at which passkeys work; "" where none do."""
    found = passkeys.party()
    return found.origin if found else ""


def passkey_holders(workspace_id: str, *, after: str = "") -> list[HolderRow]:
    """Members with passkeys, HOLDERS at a time; `after` is the user id of the last one before."""
    held = Membership.everywhere.filter(
        workspace_id=workspace_id, ended_at=None, user__passkeys__ended_at=None, user__passkeys__id__isnull=False
    )
    rows = (
        held.filter(user_id__gt=after)
        .values("user_id", "user__name", "user__email")
        .annotate(count=Count("user__passkeys"), used=Max("user__passkeys__last_used_at"))
        .order_by("user_id")
    )
    return [HolderRow(r["user_id"], r["user__name"], r["user__email"], r["count"], r["used"]) for r in rows[:HOLDERS]]
