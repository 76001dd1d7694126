"""The session engine: rows that know their person, found by a keyed hash of the cookie.

Django's own rows name their person only inside the signed data, so ending one person's sessions meant reading all of
them; and whoever reads that table can log in as anybody.
"""

from datetime import datetime, timedelta
from typing import Any

from django.contrib.auth import SESSION_KEY
from django.contrib.sessions.backends.base import CreateError, SessionBase, UpdateError
from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.crypto import salted_hmac
from django.utils.dateparse import parse_datetime

from accounts.models import BrowserSession

# What a door writes into the session at a log-in: the browser in words, and when it began (ISO 8601).
BROWSER, BEGAN = "browser", "began"
FRESH = timedelta(minutes=10)


def id_of(session_key: str) -> str:
    """64 hex digits of HMAC-SHA256: what the row of this cookie is kept under."""
    return salted_hmac("accounts.sessions", session_key, algorithm="sha256").hexdigest()


def is_fresh(session_id: str, user_id: str, at: datetime) -> bool:
    """Whether this session began with a log-in of this person within the last ten minutes."""
    return BrowserSession.objects.filter(id=session_id, user_id=user_id, began_at__gt=at - FRESH).exists()


class SessionStore(SessionBase):
    """Django's contract for an engine; the asynchronous half of it is derived from this one by its base."""

    def exists(self, session_key: str) -> bool:
        return BrowserSession.objects.filter(id=id_of(session_key)).exists()

    def create(self) -> None:
        self._session_key = self._get_new_session_key()  # type: ignore[attr-defined]
        self.save(must_create=True)
        self.modified = True

    def save(self, must_create: bool = False) -> None:
        """Raises UpdateError where the session was ended meanwhile, so that a late request revives nothing."""
        if self.session_key is None:
            self.create()
            return
        columns = self._columns(self._get_session(no_load=must_create))  # type: ignore[attr-defined]
        kept_id = id_of(self.session_key)
        if not must_create:
            if not BrowserSession.objects.filter(id=kept_id).update(**columns):
                raise UpdateError
            return
        try:
            with transaction.atomic():
                BrowserSession.objects.create(id=kept_id, **columns)
        except IntegrityError as error:
            raise CreateError from error

    def delete(self, session_key: str | None = None) -> None:
        key = session_key or self.session_key
        if key is not None:
            BrowserSession.objects.filter(id=id_of(key)).delete()

    def load(self) -> dict[str, Any]:
        found = BrowserSession.objects.filter(id=id_of(self.session_key or ""), expires_at__gt=timezone.now())
        data = found.values_list("data", flat=True).first()
        if data is None:
            self._session_key = None
            return {}
        return dict(self.decode(data))

    @classmethod
    def clear_expired(cls) -> None:
        BrowserSession.objects.filter(expires_at__lte=timezone.now()).delete()

    def _columns(self, data: dict[str, Any]) -> dict[str, Any]:
        now = timezone.now()
        return {
            "user_id": data.get(SESSION_KEY),
            "data": self.encode(data),
            "browser": str(data.get(BROWSER, ""))[:80],
            "began_at": parse_datetime(data.setdefault(BEGAN, now.isoformat())) or now,
            "seen_at": now,
            "expires_at": self.get_expiry_date(),
        }
