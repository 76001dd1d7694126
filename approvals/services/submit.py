"""submit: an agent asks, policy answers at once or people are asked. validate: the same question, nothing kept."""

import time
from contextlib import nullcontext
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import msgspec
from django.db import transaction

from accounts import queries as accounts_queries
from accounts import services as accounts
from accounts.queries import Caller
from approvals import asking, digest, lifecycle, queries, strict_json
from approvals.answers import ActionView
from approvals.endings import Ending
from approvals.envelope import Envelope, claims
from approvals.errors import (
    AlreadyAnswered,
    BadRequest,
    BrokenContract,
    CallerGone,
    Fault,
    NotFound,
    PolicyMoved,
    TooLarge,
)
from approvals.lifecycle import Extras, Remember, Written
from approvals.policies import Active
from approvals.policy.describe import amount_of, counterpart_of, effect_sentence
from approvals.policy.evaluate import evaluate
from approvals.policy.limits import limits_for
from approvals.policy.verdict import Context, LimitCharge, Verdict
from approvals.services.limits import lock_and_sum, reservations
from approvals.services.policy import ensure_policy
from approvals.services.revoke import revoke
from approvals.states import Source, State
from audit.actor import Actor
from tenancy import ids, scope

ATTEMPTS = 3
BELIEVED_SECONDS = 5.0
KEPT = 10_000
SUPERSEDED = ("superseded", "A newer action replaced this one.")

_versions: dict[tuple[str, str], tuple[float, str, str]] = {}


@dataclass(frozen=True, slots=True)
class Validation:
    """What would happen to a call. `problems` break the tool's schema."""

    verdict: Verdict
    problems: tuple[Fault, ...]


@dataclass(frozen=True, slots=True)
class _Call:
    """One submission on its way: what was asked, by whom, and what the workspace knows of the version."""

    actor: Actor
    at: datetime
    caller: Caller
    envelope: Envelope
    args: bytes
    version_id: str | None
    bound_label: str
    remember: Remember | None


def submit(
    *, actor: Actor, at: datetime, caller: Caller, envelope: Envelope, remember: Remember | None = None
) -> ActionView:
    """Opens an action and answers what policy says of it.

    `remember` prepares the row by which an idempotency key keeps this answer, in the same transaction. Raises
    BadRequest and its kin, CallerGone, PolicyMoved, AlreadyAnswered.
    """
    _check_actor(caller, envelope)
    args = strict_json.canonical(envelope.tool_call.args)
    if len(args) > strict_json.ARGUMENTS_MAX:
        raise TooLarge(
            f"The arguments take {len(args)} bytes of {strict_json.ARGUMENTS_MAX}. Pass a reference to large material.",
            code="arguments_too_large",
            faults=[Fault("/tool_call/args", "too_large", "Shorten the arguments to 64 KiB.")],
        )
    version_id, bound_label = _version(actor, at, caller, envelope)
    call = _Call(actor, at, caller, envelope, args, version_id, bound_label, remember)
    for attempt in range(ATTEMPTS):
        active = ensure_policy(caller.workspace_id, at=at, fresh=attempt > 0)
        written, view = _try(call, active)
        if written is Written.YES:
            return view
        if written is Written.DUPLICATE:
            raise AlreadyAnswered("This idempotency key was answered before.")
        if not accounts_queries.is_live(caller, at):
            raise CallerGone("This key or its agent was switched off a moment ago. Nothing was stored.")
    raise PolicyMoved("The policy or a stop switch is being changed right now. Nothing was stored; send it again.")


def validate(*, at: datetime, caller: Caller, envelope: Envelope) -> Validation:
    """The whole check of a call without storing anything."""
    _check_actor(caller, envelope)
    active = ensure_policy(caller.workspace_id, at=at)
    manifest = active.policy.version_state(
        caller.agent_name, label=None, has_manifest=envelope.agent_version is not None
    )
    asked = asking.context(
        envelope,
        agent=caller.agent_name,
        manifest=manifest,
        args=envelope.tool_call.args,
        at=at,
        stops=active.stops,
    )
    verdict = evaluate(active.policy, asked)
    return Validation(verdict, schema_faults(verdict))


def forget_versions() -> None:
    """This process looks at the versions of agents again at the next use."""
    _versions.clear()


def schema_faults(verdict: Verdict) -> tuple[Fault, ...]:
    return tuple(Fault("/tool_call/args" + p.pointer, p.code, p.detail) for p in verdict.schema_problems)


def _try(call: _Call, active: Active) -> tuple[Written, ActionView]:
    asked = _context(call, active)
    charges = limits_for(active.policy, asked)
    together = bool(charges) or call.envelope.supersedes is not None
    with scope.acting(call.caller.workspace_id) if together else nullcontext():
        used = lock_and_sum(call.caller.workspace_id, charges, call.at)
        if call.envelope.supersedes:
            _supersede(call, call.envelope.supersedes)
            # What the old action had reserved may be free again. The locks come first: nobody waits in a circle.
            used = lock_and_sum(call.caller.workspace_id, charges, call.at)
        verdict = evaluate(active.policy, replace(asked, history=used) if used else asked)
        if verdict.unprocessable:
            raise BrokenContract(
                f"The arguments do not fit the schema of {call.envelope.tool_call.name}. Nothing was stored.",
                faults=schema_faults(verdict),
            )
        written, view = _open(call, active, verdict, charges)
        if together and written is not Written.YES:
            transaction.set_rollback(True)
    return written, view


