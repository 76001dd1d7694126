"""Rotations by the wall clock of their zone: one person at every moment, through weekends and changes of the clock."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from approvals.escalation.oncall import is_open, on_call, opens_at, shift_at
from approvals.policy.model import Rotation, Schedule

MINUTE = timedelta(minutes=1)
ZONES = ("UTC", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu", "Pacific/Apia")
DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
clocks = st.times().map(lambda clock: f"{clock:%H:%M}")
BEGINNING = datetime(2023, 1, 1, tzinfo=UTC)
moments = st.integers(0, 5 * 365 * 86_400_000).map(lambda ms: BEGINNING + timedelta(milliseconds=ms))


@st.composite
def schedules(draw: st.DrawFn, *, hours: bool = False) -> Schedule:
    rotation: Rotation = draw(st.sampled_from(("daily", "weekly")))
    day = draw(st.sampled_from(DAYS))
    clock = draw(clocks)
    return Schedule(
        name="desk",
        timezone=draw(st.sampled_from(ZONES)),
        rotation=rotation,
        members=("ada", "ben", "eve")[: draw(st.integers(1, 3))],
        handover=f"{day} {clock}" if rotation == "weekly" else clock,
        hours=f"{day}-{draw(st.sampled_from(DAYS))} {draw(clocks)}-{draw(clocks)}" if hours else None,
        begins=draw(st.none() | st.dates(date(2022, 1, 1), date(2029, 1, 1))),
    )


def weekly(**given: object) -> Schedule:
    usual = {
        "name": "finance",
        "timezone": "Europe/Berlin",
        "rotation": "weekly",
        "members": ("ada", "ben"),
        "handover": "Mon 09:00",
        "hours": None,
        "begins": date(2026, 11, 16),
    }
    return Schedule(**{**usual, **given})  # type: ignore[arg-type]


def there(name: str) -> str | None:
    """Nobody is away."""
    return None


def berlin(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo("Europe/Berlin")).astimezone(UTC)


@pytest.mark.parametrize(
    ("when", "who"),
    [
        ("2026-11-16 08:59:59", "ben"),
        ("2026-11-16 09:00:00", "ada"),
        ("2026-11-22 23:59:59", "ada"),
        ("2026-11-23 08:59:59", "ada"),
        ("2026-11-23 09:00:00", "ben"),
        ("2026-11-30 09:00:00", "ada"),
    ],
)
def test_a_week_is_handed_over_on_its_day_and_hour(when: str, who: str) -> None:
    assert on_call(weekly(), berlin(when), there) == who


@pytest.mark.parametrize(
    ("text", "gap"), [("2027-03-28 02:30", timedelta(hours=1)), ("2026-10-25 02:30", timedelta(0))]
)
def test_a_handover_at_an_hour_that_is_missing_or_comes_twice_happens_once(text: str, gap: timedelta) -> None:
    """Where the clock jumps over it, when it has just jumped; where it comes twice, the first time."""
    day = date.fromisoformat(text[:10])
    schedule = weekly(rotation="daily", handover="02:30", begins=day)
    handed = datetime.combine(day, time(2, 30), tzinfo=ZoneInfo("Europe/Berlin")).astimezone(UTC)
    minutes = [handed + n * MINUTE for n in range(-120, 121)]
    assert [at for at in minutes if on_call(schedule, at, there) == "ben"] == minutes[:120]
    assert handed.astimezone(ZoneInfo("Europe/Berlin")).replace(tzinfo=None) == datetime.fromisoformat(text) + gap


@given(schedules(), moments)
def test_every_moment_is_somebodys_and_turns_follow_each_other(schedule: Schedule, at: datetime) -> None:
    shift = shift_at(schedule, at)
    assert shift.begins_at <= at < shift.ends_at
    assert shift_at(schedule, shift.begins_at) == shift
    assert shift_at(schedule, shift.ends_at - timedelta(microseconds=1)) == shift
    following = shift_at(schedule, shift.ends_at)
    place = schedule.members.index(shift.member)
    assert (following.begins_at, following.member) == (
        shift.ends_at,
        schedule.members[(place + 1) % len(schedule.members)],
    )


@given(schedules(), moments)
def test_a_turn_is_handed_over_at_the_same_wall_clock_in_summer_and_winter(schedule: Schedule, at: datetime) -> None:
    shift, zone = shift_at(schedule, at), ZoneInfo(schedule.timezone)
    wanted = time.fromisoformat(schedule.handover.rpartition(" ")[2])
    days = 7 if schedule.rotation == "weekly" else 1
    for moment in (shift.begins_at, shift.ends_at):
        local = moment.astimezone(zone)
        asked = datetime.combine(local.date(), wanted, tzinfo=zone)
        exists = asked.astimezone(UTC).astimezone(zone).time() == wanted
        assert local.time() == wanted or not exists
    assert abs(shift.ends_at - shift.begins_at - timedelta(days=days)) <= timedelta(days=1)


@given(schedules(hours=True), moments)
def test_the_next_hours_begin_where_nothing_was_open_before(schedule: Schedule, at: datetime) -> None:
    opens = opens_at(schedule, at)
    assert is_open(schedule, opens)
    assert on_call(schedule, opens, there) in schedule.members
    if is_open(schedule, at):
        assert opens == at
    else:
        assert at < opens <= at + timedelta(days=9)
        assert not any(is_open(schedule, at + (opens - at) * n / 10) for n in range(10))
        assert on_call(schedule, at, there) is None


@pytest.mark.parametrize(
    ("when", "open_"),
    [
        ("2026-11-20 07:59", False),
        ("2026-11-20 08:00", True),
        ("2026-11-20 17:59", True),
        ("2026-11-20 18:00", False),
        ("2026-11-21 12:00", False),
        ("2026-11-22 12:00", False),
        ("2026-11-23 08:00", True),
    ],
)
def test_hours_leave_out_the_night_and_the_weekend(when: str, open_: bool) -> None:
    schedule = weekly(hours="Mon-Fri 08:00-18:00")
    assert is_open(schedule, berlin(when)) is open_
    assert on_call(schedule, berlin(when), there) == (shift_at(schedule, berlin(when)).member if open_ else None)
    if when.startswith("2026-11-21"):
        assert opens_at(schedule, berlin(when)) == berlin("2026-11-23 08:00")


def test_a_night_shift_belongs_to_the_day_on_which_it_begins() -> None:
    schedule = weekly(hours="Fri 22:00-06:00")
    edges = ("20 21:59", "20 22:00", "21 05:59", "21 06:00")
    assert [is_open(schedule, berlin(f"2026-11-{text}")) for text in edges] == [
        False,
        True,
        True,
        False,
    ]


@given(
    schedules(),
    moments,
    st.dictionaries(st.sampled_from(("ada", "ben", "eve", "vera")), st.sampled_from(("", "ada", "ben", "eve", "vera"))),
)
def test_nobody_who_is_away_is_on_call(schedule: Schedule, at: datetime, away: dict[str, str]) -> None:
    """`away` maps who is away to who stands in, "" for nobody; they may point at each other in a circle."""
    found = on_call(schedule, at, away.get)
    whose = shift_at(schedule, at).member
    assert found not in away
    if whose not in away:
        assert found == whose
    elif away[whose] and away[whose] not in away:
        assert found == away[whose]
    elif found is None:
        assert set(schedule.members) <= set(away)
