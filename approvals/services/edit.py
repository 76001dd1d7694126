"""An edit: the same action with other arguments, checked again against everything that governs it."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import orjson
from msgspec.structs import replace

from approvals import asking, digest, patch, policies, rows
from approvals import envelope as envelopes
from approvals.answers import ActionView
from approvals.envelope import Envelope
from approvals.errors import EditRefused, Fault
from approvals.policy.describe import amount_of, counterpart_of, effect_sentence
from approvals.policy.evaluate import evaluate
from approvals.policy.limits import limits_for
from approvals.policy.model import VersionState
from approvals.policy.verdict import LimitCharge, Verdict
from approvals.strict_json import ARGUMENTS_MAX


@dataclass(frozen=True, slots=True)
class Edited:
    """`after` is the next revision with no votes, `changes` the columns of the action that move with it."""

    after: ActionView
    patch: list[dict[str, Any]]
    changes: dict[str, Any]


def edited(before: ActionView, args: bytes, at: datetime) -> Edited:
    """The next revision with these canonical arguments.

    Raises EditRefused: too large, outside `editable`, against the tool's schema, or denied by the frozen policy.
    """
    if len(args) > ARGUMENTS_MAX:
        raise EditRefused("The arguments take over 64 KiB. Shorten them.", code="arguments_too_large")
    tree = orjson.loads(args)
    if not isinstance(tree, dict):
        raise EditRefused("Arguments are a JSON object of names and values.", code="wrong_type")
    steps = patch.between(orjson.loads(before.args), tree)
    _check_editable(before, steps)
    policy = policies.compiled(before.policy_version_id)
    verdict = evaluate(policy, asking.context(envelope_of(before), **_asked(before, tree), at=at))
    _check_verdict(verdict)
    schema = policy.schema_sha256(before.tool)
    terms = asking.raised(before.terms, asking.terms(verdict, envelope_of(before), schema_sha256=schema))
    risk = max(before.risk, verdict.risk, key=rows.RISKS.index)
    effect = effect_sentence(policy, before.tool, tree) or ""
    amount = amount_of(policy, before.tool, tree)
    next_one = replace(
        before,
        revision=before.revision + 1,
        args=args,
        digest=digest.action_digest(
            workspace=before.workspace_id,
            agent=before.agent_id,
            tool=before.tool,
            tool_schema_sha256=schema,
            args=args,
            revision=before.revision + 1,
        ),
        votes=(),
        undone=(),
        closing_at=None,
        proposed=before.proposed or before.args,
        terms=terms,
        risk=risk,
        effect_sentence=effect,
    )
    changes = {
        "terms": terms,
        "risk": risk,
        "risk_rank": rows.RISKS.index(risk),
        "effect_sentence": effect,
        "amount": amount[0] if amount else None,
        "currency": amount[1] if amount else "",
        "counterpart": counterpart_of(policy, before.tool, tree) or "",
    }
    return Edited(next_one, steps, changes)


def envelope_of(view: ActionView) -> Envelope:
    """The envelope as it came in, with the newest arguments."""
    call = {"name": view.tool, "args": orjson.loads(view.args)}
    return envelopes.read({**(view.envelope or {}), "tool_call": call})


def charges_of(view: ActionView, at: datetime) -> tuple[LimitCharge, ...]:
    """What running the newest arguments would take from the limits of the frozen policy."""
    policy = policies.compiled(view.policy_version_id)
    if not policy.plan(view.tool).limits:
        return ()
    asked = _asked(view, orjson.loads(view.args))
    return limits_for(policy, asking.context(envelope_of(view), **asked, at=at))


def _asked(view: ActionView, args: Any) -> dict[str, Any]:
    # People decide now, so the version's own state has had its say at opening.
    manifest: VersionState | None = None
    return {"agent": view.agent_name, "manifest": manifest, "args": args}


def _check_editable(before: ActionView, steps: list[dict[str, Any]]) -> None:
    allowed = before.terms["editable"]
    if allowed is None:
        return
    faults = [
        Fault("/tool_call/args" + step["path"], "not_editable", "The agent can only take changes of other arguments.")
        for step in steps
        if not any(step["path"] == p or step["path"].startswith(p + "/") for p in allowed)
    ]
    if faults:
        may = f"Only {', '.join(allowed)}" if allowed else "Nothing"
        raise EditRefused(f"{may} may be edited here. Reject it instead.", code="not_editable", faults=faults)


def _check_verdict(verdict: Verdict) -> None:
    if verdict.unprocessable:
        faults = [Fault("/tool_call/args" + p.pointer, p.code, p.detail) for p in verdict.schema_problems]
        raise EditRefused("The edited arguments do not fit the tool's schema.", code="schema_mismatch", faults=faults)
    if verdict.effect == "deny":
        raise EditRefused(f"The policy denies these arguments: {verdict.explanation}", code="denied_by_policy")
