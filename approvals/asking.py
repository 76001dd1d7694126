"""From an envelope to the policy's question, and from its verdict to the terms that an action is opened on. Pure."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import msgspec

from approvals.envelope import Envelope
from approvals.policy.model import VersionState
from approvals.policy.stops import Stop
from approvals.policy.verdict import Context, Verdict

History = Mapping[str, Decimal | int]


def context(
    envelope: Envelope,
    *,
    agent: str,
    manifest: VersionState | None,
    args: Mapping[str, Any],
    at: datetime,
    history: History | None = None,
    stops: tuple[Stop, ...] = (),
    label: str = "",
) -> Context:
    """What the policy is asked. Of what it reads of the version, `manifest` and `label` (the one that an admin bound to
    it) are ours; but for these, `agent`, `at`, `history` and `stops` it is the agent's claim.
    """
    return Context(
        tool=envelope.tool_call.name,
        args=args,
        actor=envelope.actor or agent,
        agent=agent,
        now=at,
        agent_version=label or None,
        manifest=manifest,
        intent=envelope.intent,
        confidence=envelope.confidence,
        uncertain=envelope.uncertain,
        constraints=envelope.constraints,
        impact=msgspec.to_builtins(envelope.impact) if envelope.impact else {},
        evidence=msgspec.to_builtins(envelope.evidence) if envelope.evidence else (),
        usage=usage(envelope),
        trace_id=envelope.trace_id,
        on_behalf_of=envelope.on_behalf_of,
        history=history or {},
        stops=stops,
    )


def usage(envelope: Envelope) -> dict[str, Any]:
    return msgspec.to_builtins(envelope.usage) if envelope.usage else {}


def terms(verdict: Verdict, envelope: Envelope, *, schema_sha256: str | None) -> dict[str, Any]:
    """What governs the action from now on, whatever the policy becomes. Durations in seconds."""
    duties = verdict.obligations
    return {
        "needs": [{"group": need.group, "quorum": need.quorum} for need in duties.needs],
        "reject_quorum": duties.reject_quorum,
        "second_person_for_edits": duties.second_person_for_edits,
        "checks": list(duties.checks),
        "evidence": list(duties.evidence),
        "step_up": duties.step_up,
        "undo": _seconds(verdict.undo, None),
        "dwell": _seconds(verdict.dwell, None),
        "escalation": duties.escalation,
        "execute_within": _seconds(duties.execute_within, envelope.execute_within),
        "result_within": _seconds(duties.result_within, None),
        "no_grant": verdict.no_grant,
        "on_behalf_of": envelope.on_behalf_of,
        "editable": envelope.editable,
        "tool_schema": schema_sha256,
    }


def raised(old: Mapping[str, Any], new: Mapping[str, Any]) -> dict[str, Any]:
    """The terms after an edit: each obligation at its stricter value, so that an edit never loosens anything."""
    quorums: dict[str, int] = {need["group"]: need["quorum"] for need in old["needs"]}
    for need in new["needs"]:
        quorums[need["group"]] = max(need["quorum"], quorums.get(need["group"], 0))
    return {
        **old,
        "needs": [{"group": group, "quorum": quorum} for group, quorum in sorted(quorums.items())],
        "reject_quorum": min(old["reject_quorum"], new["reject_quorum"]),
        "second_person_for_edits": old["second_person_for_edits"] or new["second_person_for_edits"],
        "checks": list(dict.fromkeys([*old["checks"], *new["checks"]])),
        "step_up": old["step_up"] or new["step_up"],
        # An action that was opened before these were frozen has none.
        "evidence": list(dict.fromkeys([*old.get("evidence", []), *new["evidence"]])),
        "undo": max(old.get("undo", 0), new["undo"]),
        "dwell": max(old.get("dwell", 0), new["dwell"]),
        "execute_within": min(old["execute_within"], new["execute_within"]),
        "result_within": min(old["result_within"], new["result_within"]),
        "no_grant": old["no_grant"] or new["no_grant"],
        "tool_schema": new["tool_schema"],
    }


def reasoned(verdict: Verdict, version_id: str) -> dict[str, Any]:
    """The policy's answer as it is kept with the action, so that it can be explained and replayed."""
    return {
        "version": version_id,
        "effect": verdict.effect,
        "rule": verdict.rule,
        "explanation": verdict.explanation,
        "reason": verdict.reason,
        "notes": list(verdict.notes),
        "tier": verdict.tier,
        "flags": list(verdict.flags),
        "engine": verdict.engine,
        "trace": [[c.rule, c.clause, c.result, [list(pair) for pair in c.read]] for c in verdict.trace],
        **({"standing_grant": verdict.standing_grant} if verdict.standing_grant else {}),
    }


def expires_at(verdict: Verdict, envelope: Envelope, at: datetime) -> datetime:
    return at + timedelta(seconds=_seconds(verdict.obligations.expires_in, envelope.expires_in))


def _seconds(policy: timedelta, asked: int | None) -> int:
    """Policy's duration, or the caller's where it is shorter: a caller can only tighten."""
    seconds = int(policy.total_seconds())
    return seconds if asked is None else min(seconds, asked)
