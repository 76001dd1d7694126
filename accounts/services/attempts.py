"""How often did somebody try lately? Counted in the system's log, so that every process knows and nothing else is kept.

A fact about an attempt names its subject by a keyed hash that changes every quarter of an hour: it serves for counting
and, once that time is over, links nobody's attempts to each other.
"""

import hmac
from datetime import datetime, timedelta

from django.conf import settings

from audit.kinds import EventKind
from audit.models import Event
from audit.record import SYSTEM_LOG
from tenancy import ids

WINDOW = timedelta(minutes=15)


def tags(what: str, at: datetime, *parts: str) -> tuple[str, str]:
    """The subject's name in this quarter of an hour and in the one before; write the first, count both."""
    number = int(at.timestamp() // WINDOW.total_seconds())
    return _tag(what, number, parts), _tag(what, number - 1, parts)


def lately(kind: EventKind, names: tuple[str, str], at: datetime) -> int:
    """Facts of this kind about these subjects within the last `WINDOW`, found by the log's own index."""
    since = ids.new("evt", at - WINDOW)
    recent = Event.objects.filter(workspace_id=SYSTEM_LOG, id__gte=since)
    return recent.filter(kind=kind.value, subject_id__in=names).count()


def _tag(what: str, number: int, parts: tuple[str, ...]) -> str:
    text = "\n".join((what, str(number), *parts))
    return hmac.digest(settings.KEY_PEPPER.encode(), text.encode(), "sha256").hex()[:32]
