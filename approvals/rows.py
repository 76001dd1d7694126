"""The rows of our own tables, prepared from values. Nothing here touches the database or decides anything."""

from datetime import datetime
from hashlib import sha256
from typing import Any

from approvals.answers import ActionView, DecisionView, GrantView, Vote
from approvals.models import (
    Action,
    Alternative,
    Decision,
    Execution,
    Grant,
    IdempotencyKey,
    LimitUse,
    Message,
    Retraction,
    Review,
    Revision,
    Snapshot,
    Timer,
)
from audit.actor import Actor
from tenancy import ids
from tenancy.rows import Row

RISKS = ("low", "medium", "high", "critical")


def action(view: ActionView, claims: dict[str, Any]) -> Row:
    """`claims`: envelope, amount, currency, counterpart, group_key, supersedes."""
    values = {
        "id": view.id,
        "workspace_id": view.workspace_id,
        "agent_id": view.agent_id,
        "agent_version_id": view.agent_version_id,
        "key_id": view.key_id,
        "state": view.state,
        "version": view.version,
        "revision": view.revision,
        "tool": view.tool,
        "trace_id": view.trace_id,
        "risk": view.risk,
        "risk_rank": RISKS.index(view.risk),
        "policy_version_id": view.policy_version_id,
        "policy": view.policy,
        "terms": view.terms,
        "effect_sentence": view.effect_sentence,
        "question": view.question,
        "created_at": view.created_at,
        "target_at": view.target_at,
        "expires_at": view.expires_at,
        "decided_at": view.decided_at,
        **claims,
    }
    return Row(Action, values)


def revision(view: ActionView, author: Actor, changes: list[dict[str, Any]], at: datetime) -> Row:
    values = {
        "workspace_id": view.workspace_id,
        "action_id": view.id,
        "n": view.revision,
        "args": view.args,
        "digest": view.digest,
        "changes": changes,
        "author_id": author.id,
        "author_name": author.label,
        "created_at": at,
    }
    return Row(Revision, values)


def review(view: ActionView, vote: Vote, reason_code: str, comment: str) -> Row:
    values = {
        "id": vote.id,
        "workspace_id": view.workspace_id,
        "action_id": view.id,
        "revision": view.revision,
        "user_id": vote.user_id,
        "user_name": vote.name,
        "verdict": vote.verdict,
        "digest": view.digest,
        "groups": list(vote.groups),
        "reason_code": reason_code,
        "comment": comment,
        "door": vote.door,
        "n": view.undone.count(vote.user_id),
        "opened_at": vote.opened_at,
        "checks": list(vote.checks),
        "proof": {"authenticated_by": vote.authenticated_by, "evidence": list(vote.evidence)},
        "created_at": vote.at,
    }
    return Row(Review, values)


def alternative(view: ActionView, vote: Vote, call: bytes) -> Row:
    values = {
        "review_id": vote.id,
        "workspace_id": view.workspace_id,
        "action_id": view.id,
        "call": call,
        "created_at": vote.at,
    }
    return Row(Alternative, values)


def retraction(view: ActionView, vote: Vote, because: str, at: datetime) -> Row:
    values = {
        "id": ids.new("rtr", at),
        "workspace_id": view.workspace_id,
        "action_id": view.id,
        "review_id": vote.id,
        "because": because,
        "created_at": at,
    }
    return Row(Retraction, values)


def decision(view: ActionView, made: DecisionView) -> Row:
    values = {
        "id": made.id,
        "workspace_id": view.workspace_id,
        "action_id": view.id,
        "outcome": made.outcome,
        "source": made.source,
        "revision": made.revision,
        "edited": made.edited,
        "material": made.material,
        "changes": made.changes,
        "reason_code": made.reason_code,
        "comment": made.comment,
        "decided_by": made.decided_by,
        "decided_at": made.decided_at,
        "door": made.door,
        "event_id": made.event_id,
    }
    return Row(Decision, values)


def snapshot(view: ActionView, made: DecisionView, template: str, facts: dict[str, Any], canonical: bytes) -> Row:
    values = {
        "workspace_id": view.workspace_id,
        "action_id": view.id,
        "decision_id": made.id,
        "template": template,
        "facts": facts,
        "facts_sha256": sha256(canonical).hexdigest(),
        "created_at": made.decided_at,
    }
    return Row(Snapshot, values)


def grant(view: ActionView, drawn: GrantView) -> Row:
    values = {
        "id": drawn.id,
        "workspace_id": view.workspace_id,
        "action_id": view.id,
        "agent_id": view.agent_id,
        "revision": view.revision,
        "tool": view.tool,
        "args_sha256": drawn.args_sha256,
        "issued_at": drawn.issued_at,
        "expires_at": drawn.expires_at,
        "revoked_because": "",
    }
    return Row(Grant, values)


def execution(view: ActionView, at: datetime) -> Row:
    values = {
        "id": ids.new("exe", at),
        "workspace_id": view.workspace_id,
        "action_id": view.id,
        "status": "running",
        "spent_at": at,
        "report": {},
        "drifted": False,
    }
    return Row(Execution, values)


def timer(view: ActionView, kind: str, due_at: datetime, at: datetime) -> Row:
    values = {
        "id": ids.new("tmr", at),
        "workspace_id": view.workspace_id,
        "action_id": view.id,
        "kind": kind,
        "due_at": due_at,
    }
    return Row(Timer, values)


def message(view: ActionView, author: Actor, text: str, at: datetime) -> Row:
    values = {
        "id": ids.new("msg", at),
        "workspace_id": view.workspace_id,
        "action_id": view.id,
        "author_kind": author.kind.value,
        "author_id": author.id,
        "author_name": author.label,
        "text": text,
        "created_at": at,
    }
    return Row(Message, values)


def limit_use(view: ActionView, limit_id: str, key: str, amount: Any, at: datetime) -> Row:
    values = {
        "id": ids.new("lim", at),
        "workspace_id": view.workspace_id,
        "limit_id": limit_id,
        "key": key,
        "action_id": view.id,
        "amount": amount,
        "used_at": at,
    }
    return Row(LimitUse, values)


def remembered(*, caller_id: str, key: str, body_sha256: bytes, status: int, answer: bytes, at: datetime) -> Row:
    values = {
        "caller_id": caller_id,
        "key": key,
        "body_sha256": body_sha256,
        "status": status,
        "answer": answer,
        "created_at": at,
    }
    return Row(IdempotencyKey, values)
