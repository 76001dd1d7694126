"""What a dashboard looks at: a time, in hours or in days of UTC, and the groups that had to agree. Pure."""

from dataclasses import dataclass
from datetime import datetime, timedelta

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
# Up to here points are hours, beyond them days.
HOURLY = 2 * DAY
DAYS_MAX = 366
NAMES = ("24h", "7d", "30d")


@dataclass(frozen=True, slots=True)
class Window:
    """From `since` up to but without `until`, both on whole hours, or days. `name` is "" for one's own choice."""

    since: datetime
    until: datetime
    span: str
    name: str = ""
    group: str = ""

    @property
    def step(self) -> timedelta:
        return HOUR if self.span == "hour" else DAY

    @property
    def points(self) -> tuple[datetime, ...]:
        """The beginning of each hour or day."""
        return tuple(self.since + n * self.step for n in range((self.until - self.since) // self.step))


def named(name: str, at: datetime, group: str = "") -> Window:
    """The last 24 hours with the running one, or the last 7 or 30 days with today. `name` is one of NAMES."""
    if name == "24h":
        ends = at.replace(minute=0, second=0, microsecond=0) + HOUR
        return Window(ends - DAY, ends, "hour", name, group)
    ends = _midnight(at) + DAY
    return Window(ends - (30 if name == "30d" else 7) * DAY, ends, "day", name, group)


def chosen(first: datetime, last: datetime, group: str = "") -> Window:
    """Whole days from the first to the last, at most DAYS_MAX of them up to the last; swapped where they are so."""
    since, until = _midnight(min(first, last)), _midnight(max(first, last)) + DAY
    since = max(since, until - DAYS_MAX * DAY)
    return Window(since, until, "hour" if until - since <= HOURLY else "day", "", group)


def _midnight(at: datetime) -> datetime:
    return at.replace(hour=0, minute=0, second=0, microsecond=0)
