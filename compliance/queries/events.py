"""Events for machines that follow the log: a page by key, narrowed, and bounded in what it looks at."""

from dataclasses import dataclass, replace
from datetime import datetime

from compliance import entries
from compliance.entries import Entry
from compliance.filters import Filter
from tenancy import scope

# How many events one page looks at, at most: a rare filter gets short pages, never a slow one.
LOOKED_AT_MAX = 5000


@dataclass(frozen=True, slots=True)
class EventPage:
    """`next` is the last id that was looked at where there may be more; a page may hold fewer than were asked for."""

    items: list[Entry]
    next: str | None


def page(workspace_id: str, wanted: Filter, *, after: str, limit: int, at: datetime) -> EventPage:
    """Oldest first, so that whoever follows can go on from `next`."""
    looked_at, found = 0, list[Entry]()
    window = replace(wanted, until=wanted.until or at)
    with scope.workspace(workspace_id):
        for read in entries.pages(workspace_id, window, after=after):
            looked_at += read.looked_at
            found += read.matching
            if len(found) >= limit:
                more = len(found) > limit or read.is_full
                return EventPage(found[:limit], found[limit - 1].id if more else None)
            if looked_at >= LOOKED_AT_MAX and read.is_full:
                return EventPage(found, read.last)
    return EventPage(found, None)
