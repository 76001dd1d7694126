"""Random days at the desk, through the verbs that everybody uses, and the same numbers counted slowly."""

import random
from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import orjson

from approvals.answers import ActionView
from approvals.endings import VIOLATIONS
from approvals.models import Action, Decision, Escalation, Execution, Revision
from tests.approvals.escalating import PLAN, sweep
from tests.approvals.presses import edit, report, spend, withdraw
from tests.cast import POLICY, Stage, use_policy

LONG = (
    POLICY.replace("expires_in: 4h", "expires_in: 20d, escalation: ring").replace("within: 15m", "within: 20d") + PLAN
)
TOOLS: tuple[tuple[str, dict[str, Any]], ...] = (
    ("billing.refund", {"customer_id": "cus_1", "amount_usd": 20, "note": "Once"}),
    ("billing.refund", {"customer_id": "cus_2", "amount_usd": 80, "note": "Late"}),
    ("billing.refund", {"customer_id": "cus_3", "amount_usd": 90, "note": "Twice"}),
    ("crm.note", {"text": "Prefers e-mail."}),
    ("crm.delete", {"id": "1"}),
    ("unheard.of", {"a": 1}),
)
TRACE = {"url": "https://traces.example/1"}


def live_through(stage: Stage, chance: random.Random, actions: int, days: float = 3) -> None:
    """Actions over the last days, and whatever may become of them."""
    use_policy(stage, LONG)
    begins = stage.at - timedelta(days=days)
    for moment in sorted(chance.uniform(0, days * 86_400) for _ in range(actions)):
        at = begins + timedelta(seconds=moment)
        view = _ask(stage, chance, at)
        later = min(stage.at, at + timedelta(seconds=chance.choice((0.4, 3, 60, 700, 4000, 90_000)) * chance.random()))
        if view.is_open:
            view = _decide(stage, chance, view, later)
        if view.state == "approved" and chance.random() < 0.7:
            _run(stage, chance, view, later)
    sweep(stage.at)


def _ask(stage: Stage, chance: random.Random, at: datetime) -> ActionView:
    tool, args = chance.choice(TOOLS)
    claims: dict[str, Any] = {}
    if chance.random() < 0.7:
        claims["trace_id"] = f"tr_{chance.randrange(8)}"
    if chance.random() < 0.5:
        claims["trace"] = TRACE
    if chance.random() < 0.5:
        claims["usage"] = {
            "cost": {"value": f"0.{chance.randrange(1000):03}", "currency": chance.choice(("USD", "EUR"))}
        }
    if chance.random() < 0.4:
        claims["agent_version"] = {"model": f"m{chance.randrange(2)}"}
    return stage.submit(tool, args, at=at, **claims)


def _decide(stage: Stage, chance: random.Random, view: ActionView, at: datetime) -> ActionView:
    what = chance.randrange(6)
    if what == 0:
        return stage.review("ben", view, "reject", reason_code=chance.choice(("other", "not_needed")), at=at)
    if what == 1:
        return withdraw(stage, view, at=at)
    if what == 2 and view.tool == "billing.refund":
        material = chance.random() < 0.5
        changed = {"amount_usd": 60} if material else {"note": orjson.loads(view.args)["note"].upper()}
        return edit(stage, "ada", view, at=at, **changed)
    if what == 3:
        return view
    return stage.review("ada", view, at=at)


def _run(stage: Stage, chance: random.Random, view: ActionView, at: datetime) -> None:
    spend(stage, view, at=at)
    if chance.random() < 0.8:
        usage = {"usage": {"cost": {"value": "1.5", "currency": "USD"}}} if chance.random() < 0.5 else {}
        report(stage, view, chance.choice(("succeeded", "succeeded", "failed")), at=at, **usage)


