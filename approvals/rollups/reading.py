"""Reads the actions of one hour for the tally, some at a time: by ranges of ids, which begin with the moment."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import orjson

from approvals.answers import moment as moment_of
from approvals.endings import VIOLATIONS
from approvals.rollups.tally import Asked, Kind, Task, task_outcome
from approvals.states import Source, State
from tenancy import ids, sql

HOUR = timedelta(hours=1)
CHUNK = 500
# One trace id for everything that an agent ever does must not be read again at each of its actions.
TRACE_MAX = 500

_ACTIONS = """select a.id, a.agent_id, a.agent_version_id, a.tool, a.policy_version_id, a.state, a.trace_id,
 a.created_at, a.target_at, a.decided_at, a.policy->>'rule' rule, a.policy->>'effect' effect,
 cast(a.terms->'needs' as text) needs, a.terms->>'escalation' plan, a.terms->>'seeded' seeded,
 coalesce(a.envelope->'trace'->>'url', a.envelope->'trace'->>'run_id', a.envelope->'trace'->'steps'->0->>'name') trace,
 d.source, d.edited, coalesce(d.material, d.edited) material, d.reason_code,
 cast(d.decided_by as text) decided_by, x.status, x.drifted,
 (select max(e.level) from approvals_escalation e where e.action_id = a.id and e.outcome = 'told') level
 from approvals_action a left join approvals_decision d on d.action_id = a.id
 left join approvals_execution x on x.action_id = a.id
 where a.workspace_id = %s and a.id > %s and a.id < %s order by a.id limit %s"""
_FIRST = """select t.trace_id,
 (select b.id from approvals_action b where b.workspace_id = %s and b.trace_id = t.trace_id
   and b.trace_id <> '' order by b.id limit 1) first_id,
 (select b.id from approvals_action b where b.workspace_id = %s and b.trace_id = t.trace_id
   and b.trace_id <> '' order by b.id limit 1 offset %s) beyond
 from (select distinct trace_id from approvals_action where id {among} and trace_id <> '') t"""
_TASKS = """select a.trace_id, a.agent_id, a.agent_version_id, a.state, x.status, a.terms->>'seeded' seeded,
 cast(a.envelope->'usage'->'cost' as text) claimed, cast(x.report->'usage'->'cost' as text) reported
 from approvals_action a left join approvals_execution x on x.action_id = a.id
 where a.workspace_id = %s and a.trace_id <> '' and a.trace_id {among} and (%s = '' or a.id < %s)
 order by a.trace_id, a.id"""


@dataclass(frozen=True, slots=True)
class Chunk:
    """Some of an hour's actions, and the tasks that began with one of them. `last` is "" after the last chunk."""

    asked: tuple[Asked, ...]
    tasks: tuple[Task, ...]
    last: str


def chunk(workspace_id: str, hour: datetime, after: str = "") -> Chunk:
    """The next actions after `after`, oldest first."""
    begins, ends = ids.floor("act", hour), ids.floor("act", hour + HOUR)
    rows = sql.many(_ACTIONS, [workspace_id, after or begins, ends, CHUNK])
    real = [row for row in rows if row["seeded"] is None]
    tasks = _tasks(workspace_id, [row["id"] for row in real if row["trace_id"]])
    asked = tuple(map(_asked, real))
    return Chunk(asked, tasks, rows[-1]["id"] if len(rows) == CHUNK else "")


def firsts(workspace_id: str, action_ids: Sequence[str]) -> list[str]:
    """The first actions of the traces that these belong to."""
    return [row["first_id"] for row in _traces(workspace_id, action_ids)]


def _asked(row: dict[str, Any]) -> Asked:
    reason, source = row["reason_code"] or "", row["source"] or ""
    refused = source == Source.POLICY and row["state"] == State.REJECTED
    return Asked(
        kind=Kind(
            agent_id=row["agent_id"],
            version_id=row["agent_version_id"] or "",
            tool=row["tool"],
            policy_id=row["policy_version_id"],
            rule=row["rule"] or "",
            groups=groups_text([need["group"] for need in orjson.loads(row["needs"] or "[]")]),
        ),
        effect=row["effect"],
        created_at=moment_of(row["created_at"]),
        target_at=moment_of(row["target_at"]),
        decided_at=sql.moment(row["decided_at"]),
        outcome=row["state"] if row["state"] != State.PENDING else "",
        source=source,
        reason=reason,
        reviewer=next((person["id"] for person in reversed(orjson.loads(row["decided_by"] or "[]"))), ""),
        edited=bool(row["edited"]),
        material=bool(row["material"]),
        violation=refused and reason in VIOLATIONS,
        status=row["status"] or "",
        drifted=bool(row["drifted"]),
        planned=bool(row["plan"]),
        level=row["level"],
        traced=bool(row["trace_id"] and row["trace"]),
    )


def groups_text(handles: Sequence[str]) -> str:
    """As RollupCell keeps them: ",finance,reviewers,", and "" for none."""
    return "," + ",".join(sorted(set(handles))) + "," if handles else ""


def _tasks(workspace_id: str, action_ids: Sequence[str]) -> tuple[Task, ...]:
    """Those of the actions' traces that began with one of these actions; long ones are read one by one."""
    own = set(action_ids)
    began = [row for row in _traces(workspace_id, action_ids) if row["first_id"] in own]
    found = _read_tasks(workspace_id, [row["trace_id"] for row in began if not row["beyond"]], "")
    for row in began:
        if row["beyond"]:
            found += _read_tasks(workspace_id, [row["trace_id"]], row["beyond"])
    return tuple(found)


def _read_tasks(workspace_id: str, trace_ids: Sequence[str], beyond: str) -> list[Task]:
    if not trace_ids:
        return []
    statement = _TASKS.format(among=sql.among())
    members: dict[str, list[dict[str, Any]]] = {}
    for row in sql.many(statement, [workspace_id, sql.listed(trace_ids), beyond, beyond]):
        members.setdefault(row["trace_id"], []).append(row)
    return [_task(rows) for rows in members.values()]


def _traces(workspace_id: str, action_ids: Sequence[str]) -> list[dict[str, Any]]:
    if not action_ids:
        return []
    statement = _FIRST.format(among=sql.among())
    return sql.many(statement, [workspace_id, workspace_id, TRACE_MAX, sql.listed(action_ids)])


def _task(rows: Sequence[dict[str, Any]]) -> Task:
    costs: dict[str, Decimal] = {}
    for row in rows:
        for told in (row["claimed"], row["reported"]):
            cost = orjson.loads(told) if told else None
            if cost:
                costs[cost["currency"]] = costs.get(cost["currency"], Decimal(0)) + Decimal(cost["value"])
    outcome = task_outcome([row["state"] for row in rows], [row["status"] or "" for row in rows])
    return Task(rows[0]["agent_id"], rows[0]["agent_version_id"] or "", outcome, costs)
