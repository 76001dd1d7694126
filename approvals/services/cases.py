"""Actions as the escalation sees them: what is due, for whom, and what was told already."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import orjson

from approvals import policies
from approvals.answers import moment as moment_of
from approvals.escalation import calls, plan
from approvals.escalation.people import Person
from approvals.escalation.plan import Moment
from approvals.policy.model import EscalationStep, Schedule
from approvals.states import State
from tenancy import sql

_DUE = """select t.action_id from approvals_timer t join approvals_action a on a.id = t.action_id
 where t.kind = 'escalate' and t.fired_at is null and t.cancelled_at is null and t.due_at <= %s"""
_IN_TURN = " order by t.due_at limit %s"
_LOCKED = " for no key update of t, a skip locked"
_CASES = """select a.id, a.workspace_id, a.agent_id, g.name agent_name, g.owner_id, a.state, a.policy_version_id,
 cast(a.terms as text) terms, a.created_at, a.expires_at, a.closing_at, t.id timer_id,
 (select max(e.n) from approvals_escalation e where e.action_id = a.id) n,
 (select max(e.moment) from approvals_escalation e where e.action_id = a.id) moment,
 (select max(e.level) from approvals_escalation e where e.action_id = a.id) level,
 (select max(e.fired_at) from approvals_escalation e where e.action_id = a.id) told_at,
 (select cast({array}(v.user_id) as text) from approvals_review v where v.action_id = a.id and v.revision = a.revision
   and not exists (select 1 from approvals_retraction u where u.review_id = v.id)) voters
 from approvals_action a join accounts_agent g on g.id = a.agent_id
 left join approvals_timer t on t.action_id = a.id and t.kind = 'escalate' and t.fired_at is null
   and t.cancelled_at is null
 where a.id in ({marks})"""


@dataclass(frozen=True, slots=True)
class Case:
    """`done` and `level` are the last moment and level of the plan that were told, -1 for none; `n` counts tellings.

    `steps` is the plan, empty where the policy has none for it; `agent_name` and `owner_id` are as people see them.
    """

    action_id: str
    workspace_id: str
    agent_id: str
    agent_name: str
    owner_id: str
    state: str
    terms: dict[str, Any]
    steps: tuple[EscalationStep, ...]
    schedules: dict[str, Schedule]
    opened_at: datetime
    expires_at: datetime
    closing_at: datetime | None
    timer_id: str | None
    n: int
    done: int
    level: int
    told_at: datetime | None
    voters: frozenset[str]

    @property
    def is_open(self) -> bool:
        return self.state == State.PENDING

    @property
    def plan(self) -> tuple[Moment, ...]:
        return plan.moments(self.steps, self.opened_at, self.expires_at)

    def barred(self, person: Person) -> str:
        return calls.barred(
            person,
            voters=self.voters,
            owner_id=self.owner_id,
            agent=self.agent_name,
            asked_by=self.terms["on_behalf_of"] or "",
        )


def lock_due(at: datetime, limit: int) -> list[str]:
    """Actions with a due timer; each is this transaction's alone until it ends. What others hold is passed over, so
    nobody waits for anybody here.
    """
    return _locked(_DUE + _IN_TURN, [at, limit])


def lock_if_due(action_id: str, at: datetime) -> list[str]:
    """The same of one action alone."""
    return _locked(_DUE + " and a.id = %s", [at, action_id])


def _locked(statement: str, values: Sequence[Any]) -> list[str]:
    lock = _LOCKED if sql.vendor() == "postgresql" else ""
    return [row["action_id"] for row in sql.many(statement + lock, values)]


def lock_one(workspace_id: str, action_id: str) -> bool:
    """Waits for whoever moves the action now; then nobody else does until the transaction ends."""
    statement = "select id from approvals_action where id = %s and workspace_id = %s"
    if sql.vendor() == "postgresql":
        statement += " for no key update"
    return sql.one(statement, [action_id, workspace_id]) is not None


def read(action_ids: Sequence[str]) -> list[Case]:
    """In the order that was asked for."""
    if not action_ids:
        return []
    statement = sql.in_dialect(_CASES).replace("{marks}", ", ".join(["%s"] * len(action_ids)))
    found = {row["id"]: _case(row) for row in sql.many(statement, action_ids)}
    return [found[action_id] for action_id in action_ids if action_id in found]


def _case(row: dict[str, Any]) -> Case:
    terms = orjson.loads(row["terms"])
    seeded = terms.get("seeded")
    document = policies.compiled(row["policy_version_id"]).document
    closing_at = sql.moment(row["closing_at"])
    return Case(
        action_id=row["id"],
        workspace_id=row["workspace_id"],
        agent_id=row["agent_id"],
        agent_name=seeded["as"] if seeded else row["agent_name"],
        owner_id=seeded["owner"] if seeded else row["owner_id"],
        state=row["state"],
        terms=terms,
        steps=document.escalations.get(terms["escalation"] or "", ()),
        schedules=dict(document.schedules),
        opened_at=moment_of(row["created_at"]),
        expires_at=moment_of(row["expires_at"]),
        closing_at=closing_at,
        timer_id=row["timer_id"],
        n=row["n"] or 0,
        done=plan.NOTHING if row["moment"] is None else row["moment"],
        level=plan.NOTHING if row["level"] is None else row["level"],
        told_at=sql.moment(row["told_at"]),
        voters=frozenset(orjson.loads(row["voters"] or "[]")),
    )
