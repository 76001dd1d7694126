"""Where is somebody logged in?"""

from dataclasses import dataclass
from datetime import datetime

from accounts.models import BrowserSession
from accounts.sessions import id_of

LISTED = 50


@dataclass(frozen=True, slots=True)
class SessionRow:
    """`browser` in our words, "" where it is not known; `is_here`: the session that asks."""

    id: str
    browser: str
    began_at: datetime
    seen_at: datetime
    expires_at: datetime
    is_here: bool


def session_id(session_key: str | None) -> str:
    """What the session of this cookie is listed as."""
    return id_of(session_key or "")


def sessions_of(user_id: str, at: datetime, *, here: str = "") -> list[SessionRow]:
    """A person's sessions that last: the one that asks (`here`) first, then the latest seen."""
    rows = BrowserSession.objects.filter(user_id=user_id, expires_at__gt=at).order_by("-seen_at", "id")[:LISTED]
    found = [SessionRow(r.id, r.browser, r.began_at, r.seen_at, r.expires_at, r.id == here) for r in rows]
    return sorted(found, key=lambda row: not row.is_here)
