"""Which requests of Slack's were taken already. Kept in the database, for several processes answer them."""

from datetime import datetime, timedelta

from django.db import IntegrityError, transaction

from console.models import SlackSeen

KEPT = timedelta(days=1)


def remember(*, at: datetime, key: str) -> bool:
    """False where this key was taken before."""
    if SlackSeen.objects.filter(pk=key).exists():
        return False
    try:
        with transaction.atomic():
            SlackSeen.objects.create(key=key, at=at)
    except IntegrityError:
        return False
    return True


def forget(*, key: str) -> None:
    """The request could not be answered after all, so its next delivery counts."""
    SlackSeen.objects.filter(pk=key).delete()


def forget_old(*, at: datetime) -> int:
    return SlackSeen.objects.filter(at__lt=at - KEPT).delete()[0]
