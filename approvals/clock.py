"""The database's clock: what decides whether something is over, whatever clocks the web servers have."""

from django.db import connection, models
from django.db.models.functions import Greatest, Now
from django.utils import timezone

from approvals.models import StoredClock


def now() -> models.Expression:
    """An expression for the moment. PostgreSQL has a clock of its own.

    SQLite's is stored and moved on at each use: it never runs back, so a set-back system clock brings nothing back to
    life. There it has to be asked inside a transaction.
    """
    if connection.vendor == "postgresql":
        return Now()
    moment = timezone.now()
    StoredClock.objects.get_or_create(pk=1, defaults={"now": moment})
    StoredClock.objects.filter(pk=1).update(now=Greatest("now", models.Value(moment)))
    return models.Value(StoredClock.objects.values_list("now", flat=True).get(pk=1))
