"""ask and answer: the reviewer's question and the agent's reply. withdraw: the agent no longer wants it."""

from datetime import datetime

from accounts.queries import Caller, Member
from approvals import lifecycle, queries, rights
from approvals.answers import ActionView
from approvals.endings import Ending
from approvals.errors import AlreadyDecided, BadRequest, Conflict, Fault
from approvals.lifecycle import Extras, Written
from approvals.services.callers import refuse_gone
from approvals.services.expiry import expire
from approvals.states import Source, State
from audit.actor import Actor

TEXT_MAX = 4000
ATTEMPTS = 8


def ask(*, actor: Actor, at: datetime, member: Member, action_id: str, text: str) -> ActionView:
    """Puts a question to the agent; the clock goes on. Raises the Conflict and Forbidden families, BadRequest."""
    question = _text(text)
    for _ in range(ATTEMPTS):
        before = queries.find(member.workspace_id, action_id, envelope=True)
        refused = rights.refusal(before, member, "ask")
        if refused:
            raise refused
        written, after = lifecycle.converse(before, text=question, actor=actor, at=at, extras=Extras())
        if written is Written.YES:
            return after
        _refuse_expired(before, at)
    raise Conflict("This action is changing too fast. Nothing was stored; try again.")


def answer(*, actor: Actor, at: datetime, caller: Caller, action_id: str, text: str) -> ActionView:
    """The agent's words for the reviewers. Raises AlreadyDecided, BadRequest, CallerGone, NotFound."""
    reply = _text(text)
    for _ in range(ATTEMPTS):
        before = queries.find(caller.workspace_id, action_id, envelope=True, agent_id=caller.agent_id)
        refuse_gone(caller, at)
        if not before.is_open:
            raise AlreadyDecided(rights.how_it_ended(before))
        written, after = lifecycle.converse(before, text=reply, actor=actor, at=at, extras=Extras())
        if written is Written.YES:
            return after
        _refuse_expired(before, at)
    raise Conflict("This action is changing too fast. Nothing was stored; try again.")


def withdraw(*, actor: Actor, at: datetime, caller: Caller, action_id: str, reason: str) -> ActionView:
    """Ends a pending action at its agent's wish. Raises AlreadyDecided, CallerGone, NotFound."""
    for _ in range(ATTEMPTS):
        before = queries.find(caller.workspace_id, action_id, envelope=True, agent_id=caller.agent_id)
        refuse_gone(caller, at)
        if not before.is_open:
            raise AlreadyDecided(rights.how_it_ended(before))
        ending = Ending(State.WITHDRAWN, Source.AGENT, "withdrawn", reason)
        written, after = lifecycle.decide(before, ending, actor=actor, at=at, extras=Extras())
        if written is Written.YES:
            return after
        _refuse_expired(before, at)
    raise Conflict("This action is changing too fast. Nothing was stored; try again.")


def _text(text: str) -> str:
    kept = text.strip()
    if not kept or len(kept) > TEXT_MAX:
        fault = Fault("/text", "bad_length", f"Write 1 to {TEXT_MAX} characters.")
        raise BadRequest(f"Write 1 to {TEXT_MAX} characters.", code="bad_length", faults=[fault])
    return kept


def _refuse_expired(before: ActionView, at: datetime) -> None:
    if expire(before, at):
        raise AlreadyDecided("This action's time is over: nobody decided in time. Nothing was changed.")
