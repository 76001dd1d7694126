"""Who is on call: rotations that are handed over by the wall clock of their zone, hours, absence and delegation.

Moments in and out are aware; everything local goes through `_moment`, which gives each wall-clock time of a zone one
moment: where a clock is put forward over it, the moment as if it had not been; where it comes twice, the first.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from approvals.policy.model import Schedule

DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
# A Monday: rotations that do not say when they began count from here.
EPOCH = date(2024, 1, 1)
ONE_DAY = timedelta(days=1)

# Whom to ask instead of somebody who is away: None where they are there, "" where nobody stands in.
StandIn = Callable[[str], str | None]


@dataclass(frozen=True, slots=True)
class Shift:
    """`member` is named as the policy names them. `begins_at` is included, `ends_at` is not."""

    member: str
    begins_at: datetime
    ends_at: datetime


def shift_at(schedule: Schedule, at: datetime) -> Shift:
    """The turn that contains the moment."""
    days = 7 if schedule.rotation == "weekly" else 1
    weekday, clock = _handover(schedule.handover)
    zone = ZoneInfo(schedule.timezone)
    anchor = schedule.begins or EPOCH
    if schedule.rotation == "weekly":
        anchor += timedelta(days=(weekday - anchor.weekday()) % 7)
    day = at.astimezone(zone).date()
    if at < _moment(day, clock, zone):
        day -= ONE_DAY
    turn = (day - anchor).days // days
    begins = anchor + timedelta(days=turn * days)
    return Shift(
        schedule.members[turn % len(schedule.members)],
        _moment(begins, clock, zone),
        _moment(begins + timedelta(days=days), clock, zone),
    )


def on_call(schedule: Schedule, at: datetime, stand_in: StandIn) -> str | None:
    """Whose turn it is, or who stands in: the one they named, else the next of the rotation who is there.

    `stand_in` is asked with a name, or with whatever it answered before. None: outside the hours, or everybody is away.
    """
    if not is_open(schedule, at):
        return None
    whose = shift_at(schedule, at).member
    first = schedule.members.index(whose)
    for name in (*schedule.members[first:], *schedule.members[:first]):
        there = _there(name, stand_in)
        if there:
            return there
    return None


def _there(name: str, stand_in: StandIn) -> str:
    """Follows who stands in for whom, until somebody is there; "" where it ends or goes round."""
    asked: set[str] = set()
    while name and name not in asked:
        asked.add(name)
        other = stand_in(name)
        if other is None:
            return name
        name = other
    return ""


def is_open(schedule: Schedule, at: datetime) -> bool:
    """Whether the moment is within the schedule's hours."""
    return any(begins <= at < ends for begins, ends in _windows(schedule, at))


def opens_at(schedule: Schedule, at: datetime) -> datetime:
    """When somebody is on call: the moment itself, or when the next hours begin."""
    if is_open(schedule, at):
        return at
    return min(begins for begins, _ in _windows(schedule, at) if begins > at)


def _windows(schedule: Schedule, at: datetime) -> Iterator[tuple[datetime, datetime]]:
    """The hours around the moment: from the day before to nine days after, so that a whole week is covered."""
    if schedule.hours is None:
        yield at, at + ONE_DAY
        return
    zone = ZoneInfo(schedule.timezone)
    days, opens, closes = _hours(schedule.hours)
    today = at.astimezone(zone).date()
    for n in range(-2, 10):
        day = today + n * ONE_DAY
        if day.weekday() in days:
            last = day if closes > opens else day + ONE_DAY
            yield _moment(day, opens, zone), _moment(last, closes, zone)


def _moment(day: date, clock: time, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, clock, tzinfo=zone).astimezone(UTC)


def _handover(text: str) -> tuple[int, time]:
    """The weekday (Monday is 0) and the time."""
    day, _, clock = text.rpartition(" ")
    return DAYS.index(day) if day else 0, time.fromisoformat(clock)


def _hours(text: str) -> tuple[frozenset[int], time, time]:
    """The weekdays on which they begin, and from when to when; "22:00-06:00" ends on the next day."""
    days, _, clocks = text.partition(" ")
    first, _, last = days.partition("-")
    opens, _, closes = clocks.partition("-")
    begin, end = DAYS.index(first), DAYS.index(last or first)
    return (
        frozenset((begin + n) % 7 for n in range((end - begin) % 7 + 1)),
        time.fromisoformat(opens),
        time.fromisoformat(closes),
    )