@dataclass
class Slow:
    """The numbers of one span, counted action by action without any of the code that is tested."""

    cells: Counter[tuple[str, ...]] = field(default_factory=Counter)
    reasons: Counter[str] = field(default_factory=Counter)
    reviewed: Counter[str] = field(default_factory=Counter)
    times: list[float] = field(default_factory=list)
    tasks: Counter[str] = field(default_factory=Counter)
    costs: dict[str, Decimal] = field(default_factory=dict)


def counted_slowly(workspace_id: str, since: datetime, until: datetime) -> Slow:
    """By (count, tool, rule) for what is in the cells."""
    slow = Slow()
    decisions = {row.action_id: row for row in Decision.everywhere.filter(workspace_id=workspace_id)}
    executions = {row.action_id: row for row in Execution.everywhere.filter(workspace_id=workspace_id)}
    actions = list(Action.everywhere.filter(workspace_id=workspace_id).order_by("id"))
    for action in actions:
        if since <= action.created_at < until:
            _count(slow, action, decisions.get(action.id), executions.get(action.id))
    for trace in {action.trace_id for action in actions if action.trace_id}:
        members = [action for action in actions if action.trace_id == trace]
        if since <= members[0].created_at < until:
            _count_task(slow, members, executions)
    return slow


def _count(slow: Slow, action: Action, made: Decision | None, ran: Execution | None) -> None:
    rule = action.policy["rule"] or ""
    told = list(Escalation.everywhere.filter(action_id=action.id, outcome="told").values_list("level", flat=True))
    top = max((level + 1 for level in told if level is not None), default=0)
    people = made is not None and made.source == "people"
    names = ["proposed", {"allow": "allowed", "deny": "denied", "require_approval": "asked"}[action.policy["effect"]]]
    if made and made.source == "policy" and made.outcome == "rejected" and made.reason_code in VIOLATIONS:
        names.append("violations")
    if made and people:
        names.append("rejected" if made.outcome == "rejected" else "edited" if made.edited else "approved")
        slow.times.append((made.decided_at - action.created_at).total_seconds())
        if made.edited and _amount(action.id, "first") != _amount(action.id, "last"):
            names.append("material")
    if made and people:
        said = "overridden" if {"rejected", "material"} & set(names) else "upheld"
        slow.reviewed[f"{said}:{made.decided_by[-1]['id']}"] += 1
    if action.state == "withdrawn":
        names.append("withdrawn")
    if made and people and made.decided_at > action.target_at:
        names.append("late")
    if action.policy["effect"] == "require_approval" and action.terms["escalation"]:
        names.append("planned")
    names += [f"level{n}" for n in range(1, top + 1)]
    if ran and ran.status != "running":
        names.append(ran.status)
    if action.trace_id and "trace" in action.envelope:
        names.append("traced")
    slow.cells.update((name, action.tool, rule) for name in names)
    if made and made.reason_code and made.source in {"policy", "people"}:
        word = "denied" if not people else "edited" if made.outcome == "approved" else "rejected"
        slow.reasons[f"{word}:{made.reason_code}"] += 1


def _amount(action_id: str, which: str) -> Any:
    rows = Revision.everywhere.filter(action_id=action_id).order_by("n")
    found = rows.first() if which == "first" else rows.last()
    assert found is not None
    return orjson.loads(bytes(found.args)).get("amount_usd")


def _count_task(slow: Slow, members: list[Action], executions: dict[str, Execution]) -> None:
    states = {action.state for action in members}
    ran = [executions[action.id] for action in members if action.id in executions]
    statuses = {row.status for row in ran}
    if "pending" in states or "running" in statuses:
        slow.tasks["open"] += 1
    elif states & {"rejected", "expired"} or statuses & {"failed", "unknown"}:
        slow.tasks["failed"] += 1
    else:
        slow.tasks["succeeded" if "succeeded" in statuses else "idle"] += 1
    for told in [action.envelope.get("usage") for action in members] + [row.report.get("usage") for row in ran]:
        if told and told.get("cost"):
            cost = told["cost"]
            slow.costs[cost["currency"]] = slow.costs.get(cost["currency"], Decimal(0)) + Decimal(cost["value"])
