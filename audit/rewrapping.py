"""A new disclosure key takes over from the one before: every subject's key is wrapped anew, values stay as they are."""

from dataclasses import dataclass

from cryptography.exceptions import InvalidTag
from django.conf import settings
from django.db import transaction

from audit import keys
from audit.models import SubjectKey

BATCH = 500


class NoKeyBefore(LookupError):
    """There is nothing to take over from: set the key before as COUNTERSIGN_DISCLOSURE_KEY_PREVIOUS."""


@dataclass(slots=True)
class Rewrapped:
    """How many keys were wrapped anew, were so already, and cannot be opened with either key."""

    done: int = 0
    already: int = 0
    lost: int = 0


def rewrap(batch: int = BATCH) -> Rewrapped:
    """Batch by batch, each committed; broken off, it begins anew and finds what is done. Raises NoKeyBefore."""
    if not (settings.DISCLOSURE_KEY and settings.DISCLOSURE_KEY_PREVIOUS):
        raise NoKeyBefore(NoKeyBefore.__doc__)
    SubjectKey.objects.get_or_create(id=keys.NAMES, defaults={"wrapped": keys.wrapped_names()})
    found, after = Rewrapped(), ""
    while rows := list(SubjectKey.objects.filter(id__gt=after).order_by("id")[:batch]):
        after = rows[-1].id
        with transaction.atomic():
            for row in rows:
                _rewrap(row, found)
    return found


def unfinished() -> int:
    """How many keys the instance's own key does not open."""
    return sum(not _is_own(row) for row in SubjectKey.objects.order_by("id").iterator(chunk_size=BATCH))


def _rewrap(row: SubjectKey, found: Rewrapped) -> None:
    try:
        wrapped = keys.rewrapped(row.id, bytes(row.wrapped))
    except InvalidTag:
        found.lost += 1
        return
    if wrapped is None:
        found.already += 1
    else:
        # A key that was destroyed meanwhile stays destroyed.
        found.done += SubjectKey.objects.filter(pk=row.id).update(wrapped=wrapped)


def _is_own(row: SubjectKey) -> bool:
    try:
        return keys.rewrapped(row.id, bytes(row.wrapped)) is None
    except InvalidTag:
        return False
