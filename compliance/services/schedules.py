"""Exports that come by themselves: each day, week or month, of the period that just ended."""

from datetime import datetime, timedelta

from accounts import queries as accounts_queries
from accounts.roles import Verb
from approvals.errors import ApprovalError, BadRequest, Conflict, Fault, NotFound
from audit import record
from audit.actor import SYSTEM, Actor
from audit.kinds import EventKind
from compliance import filters, offers, periods
from compliance.filters import Filter
from compliance.models import Schedule
from compliance.queries.exports import SCHEDULES_MAX
from compliance.services import exports
from tenancy import ids, scope

AT_ONCE = 20
# Where the workers are busy with other exports, the next try comes after so long.
LATER = timedelta(minutes=10)


def set_schedule(
    *, actor: Actor, at: datetime, workspace_id: str, what: str, form: str, wanted: Filter, every: str, user_id: str
) -> str:
    """Begins with the period that is running now. The id of the schedule. Raises BadRequest and Conflict."""
    offers.check(what, form, wanted)
    if wanted.since or wanted.until:
        raise _refused("/since", "A scheduled export is of the period before; leave its times out.")
    if every not in periods.EVERY:
        raise _refused("/every", f"Take one of: {', '.join(periods.EVERY)}.")
    with scope.acting(workspace_id):
        if not _may_read(workspace_id, user_id):
            raise _refused("/user", "Choose somebody of this workspace who may open evidence.")
        if Schedule.objects.filter(ended_at=None).count() >= SCHEDULES_MAX:
            raise Conflict(f"There are {SCHEDULES_MAX} already. End one first.", code="too_many")
        made = Schedule.objects.create(
            id=ids.new("exs", at),
            workspace_id=workspace_id,
            what=what,
            format=form,
            asked=wanted.tree,
            every=every,
            user_id=user_id,
            next_at=periods.following(at, every),
            created_at=at,
        )
        _record(EventKind.SCHEDULE_SET, made, actor, at)
        return made.id


def end_schedule(*, actor: Actor, at: datetime, workspace_id: str, schedule_id: str) -> None:
    """Raises NotFound."""
    with scope.acting(workspace_id):
        row = Schedule.objects.filter(pk=schedule_id, ended_at=None).first() if ids.is_id(schedule_id, "exs") else None
        if row is None or not Schedule.objects.filter(pk=row.pk, ended_at=None).update(ended_at=at):
            raise NotFound(f"There is no scheduled export {schedule_id[:60]} here.")
        _record(EventKind.SCHEDULE_ENDED, row, actor, at)


def fire_due(*, at: datetime) -> bool:
    """Orders what is due. True where more may be. One whose reader may open evidence no more ends."""
    due = list(Schedule.everywhere.filter(next_at__lte=at, ended_at=None).order_by("next_at")[:AT_ONCE])
    for row in due:
        _fire(row, at)
    return len(due) == AT_ONCE


def _fire(row: Schedule, at: datetime) -> None:
    if not _may_read(row.workspace_id, row.user_id):
        end_schedule(actor=SYSTEM, at=at, workspace_id=row.workspace_id, schedule_id=row.id)
        return
    with scope.acting(row.workspace_id):
        # Whoever moves the moment orders the export, in one transaction: two pulses make one.
        mine = Schedule.objects.filter(pk=row.id, next_at=row.next_at, ended_at=None)
        if not mine.update(next_at=periods.following(at, row.every)):
            return
        try:
            _order(row, at)
        except ApprovalError:
            Schedule.objects.filter(pk=row.id).update(next_at=at + LATER)


def _order(row: Schedule, at: datetime) -> None:
    until = periods.beginning(at, row.every)
    wanted = filters.read(row.asked)
    window = filters.within(wanted, periods.beginning(until - timedelta(microseconds=1), row.every), until)
    exports.order_export(
        actor=SYSTEM,
        at=at,
        workspace_id=row.workspace_id,
        what=row.what,
        form=row.format,
        wanted=window,
        schedule_id=row.id,
    )


def _may_read(workspace_id: str, user_id: str) -> bool:
    return user_id in accounts_queries.holders(workspace_id, Verb.SEE_EVIDENCE)


def _record(kind: EventKind, row: Schedule, actor: Actor, at: datetime) -> None:
    record.record(
        kind=kind,
        workspace_id=row.workspace_id,
        actor=actor,
        at=at,
        subject=("schedule", row.id),
        data={"what": row.what, "format": row.format, "every": row.every, "person": row.user_id},
    )


def _refused(pointer: str, detail: str) -> BadRequest:
    return BadRequest(detail, faults=[Fault(pointer, "invalid", detail)])
