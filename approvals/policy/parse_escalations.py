"""The `escalations` and `schedules` of a document."""

import re
import zoneinfo
from datetime import date, timedelta

from approvals.policy.model import EscalationStep, Recipient, Repeat, Rotation, Schedule
from approvals.policy.reading import NAME, Section

LEVELS_MAX = 20
REPEATS_MAX = 50
SOONEST = timedelta(minutes=1)
ROTATIONS: tuple[Rotation, ...] = ("daily", "weekly")
_DAY = "(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)"
_CLOCK = "(?:[01][0-9]|2[0-3]):[0-5][0-9]"
_HANDOVER = {"weekly": re.compile(f"{_DAY} {_CLOCK}", re.ASCII), "daily": re.compile(_CLOCK, re.ASCII)}
_USUAL = {"weekly": "Mon 09:00", "daily": "09:00"}
_HOURS = re.compile(f"{_DAY}(?:-{_DAY})? {_CLOCK}-{_CLOCK}", re.ASCII)
_CHANNEL = re.compile("console|slack|email|webhook")
_KINDS: tuple[str, ...] = ("group", "oncall", "person")


def escalations(root: Section) -> dict[str, tuple[EscalationStep, ...]]:
    found = {}
    plans = root.section("escalations")
    for name in plans.words():
        if not NAME.fullmatch(name):
            plans.fault(name, "bad_name", "use letters, digits and _.@+:/- in a name")
        found[name] = tuple(_step(section) for section in plans.sections(name))
        if not found[name]:
            plans.fault(name, "empty", "write at least one step, such as {after: 10m, notify: [{group: finance}]}")
        if len(found[name]) > LEVELS_MAX:
            plans.fault(name, "too_many", f"write at most {LEVELS_MAX} steps; a step can repeat itself")
        if list(found[name]) != sorted(found[name], key=lambda step: step.after):
            plans.fault(name, "bad_order", "order the steps by `after`")
    return found


def _step(section: Section) -> EscalationStep:
    after = section.span("after")
    if not section.has("after"):
        section.fault("after", "missing", "say after how long the step runs; 0m is at once")
    step = EscalationStep(
        after=timedelta(0) if after is None else after,
        notify=tuple(found for item in section.sections("notify") if (found := _recipient(item))),
        channels=section.texts("channels", shape=_CHANNEL) or ("console",),
        reassign=section.flag("reassign", default=False),
        repeat=_repeat(section.section("repeat")) if section.has("repeat") else None,
    )
    if not step.notify:
        section.fault("notify", "missing", "name whom the step tells, such as [{group: finance}]")
    section.close()
    return step


def _repeat(section: Section) -> Repeat:
    every = section.span("every")
    if every is None or every < SOONEST:
        section.fault("every", "not_a_duration", "say how often to tell them again, at least a minute, such as 10m")
    found = Repeat(every=max(every or SOONEST, SOONEST), times=section.whole("times", 1, most=REPEATS_MAX))
    section.close()
    return found


def _recipient(section: Section) -> Recipient | None:
    named = [kind for kind in _KINDS if section.has(kind)]
    if named == ["group"]:
        found = Recipient("group", section.name("group"))
    elif named == ["oncall"]:
        found = Recipient("oncall", section.name("oncall"))
    elif named == ["person"]:
        found = Recipient("person", section.name("person"))
    else:
        section.reading.fault(section.pointer, "bad_recipient", f"name one of {', '.join(_KINDS)}")
        return None
    section.close()
    return found


def schedules(root: Section) -> dict[str, Schedule]:
    return {name: _schedule(name, section) for name, section in root.named("schedules")}


def _schedule(name: str, section: Section) -> Schedule:
    rotation: Rotation = section.word("rotation", ROTATIONS, "weekly")
    schedule = Schedule(
        name=name,
        timezone=section.text("timezone") or "UTC",
        rotation=rotation,
        members=section.texts("members", shape=NAME),
        handover=section.text("handover") or _USUAL[rotation],
        hours=section.text("hours"),
        begins=_day(section, "begins"),
    )
    if schedule.timezone not in zoneinfo.available_timezones():
        section.fault("timezone", "unknown_timezone", "write a name of the IANA list, such as Europe/Berlin")
    if not schedule.members:
        section.fault("members", "missing", "name at least one person")
    if not _HANDOVER[rotation].fullmatch(schedule.handover):
        wanted = "a day and a time" if rotation == "weekly" else "a time of the day"
        section.fault("handover", "bad_handover", f'write {wanted}, such as "{_USUAL[rotation]}"')
    if schedule.hours is not None and not _HOURS.fullmatch(schedule.hours):
        section.fault("hours", "bad_hours", 'write days and times, such as "Mon-Fri 08:00-18:00"')
    section.close()
    return schedule


def _day(section: Section, key: str) -> date | None:
    text = section.text(key)
    if text is None:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        section.fault(key, "not_a_day", "write a day, such as 2026-11-23")
        return None
