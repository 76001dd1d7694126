"""Policies over the API: keys of service accounts read and propose, and so do people's tokens; nobody activates."""

from datetime import datetime

from django.http import HttpRequest

from accounts.queries import Caller
from accounts.roles import Verb
from agents_api import auth, errors, policy_output
from agents_api.auth import Who
from agents_api.idempotency import Answer, Ticket
from agents_api.serializers import BacktestIn, PolicyIn
from approvals import services
from approvals.services import backtests, policy_reading

READ, PROPOSE = "policies:read", "policies:propose"
_VERBS = {READ: Verb.SEE, PROPOSE: Verb.DRAFT_POLICY}


def who(request: HttpRequest, at: datetime, scope: str) -> Who:
    """A service account with this scope, or a person whose role may do the same."""
    found = auth.who(request, at)
    if isinstance(found, Caller):
        if scope not in found.scopes:
            raise errors.forbidden("missing_scope", f"The key lacks the scope {scope}. Make one that has it.")
    elif not found.may(_VERBS[scope]):
        detail = f"Your role may not {_VERBS[scope].label}. An admin can change it."
        raise errors.forbidden("wrong_role", detail)
    return found


def page(found: Who, after: str) -> bytes:
    return policy_output.page(policy_reading.versions(found.workspace_id, after=after))


def version(found: Who, version_id: str) -> bytes:
    row, text = policy_reading.version(found.workspace_id, version_id)
    return policy_output.one(row, text)


def check(found: Who, asked: PolicyIn, at: datetime) -> bytes:
    return policy_output.checked(policy_reading.checked(found.workspace_id, asked.text, at))


def proposal(found: Who, proposal_id: str, at: datetime) -> bytes:
    view = policy_reading.proposal(found.workspace_id, proposal_id)
    change = policy_reading.change_to(found.workspace_id, view.version_id, at) if view.is_open else None
    return policy_output.proposal(view, change, found.workspace_slug)


def propose(ticket: Ticket, asked: PolicyIn) -> Answer:
    found = ticket.who

    def run() -> Answer:
        made = services.propose_policy(
            actor=auth.actor_of(found),
            at=ticket.at,
            workspace_id=found.workspace_id,
            text=asked.text,
            note=asked.note or "",
        )
        return Answer(201, proposal(found, made.proposal_id, ticket.at))

    return ticket.around(run)


def start_backtest(ticket: Ticket, asked: BacktestIn) -> Answer:
    found, actor, at = ticket.who, auth.actor_of(ticket.who), ticket.at

    def run() -> Answer:
        workspace_id = found.workspace_id
        saved = services.save_policy(actor=actor, at=at, workspace_id=workspace_id, text=asked.text)
        job_id = services.start_backtest(
            actor=actor, at=at, workspace_id=workspace_id, version_id=saved.id, days=asked.days
        )
        return Answer(202, backtest(found, job_id))

    return ticket.around(run)


def backtest(found: Who, job_id: str) -> bytes:
    return policy_output.backtest(backtests.find_backtest(found.workspace_id, job_id))
