"""One call into the domain for each endpoint, with its answer as bytes."""

from collections.abc import Callable
from typing import Any

import msgspec
import orjson

from accounts.queries import Caller, Member
from agents_api import auth, errors, output, reading
from agents_api.idempotency import Answer, Ticket
from agents_api.serializers import BatchIn, ResultIn, ReviewIn
from approvals import envelope, services, strict_json
from approvals.answers import ActionView, Seen
from approvals.envelope import Envelope
from approvals.errors import ApprovalError
from approvals.services import Report, counting


def submit(ticket: Ticket, caller: Caller, asked: Envelope) -> Answer:
    return ticket.deciding(
        201,
        lambda remember: services.submit(
            actor=caller.actor, at=ticket.at, caller=caller, envelope=asked, remember=remember
        ),
    )


def submit_each(ticket: Ticket, caller: Caller, asked: BatchIn) -> Answer:
    """207 with one result for each item, in order. Each is an action of its own, and is replayed by itself."""
    results = [_submit_one(ticket.item(n), caller, item) for n, item in enumerate(asked.actions)]
    items = [
        {"status": result.status, "action" if result.status < 400 else "problem": orjson.Fragment(result.body)}
        for result in results
    ]
    return Answer(207, output.dumps({"items": items}), replayed=all(result.replayed for result in results))


def _submit_one(ticket: Ticket, caller: Caller, item: Any) -> Answer:
    try:
        return submit(ticket, caller, envelope.read(item))
    except ApprovalError as error:
        return ticket.refusal(error)


def validate(ticket: Ticket, caller: Caller, asked: Envelope) -> Answer:
    """The whole check; nothing is stored, so there is nothing to remember either."""
    found = services.validate(at=ticket.at, caller=caller, envelope=asked)
    answer = {
        "compatible": not found.problems,
        "effect": found.verdict.effect,
        "rule": found.verdict.rule,
        "explanation": found.verdict.explanation,
        "problems": [{"pointer": p.pointer, "code": p.code, "detail": p.detail} for p in found.problems],
    }
    return Answer(200, output.dumps(answer))


def review(ticket: Ticket, member: Member, action_id: str, asked: ReviewIn, seen: Seen | None) -> Answer:
    args, better = _edited_args(member, action_id, asked), asked.alternative
    return ticket.deciding(
        200,
        lambda remember: services.review(
            actor=auth.actor_of(member),
            at=ticket.at,
            member=member,
            action_id=action_id,
            revision=asked.revision,
            digest=bytes.fromhex(asked.digest.removeprefix("sha256:")),
            verdict=asked.verdict,
            args=args,
            reason_code=asked.reason_code or "",
            comment=asked.comment or "",
            checks=asked.checks,
            alternative=envelope.spelled(better.name, strict_json.canonical(better.args)) if better else b"",
            remember=remember,
            seen=seen,
        ),
    )


def _edited_args(member: Member, action_id: str, asked: ReviewIn) -> bytes | None:
    if asked.tool_call is None:
        return None
    if asked.verdict != "approve":
        detail = "Leave tool_call out when you reject; an edit is an approval of other arguments."
        raise errors.invalid("/tool_call", "edit_without_approval", detail)
    if asked.tool_call.name != reading.find(member, action_id).tool:
        detail = "An edit keeps the tool. Send the action's own tool name, or reject it."
        raise errors.invalid("/tool_call/name", "wrong_tool", detail)
    return strict_json.canonical(asked.tool_call.args)


def undo(ticket: Ticket, member: Member, action_id: str) -> Answer:
    actor = auth.actor_of(member)
    return _changed(ticket, lambda: services.undo(actor=actor, at=ticket.at, member=member, action_id=action_id))


def spend(ticket: Ticket, caller: Caller, action_id: str, grant: str) -> Answer:
    def take() -> Answer:
        spent = services.spend(actor=caller.actor, at=ticket.at, caller=caller, action_id=action_id, grant=grant)
        return Answer(200, output.spent_out(spent.tool, spent.args, spent.spent_at, spent.execution_key))

    return ticket.around(take)


def report(ticket: Ticket, caller: Caller, action_id: str, asked: ResultIn) -> Answer:
    told: dict[str, Any] = msgspec.to_builtins(asked)
    details = {
        name: value for name, value in told.items() if name not in {"status", "executed_args"} and value is not None
    }
    kept = Report(asked.status, asked.executed_args, details)
    return _changed(
        ticket,
        lambda: services.report(actor=caller.actor, at=ticket.at, caller=caller, action_id=action_id, told=kept),
    )


def withdraw(ticket: Ticket, caller: Caller, action_id: str, reason: str) -> Answer:
    return _changed(
        ticket,
        lambda: services.withdraw(actor=caller.actor, at=ticket.at, caller=caller, action_id=action_id, reason=reason),
    )


def answer(ticket: Ticket, caller: Caller, action_id: str, text: str) -> Answer:
    return _changed(
        ticket,
        lambda: services.answer(actor=caller.actor, at=ticket.at, caller=caller, action_id=action_id, text=text),
    )


def _changed(ticket: Ticket, verb: Callable[[], ActionView]) -> Answer:
    """None of these verbs leaves a grant to be spent, so the answer can be kept as it is."""
    return ticket.around(lambda: Answer(200, output.action_out(counting.counted(verb()), None)))
