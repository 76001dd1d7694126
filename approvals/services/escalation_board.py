"""What pages show of escalations: the tellings of one action, and how a workspace stands. Bounded reads, by index."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import orjson

from accounts import queries as accounts_queries
from accounts.queries import Member
from approvals import policies
from approvals.answers import ActionView
from approvals.answers import moment as moment_of
from approvals.escalation import oncall, plan
from approvals.escalation.people import Directory
from approvals.inbox import of_group
from approvals.models import Heartbeat, Tally
from approvals.policy.model import Schedule
from approvals.services.auditing import KEPT, NAME
from approvals.services.boards import levels
from approvals.services.boards.levels import Waiting
from approvals.services.calling import directory_of
from tenancy import sql

NEXT_MAX = 20
PAGE = 50
UNHEARD_MAX = 20
FLOODS_FOR = timedelta(hours=1)

_TELLINGS = """select e.id, e.action_id, e.kind, e.level, e.cause, e.by_name, e.reason, e.outcome, e.because, e.due_at,
 e.fired_at, e.n, (select cast({array}({object}('name', n.user_name, 'via', n.via, 'channel', n.channel, 'outcome',
 n.outcome, 'because', n.because)) as text) from approvals_notification n where n.action_id = e.action_id
 and n.escalation_id = e.id) notes"""
_OF_ACTION = _TELLINGS + " from approvals_escalation e where e.action_id = %s and e.workspace_id = %s order by e.n"
_LATEST = (
    _TELLINGS + ", a.tool, a.state from approvals_escalation e join approvals_action a on a.id = e.action_id"
    " where e.workspace_id = %s and (%s = '' or e.id < %s) order by e.id desc limit %s"
)
_NEXT_OF = """select due_at from approvals_timer where action_id = %s and kind = 'escalate' and fired_at is null
 and cancelled_at is null"""
_NEXT = """select t.due_at, a.id, a.tool, a.risk, a.policy_version_id, cast(a.terms as text) terms, a.created_at,
 a.expires_at, (select max(e.moment) from approvals_escalation e where e.action_id = a.id) moment
 from approvals_timer t join approvals_action a on a.id = t.action_id
 where t.workspace_id = %s and t.kind = 'escalate' and t.fired_at is null and t.cancelled_at is null
 and a.state = 'pending' and {group} order by t.due_at limit %s"""
_UNHEARD = """select distinct a.id, a.tool, a.created_at from approvals_escalation e
 join approvals_action a on a.id = e.action_id where e.workspace_id = %s and e.outcome = 'nobody' and e.fired_at > %s
 and a.state = 'pending' and not exists (select 1 from approvals_notification n where n.action_id = a.id
 and n.outcome in ('promised', 'sent', 'collapsed')) order by a.created_at limit %s"""


@dataclass(frozen=True, slots=True)
class Note:
    """One person over one channel; `channel` is "" where nobody could be asked, and `because` then says why."""

    name: str
    via: str
    channel: str
    outcome: str
    because: str

    @property
    def who(self) -> tuple[str, str]:
        return (self.name, self.via)


@dataclass(frozen=True, slots=True)
class TellingRow:
    """`level` counts from 1, 0 where it is in no plan; `tool` and `state` of its action only in the latest of all."""

    id: str
    action_id: str
    kind: str
    level: int
    cause: str
    by_name: str
    reason: str
    outcome: str
    because: str
    due_at: datetime
    fired_at: datetime
    notes: tuple[Note, ...]
    tool: str = ""
    state: str = ""


@dataclass(frozen=True, slots=True)
class ActionStanding:
    """`next_at` is when the plan's next moment falls due, None where there is none. `levels` is how many it has."""

    tellings: tuple[TellingRow, ...]
    next_at: datetime | None
    plan: str
    levels: int

    @property
    def is_told_of(self) -> bool:
        return bool(self.tellings or self.plan)

    @property
    def holders(self) -> tuple[str, ...]:
        """To whom it was handed over last."""
        handed = [row for row in self.tellings if row.kind == "reassign" and row.outcome == "told"]
        return tuple(dict.fromkeys(note.name for note in handed[-1].notes if note.channel)) if handed else ()


@dataclass(frozen=True, slots=True)
class OnCallRow:
    """`name` is who is on call, "" for nobody, because of `why`; `turn` whose turn it is by the rotation."""

    schedule: str
    name: str
    why: str
    turn: str
    until: datetime
    following: str


@dataclass(frozen=True, slots=True)
class NextRow:
    action_id: str
    tool: str
    risk: str
    due_at: datetime
    level: int
    levels: int
    is_reminder: bool


@dataclass(frozen=True, slots=True)
class Board:
    """`unheard` are (action id, tool, since); `floods` agents with the beginning of the window; `audited_at` None: the
    auditor never looked.
    """

    waiting: Waiting
    on_call: tuple[OnCallRow, ...]
    due: tuple[NextRow, ...]
    unheard: tuple[tuple[str, str, datetime], ...]
    floods: tuple[tuple[str, datetime], ...]
    audited_at: datetime | None


def of_action(view: ActionView) -> ActionStanding:
    """Everything that was told about one action, oldest first."""
    rows = sql.many(sql.in_dialect(_OF_ACTION), [view.id, view.workspace_id])
    name = view.terms["escalation"] or ""
    due = sql.one(_NEXT_OF, [view.id]) if name and view.is_open else None
    steps = policies.compiled(view.policy_version_id).document.escalations.get(name, ()) if name else ()
    next_at = moment_of(due["due_at"]) if due else None
    return ActionStanding(tuple(_telling(row) for row in rows), next_at, name, len(steps))


