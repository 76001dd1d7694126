"""When was a key last used? Worth knowing to the minute, and not worth a write at each request."""

from datetime import datetime, timedelta

from django.db.models import Q

from accounts.models import ApiKey, PersonToken

EVERY = timedelta(minutes=1)
_KEPT = 10_000

_noted: dict[str, datetime] = {}


def note_use(credential_id: str, *, at: datetime) -> None:
    """Notes the use of `key_…` or `tok_…`, at most once a minute over all processes, mostly without a query."""
    last = _noted.get(credential_id)
    if last is not None and last <= at < last + EVERY:
        return
    if len(_noted) >= _KEPT:
        _noted.clear()
    _noted[credential_id] = at
    # By its own id, of which the door has just proved the secret; it knows no workspace yet.
    model = ApiKey if credential_id.startswith("key_") else PersonToken
    stale = Q(last_used_at=None) | Q(last_used_at__lte=at - EVERY)
    model.everywhere.filter(stale, id=credential_id).update(last_used_at=at)
