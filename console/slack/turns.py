"""One worker at a time draws a card."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta

from django.db.models import Q

from console.models import SlackCard
from console.slack.errors import Busy

# Longer than all calls of one drawing may take together.
LEASE = timedelta(seconds=25)


@contextmanager
def held(card: SlackCard, at: datetime) -> Iterator[None]:
    """Raises Busy where another worker has it. A worker that was killed loses it by the lease."""
    until = at + LEASE
    free = Q(held_until=None) | Q(held_until__lte=at)
    if not SlackCard.objects.filter(free, pk=card.pk).update(held_until=until):
        raise Busy("held", seconds=1)
    try:
        yield
    finally:
        SlackCard.objects.filter(pk=card.pk, held_until=until).update(held_until=None)