def telling(view: ActionView, escalation_id: str) -> TellingRow | None:
    """One of those."""
    return next((row for row in of_action(view).tellings if row.id == escalation_id), None)


def board(workspace_id: str, at: datetime, group: str = "") -> Board:
    """With a group, what waits and falls due is narrowed to what that group has to agree to."""
    beat = Heartbeat.objects.filter(name=NAME).values_list("beat_at", flat=True).first()
    unheard = sql.many(_UNHEARD, [workspace_id, at - KEPT, UNHEARD_MAX])
    return Board(
        waiting=levels.waiting(workspace_id, at, group),
        on_call=on_call_now(workspace_id, at),
        due=_due(workspace_id, group),
        unheard=tuple((row["id"], row["tool"], moment_of(row["created_at"])) for row in unheard),
        floods=_floods(workspace_id, at),
        audited_at=beat,
    )


def latest(workspace_id: str, *, after: str = "", limit: int = PAGE) -> list[TellingRow]:
    """Newest first; `after` is the id of the last telling of the page before."""
    return [_telling(row) for row in sql.many(sql.in_dialect(_LATEST), [workspace_id, after, after, limit])]


def on_call_now(workspace_id: str, at: datetime) -> tuple[OnCallRow, ...]:
    """Each rotation of the active policy, by name."""
    active = policies.active(workspace_id)
    schedules = active.policy.document.schedules if active else {}
    if not schedules:
        return ()
    directory = directory_of(workspace_id, at)
    return tuple(_on_call(schedules[name], directory, at) for name in sorted(schedules))


def handed_to(member: Member, view: ActionView, at: datetime) -> list[tuple[str, str]]:
    """(id, name) of everybody to whom this person could hand the action."""
    wanted = {need["group"] for need in view.terms["needs"]}
    barred = {member.user_id, view.agent_owner_id, *(vote.user_id for vote in view.votes)}
    return [
        (each.user_id, each.name)
        for each in accounts_queries.directory(member.workspace_id, at)
        if each.may_vote and wanted & set(each.groups) and each.user_id not in barred
    ]


def _on_call(schedule: Schedule, directory: Directory, at: datetime) -> OnCallRow:
    shift = oncall.shift_at(schedule, at)
    following = oncall.shift_at(schedule, shift.ends_at)
    named = oncall.on_call(schedule, at, directory.stand_in)
    person = directory.named(named) if named else None
    opens = oncall.opens_at(schedule, at)
    why = f"outside its hours until {opens:%a %d %b, %H:%M} UTC" if opens > at else "everybody is away or gone"
    return OnCallRow(
        schedule=schedule.name,
        name=person.name if person else "",
        why="" if person else why,
        turn=_called(directory, shift.member),
        until=shift.ends_at,
        following=_called(directory, following.member),
    )


def _called(directory: Directory, name: str) -> str:
    person = directory.named(name)
    return person.name if person else name


def _due(workspace_id: str, group: str) -> tuple[NextRow, ...]:
    clause, values = of_group(group) if group else ("true", [])
    statement = _NEXT.replace("{group}", clause)
    return tuple(_next(row) for row in sql.many(statement, [workspace_id, *values, NEXT_MAX]))


def _next(row: dict[str, Any]) -> NextRow:
    name = orjson.loads(row["terms"])["escalation"] or ""
    steps = policies.compiled(row["policy_version_id"]).document.escalations.get(name, ())
    moments = plan.moments(steps, moment_of(row["created_at"]), moment_of(row["expires_at"]))
    found = plan.following(moments, plan.NOTHING if row["moment"] is None else row["moment"])
    return NextRow(
        action_id=row["id"],
        tool=row["tool"],
        risk=row["risk"],
        due_at=moment_of(row["due_at"]),
        level=found.level + 1 if found else 0,
        levels=len(steps),
        is_reminder=found is not None and not found.begins,
    )


def _floods(workspace_id: str, at: datetime) -> tuple[tuple[str, datetime], ...]:
    rows = Tally.everywhere.filter(workspace_id=workspace_id, channel="alert", user_id="", since__gt=at - FLOODS_FOR)
    found = list(rows.order_by("-since", "agent_id").values_list("agent_id", "since")[:UNHEARD_MAX])
    names = accounts_queries.agent_names(workspace_id, [agent_id for agent_id, _ in found]) if found else {}
    return tuple((names.get(agent_id, agent_id), since) for agent_id, since in found)


def _telling(row: dict[str, Any]) -> TellingRow:
    notes: Sequence[dict[str, str]] = orjson.loads(row["notes"] or "[]")
    listed = [Note(note["name"], note["via"], note["channel"], note["outcome"], note["because"]) for note in notes]
    return TellingRow(
        id=row["id"],
        action_id=row["action_id"],
        kind=row["kind"],
        level=0 if row["level"] is None else row["level"] + 1,
        cause=row["cause"],
        by_name=row["by_name"],
        reason=row["reason"],
        outcome=row["outcome"],
        because=row["because"],
        due_at=moment_of(row["due_at"]),
        fired_at=moment_of(row["fired_at"]),
        notes=tuple(sorted(listed, key=lambda note: (note.name, note.via, note.channel))),
        tool=row.get("tool", ""),
        state=row.get("state", ""),
    )
