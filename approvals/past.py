"""What the workspace decided before about the same tool: two bounded reads, whatever the tables have grown to."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import orjson

from approvals import policies
from approvals.answers import ActionView
from approvals.findings import KEPT_MAX, Past, Similar, Subject
from approvals.policy.describe import amount_by, tool_spec
from approvals.policy.limits import counterpart_text
from tenancy import sql

SIMILAR_MAX = 5
# How far back to look among a tool's decisions for those of one agent, and among approvals for regretted ones.
LOOK_BACK = 200
APPROVED_MAX = 50
NOTHING = Past(since=None, approved=0, amounts=(), knows=False)

# Test actions are nobody's history. The doubled condition on `state` lets SQLite see that the partial index fits.
# Ordered by the moment and not by the id: for a rare tool PostgreSQL would else walk all actions by their primary key.
OF_TOOL = """from approvals_action where workspace_id = %s and tool = %s and state = '{state}'
 and state in ('approved', 'rejected') and created_at < %s and terms -> 'seeded' is null"""
EARLIER = OF_TOOL.replace("{state}", "approved") + " and decided_at <= %s"
PAST = """
with recent as (select amount, currency {earlier} order by created_at desc limit {kept})
select (select count(*) from recent) approved,
 (select cast({array}(cast(m.amount as text)) as text) from recent m
   where m.amount is not null and m.currency = %s) amounts,
 (select created_at {earlier} order by created_at limit 1) since,
 (select 1 {earlier} and counterpart = %s limit 1) knows
""".replace("{earlier}", EARLIER).replace("{kept}", str(KEPT_MAX))

SAME_COUNTERPART = """select * from (select id, 0 near {of_tool} and id <> %s and counterpart = %s
 and counterpart <> '' order by created_at desc limit {most}) c{state}"""
SAME_AGENT = """select * from (select id, 1 near from (select id, agent_id, created_at {of_tool} and id <> %s
 order by created_at desc limit {back}) b{state} where agent_id = %s order by created_at desc limit {most}) g{state}"""
SIMILAR = """
select s.near, a.id, a.amount, a.currency, a.state, d.source, d.edited, d.reason_code,
 cast(d.decided_by as text) decided_by, d.decided_at, x.status, x.drifted
from (select id, min(near) near from ({picked}) p group by id) s join approvals_action a on a.id = s.id
join approvals_decision d on d.action_id = a.id left join approvals_execution x on x.action_id = a.id
"""


def subject(view: ActionView) -> Subject:
    """The newest arguments, read by what the action's own policy version says about the tool."""
    spec = tool_spec(policies.compiled(view.policy_version_id), view.tool)
    args = orjson.loads(view.args)
    amount = amount_by(spec, args)
    counterpart = counterpart_text(spec, args) or ""
    return Subject(view.tool, args, spec, amount[0] if amount else None, amount[1] if amount else "", counterpart)


def past(view: ActionView, about: Subject) -> Past:
    """What was approved before the action was asked. Later decisions do not change the answer."""
    if about.spec is None or (about.amount is None and not about.counterpart):
        return NOTHING
    earlier = [view.workspace_id, view.tool, view.created_at, view.created_at]
    values = [*earlier, about.currency, *earlier, *earlier, about.counterpart]
    row = sql.one(sql.in_dialect(PAST), values)
    if row is None:
        return NOTHING
    amounts = tuple(Decimal(text) for text in orjson.loads(row["amounts"] or "[]"))
    return Past(sql.moment(row["since"]), row["approved"], amounts, row["knows"] is not None)


def similar(view: ActionView, about: Subject) -> list[Similar]:
    """At most SIMILAR_MAX: the same counterpart before the same agent; rejected, then regretted, then newest first.

    For a decided action only what was asked before it.
    """
    before = view.expires_at if view.is_open else view.created_at
    of_tool = [view.workspace_id, view.tool, before, view.id]
    parts, values = [], []
    for state, most in (("rejected", SIMILAR_MAX), ("approved", APPROVED_MAX)):
        for part, whose in ((SAME_COUNTERPART, about.counterpart), (SAME_AGENT, view.agent_id)):
            parts.append(part.replace("{of_tool}", OF_TOOL).format(state=state, most=most, back=LOOK_BACK))
            values += [*of_tool, whose]
    rows = sql.many(SIMILAR.replace("{picked}", " union all ".join(parts)), values)
    found = sorted(map(_similar, rows), key=lambda one: one.id, reverse=True)
    return sorted(found, key=_order)[:SIMILAR_MAX]


def _order(one: Similar) -> tuple[bool, int]:
    rank = 0 if one.state == "rejected" else 1 if one.is_regretted else 2
    return not one.is_same_counterpart, rank


def _similar(row: Any) -> Similar:
    return Similar(
        id=row["id"],
        is_same_counterpart=row["near"] == 0,
        state=row["state"],
        source=row["source"],
        edited=bool(row["edited"]),
        reason_code=row["reason_code"],
        decided_by=tuple(person["name"] for person in orjson.loads(row["decided_by"])),
        decided_at=sql.moment(row["decided_at"]) or datetime.min.replace(tzinfo=UTC),
        amount=None if row["amount"] is None else Decimal(str(row["amount"])),
        currency=row["currency"],
        execution=row["status"] or "",
        drifted=bool(row["drifted"]),
    )
