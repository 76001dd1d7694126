"""The `freezes`, `escalations` and `schedules` of a document."""

import re
import zoneinfo
from datetime import UTC, datetime, timedelta

from approvals.policy.model import EscalationStep, Freeze, Recipient, Schedule
from approvals.policy.reading import NAME, Section

_DAY = "(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)"
_CLOCK = "(?:[01][0-9]|2[0-3]):[0-5][0-9]"
_HANDOVER = re.compile(f"{_DAY} {_CLOCK}|{_CLOCK}", re.ASCII)
_HOURS = re.compile(f"{_DAY}(?:-{_DAY})? {_CLOCK}-{_CLOCK}", re.ASCII)
_CHANNEL = re.compile("console|slack|email|webhook")
_KINDS: tuple[str, ...] = ("group", "oncall", "person")
_NEVER = datetime(1970, 1, 1, tzinfo=UTC)


def freezes(root: Section) -> tuple[Freeze, ...]:
    return tuple(_freeze(section) for section in root.sections("freezes"))


def _freeze(section: Section) -> Freeze:
    starts_at, ends_at = section.moment("from"), section.moment("to")
    for key in ("from", "to"):
        if not section.has(key):
            section.fault(key, "missing", "a freeze needs a beginning and an end")
    if starts_at and ends_at and ends_at <= starts_at:
        section.fault("to", "bad_order", "end after the beginning")
    freeze = Freeze(
        id=section.name("id"),
        starts_at=starts_at or _NEVER,
        ends_at=ends_at or _NEVER,
        tools=section.patterns("tools") or ("*",),
        effect=section.word("effect", ("require_approval", "deny"), "require_approval"),
    )
    section.close()
    return freeze


def escalations(root: Section) -> dict[str, tuple[EscalationStep, ...]]:
    found = {}
    plans = root.section("escalations")
    for name in plans.words():
        if not NAME.fullmatch(name):
            plans.fault(name, "bad_name", "use letters, digits and _.@+:/- in a name")
        found[name] = tuple(_step(section) for section in plans.sections(name))
        if not found[name]:
            plans.fault(name, "empty", "write at least one step, such as {after: 10m, notify: [{group: finance}]}")
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
    )
    if not step.notify:
        section.fault("notify", "missing", "name whom the step tells, such as [{group: finance}]")
    section.close()
    return step


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
    schedule = Schedule(
        name=name,
        timezone=section.text("timezone") or "UTC",
        rotation=section.word("rotation", ("daily", "weekly"), "weekly"),
        members=section.texts("members", shape=NAME),
        handover=section.text("handover") or "Mon 09:00",
        hours=section.text("hours"),
    )
    if schedule.timezone not in zoneinfo.available_timezones():
        section.fault("timezone", "unknown_timezone", "write a name of the IANA list, such as Europe/Berlin")
    if not schedule.members:
        section.fault("members", "missing", "name at least one person")
    if not _HANDOVER.fullmatch(schedule.handover):
        section.fault("handover", "bad_handover", 'write a day and a time, such as "Mon 09:00"')
    if schedule.hours is not None and not _HOURS.fullmatch(schedule.hours):
        section.fault("hours", "bad_hours", 'write days and times, such as "Mon-Fri 08:00-18:00"')
    section.close()
    return schedule
