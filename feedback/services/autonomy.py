"""Autonomy: a class of actions that earned it ends as a policy proposal, and loses it by itself.

The proposal is made by the system and waits for two people's signatures, as every change that loosens does. Losing it
asks nobody: from that moment on people are asked about everything that the agent does.
"""

import json
from datetime import datetime
from typing import Any

from accounts import queries as accounts
from approvals import policies
from approvals.errors import ApprovalError
from approvals.policy.compiled import compile_document
from approvals.policy.document import parse
from approvals.policy.drafting import inserted
from approvals.policy.errors import PolicyError
from approvals.policy.evaluate import evaluate
from approvals.policy.model import ToolSpec
from approvals.policy.trials import WHEN_UNSAID
from approvals.policy.verdict import Context
from approvals.services import policy_reading, proposals, stops
from audit import record
from audit.actor import SYSTEM
from audit.kinds import EventKind
from feedback import autonomy
from feedback.autonomy import Finding, Rule, Scope
from feedback.models import Autonomy
from feedback.queries import autonomy as queries
from feedback.queries import readiness
from feedback.queries.autonomy import Class
from tenancy import ids, scope

RULE = Rule()


def propose(*, at: datetime, workspace_id: str) -> int:
    """Proposes what was earned and is not proposed yet, for agents that meet the five controls; says how many."""
    active = policies.active(workspace_id)
    if active is None or accounts.is_alone(workspace_id):
        return 0
    unready, unknown = readiness.unready(workspace_id, at), readiness.lacking_without_record(workspace_id)
    made = 0
    for found in queries.classes(workspace_id):
        if unready.get(found.agent_id, unknown):
            continue
        scoped = scope_of(found.tool, active.policy.document.tools.get(found.tool))
        finding = autonomy.judge(scoped, found.record, RULE)
        if (
            finding.earned
            and not Autonomy.everywhere.filter(
                workspace_id=workspace_id, agent_id=found.agent_id, tool=found.tool, revoked_at=None
            ).exists()
        ):
            made += _propose(workspace_id, active.version_id, found, finding, at)
    return made


def revoke_lost(*, at: datetime, workspace_id: str) -> int:
    """Ends at once what a severe error, an alert, or audits took away; says how many."""
    ended = 0
    for row in Autonomy.everywhere.filter(workspace_id=workspace_id, revoked_at=None):
        found = queries.since(workspace_id, row.agent_id, row.tool, row.after)
        why = autonomy.lost(found.audits, RULE.target, severe=found.severe, alerts=found.alerts)
        if why:
            revoke(at=at, workspace_id=workspace_id, autonomy_id=row.pk, why=why)
            ended += 1
    return ended


def revoke(*, at: datetime, workspace_id: str, autonomy_id: str, why: str) -> None:
    """The proposal is withdrawn if it still waits; else people are asked about everything that the agent does."""
    with scope.acting(workspace_id):
        row = Autonomy.objects.select_for_update().get(pk=autonomy_id)
        row.revoked_at, row.why = at, why[:300]
        row.save(update_fields=["revoked_at", "why"])
        _note(EventKind.AUTONOMY_REVOKED, row, at, {"agent": row.agent_id, "tool": row.tool, "why": why})
        reason = f"Autonomy for {row.tool} was lost: {why}."
        stops.pull(
            actor=SYSTEM, at=at, workspace_id=workspace_id, mode="force_approvals", agent=row.agent_name, reason=reason
        )


def scope_of(tool: str, spec: ToolSpec | None) -> Scope:
    """What the policy's catalogue says of a tool. What moves money, deletes or is critical is never let through."""
    if spec is None:
        return Scope(tool, reversible=False)
    words = set(tool.lower().replace("_", ".").replace("-", ".").split("."))
    never = ""
    if spec.amount is not None or words & {"payment", "pay", "refund", "transfer", "payout"}:
        never = "payment"
    elif words & {"delete", "remove", "drop", "purge"}:
        never = "deletion"
    elif words & {"grant", "role", "permission", "permissions"}:
        never = "permission change"
    elif words & {"deploy", "release"}:
        never = "production deploy"
    elif words & {"secret", "credential", "credentials", "password", "key"}:
        never = "credentials"
    elif spec.risk == "critical":
        never = "critical action"
    return Scope(tool, spec.reversible, never)


def _propose(workspace_id: str, version_id: str, found: Class, finding: Finding, at: datetime) -> int:
    """0 where the policy would not let anything through by it, or refuses the document."""
    _, text = policy_reading.version(workspace_id, version_id)
    try:
        candidate, _ = inserted(text, "rules", _rule(found))
        through = _let_through(candidate, found)
    except (ValueError, PolicyError):
        return 0
    if not through:
        return 0
    note = (
        f"{found.agent_name} earned it: {finding.n - finding.failed} of {finding.n} calls of {found.tool} were right, "
        f"which shows at least {finding.lower:.1%} (one-sided 95 %), by {found.record.reviewers} reviewers over "
        f"{found.record.days} days. Of these, the rule would have let {through} through."
    )
    try:
        with scope.acting(workspace_id):
            signed = proposals.propose_policy(actor=SYSTEM, at=at, workspace_id=workspace_id, text=candidate, note=note)
            _keep(workspace_id, found, finding, signed.proposal_id, at)
    except ApprovalError:
        return 0
    return 1


def _keep(workspace_id: str, found: Class, finding: Finding, proposal_id: str, at: datetime) -> None:
    row = Autonomy(
        id=ids.new("aut", at),
        workspace_id=workspace_id,
        agent_id=found.agent_id,
        agent_name=found.agent_name,
        tool=found.tool,
        record={
            "n": finding.n,
            "failed": finding.failed,
            "lower": finding.lower,
            "reviewers": found.record.reviewers,
            "days": found.record.days,
        },
        proposal_id=proposal_id,
        after=found.newest,
        created_at=at,
    )
    row.save(force_insert=True)
    _note(EventKind.AUTONOMY_PROPOSED, row, at, {"agent": row.agent_id, "tool": row.tool, "proposal": proposal_id})


def _rule(found: Class) -> dict[str, Any]:
    name = f"earned-{found.agent_name}-{found.tool}".replace("*", "_").lower()
    when = [f"agent.name == {json.dumps(found.agent_name)}"]
    return {"id": name[:60], "tools": [found.tool], "when": when, "effect": "allow"}


def _let_through(text: str, found: Class) -> int:
    policy = compile_document(parse(text))
    return sum(evaluate(policy, _context(found, args)).effect == "allow" for args in found.args)


def _context(found: Class, args: dict[str, Any]) -> Context:
    return Context(agent=found.agent_name, actor=found.agent_name, tool=found.tool, args=args, now=WHEN_UNSAID)


def _note(kind: EventKind, row: Autonomy, at: datetime, data: dict[str, Any]) -> None:
    record.record(
        kind=kind, workspace_id=row.workspace_id, actor=SYSTEM, at=at, subject=("autonomy", row.pk), data=data
    )
