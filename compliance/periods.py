"""Days, weeks and months in UTC: where one begins, and where the next does. Pure."""

from datetime import UTC, datetime, timedelta

DAY, WEEK, MONTH = "day", "week", "month"
EVERY = (DAY, WEEK, MONTH)


def beginning(at: datetime, every: str) -> datetime:
    """The beginning of the period that `at` lies in; a week begins on Monday. ValueError: no such period."""
    day = at.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    if every == DAY:
        return day
    if every == WEEK:
        return day - timedelta(days=day.weekday())
    if every == MONTH:
        return day.replace(day=1)
    raise ValueError(f"{every!r} is no period; take one of {', '.join(EVERY)}.")


def following(at: datetime, every: str) -> datetime:
    """The beginning of the period after the one that `at` lies in."""
    begun = beginning(at, every)
    if every == MONTH:
        # Day 28 and four more is in the next month, whatever the month.
        return beginning(begun.replace(day=28) + timedelta(days=4), MONTH)
    return begun + timedelta(days=1 if every == DAY else 7)