def _context(call: _Call, active: Active) -> Context:
    agent = call.caller.agent_name
    return asking.context(
        call.envelope,
        agent=agent,
        manifest=active.version_state(agent, version_id=call.version_id, label=call.bound_label),
        args=call.envelope.tool_call.args,
        at=call.at,
        stops=active.stops,
        label=call.bound_label,
    )


def _open(
    call: _Call, active: Active, verdict: Verdict, charges: tuple[LimitCharge, ...]
) -> tuple[Written, ActionView]:
    ending = _ending(verdict)
    envelope = call.envelope
    view = _view(call, active, verdict)
    amount = amount_of(active.policy, view.tool, envelope.tool_call.args)
    runs = ending is not None and ending.state is State.APPROVED and not view.terms["no_grant"]
    reserved = reservations(view, charges, call.at) if runs else ()
    extra = {
        "envelope": view.envelope,
        "amount": amount[0] if amount else None,
        "currency": amount[1] if amount else "",
        "counterpart": counterpart_of(active.policy, view.tool, envelope.tool_call.args) or "",
        "group_key": envelope.group_key or "",
        "supersedes": envelope.supersedes or "",
    }
    return lifecycle.open(
        view,
        claims=extra,
        stops_id=active.stops_id,
        ending=ending,
        actor=call.actor,
        at=call.at,
        extras=Extras(rows=reserved, remember=call.remember),
    )


def _view(call: _Call, active: Active, verdict: Verdict) -> ActionView:
    envelope, caller = call.envelope, call.caller
    schema = active.policy.schema_sha256(envelope.tool_call.name)
    return ActionView(
        id=ids.new("act", call.at),
        workspace_id=caller.workspace_id,
        workspace_slug=caller.workspace_slug,
        state=State.PENDING.value,
        version=0,
        revision=1,
        digest=digest.action_digest(
            workspace=caller.workspace_id,
            agent=caller.agent_id,
            tool=envelope.tool_call.name,
            tool_schema_sha256=schema,
            args=call.args,
            revision=1,
        ),
        tool=envelope.tool_call.name,
        args=call.args,
        agent_id=caller.agent_id,
        agent_name=caller.agent_name,
        agent_owner_id=caller.owner_id,
        agent_version_id=call.version_id,
        key_id=caller.key_id,
        trace_id=envelope.trace_id or "",
        risk=verdict.risk,
        policy_version_id=active.version_id,
        policy=asking.reasoned(verdict, active.version_id),
        terms=asking.terms(verdict, envelope, schema_sha256=schema),
        effect_sentence=effect_sentence(active.policy, envelope.tool_call.name, envelope.tool_call.args) or "",
        question="",
        created_at=call.at,
        target_at=call.at + verdict.obligations.target,
        expires_at=asking.expires_at(verdict, envelope, call.at),
        decided_at=None,
        envelope=claims(envelope),
        author_id=call.actor.id,
    )


def _ending(verdict: Verdict) -> Ending | None:
    if verdict.effect == "allow":
        return Ending(State.APPROVED, Source.POLICY)
    if verdict.effect == "deny":
        source = Source.STOP_SWITCH if verdict.reason_code == "stopped" else Source.POLICY
        return Ending(State.REJECTED, source, verdict.reason_code or "denied_by_policy", verdict.explanation)
    return None


def _supersede(call: _Call, old_id: str) -> None:
    """The action that this one replaces is withdrawn where it still waits, and loses a grant that is not spent."""
    ending = Ending(State.WITHDRAWN, Source.AGENT, "superseded")
    for _ in range(ATTEMPTS):
        try:
            old = queries.find(call.caller.workspace_id, old_id, envelope=True, agent_id=call.caller.agent_id)
        except NotFound as error:
            fault = Fault("/supersedes", "not_found", "Name an action of this agent, or leave it out.")
            raise BadRequest("`supersedes` names no action of this agent.", faults=[fault]) from error
        # A vote in this very moment moves its version: look again. One whose time is over ends by itself.
        if not old.is_open:
            if old.grant and old.grant.expires_at > call.at:
                revoke(old, old.grant, SUPERSEDED, actor=call.actor, at=call.at)
            return
        written, _ = lifecycle.decide(old, ending, actor=call.actor, at=call.at, extras=Extras())
        if written is Written.YES:
            return


def _check_actor(caller: Caller, envelope: Envelope) -> None:
    claimed, name = envelope.actor, caller.agent_name
    if claimed and claimed != name and not claimed.startswith(name + "_"):
        fault = Fault("/actor", "wrong_actor", f"This key belongs to {name}; send that name, or {name}_<version>.")
        raise BadRequest("`actor` is not the agent that this key belongs to.", code="wrong_actor", faults=[fault])


def _version(actor: Actor, at: datetime, caller: Caller, envelope: Envelope) -> tuple[str | None, str]:
    """Id of the agent's version and the label that an admin bound to it; an unknown manifest registers itself."""
    if envelope.agent_version is None:
        return None, ""
    declared: dict[str, Any] = msgspec.to_builtins(envelope.agent_version)
    key = (caller.agent_id, strict_json.canonical(declared).decode())
    known = _versions.get(key)
    if known is None or known[0] < time.monotonic():
        version = accounts.register_version(
            actor=actor, at=at, workspace_id=caller.workspace_id, agent_id=caller.agent_id, manifest=declared
        )
        if len(_versions) >= KEPT:
            _versions.clear()
        known = _versions[key] = (time.monotonic() + BELIEVED_SECONDS, version.id, version.bound_label)
    return known[1], known[2]
