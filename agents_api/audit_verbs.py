"""Events and their places in the log: for `audit:read`, people who see evidence, agents about their own."""

from datetime import datetime

from django.http import HttpRequest

from accounts.queries import Caller
from accounts.roles import Verb
from agents_api import auth, errors, output
from agents_api.auth import Who
from agents_api.errors import Problem
from approvals import queries
from audit.queries import log_queries

SCOPE = "audit:read"
NOTHING = "There is nothing at this address, or it is another workspace's."


def nothing(detail: str = NOTHING) -> Problem:
    return Problem(404, "not_found", "Not found", detail)


def reader(request: HttpRequest, at: datetime) -> Who:
    """Whoever may read the whole log of their workspace."""
    found = auth.who(request, at)
    if not _reads_all(found):
        if isinstance(found, Caller):
            raise errors.forbidden("missing_scope", f"The key lacks the scope {SCOPE}. Make one that has it.")
        raise errors.forbidden("wrong_role", f"Your role may not {Verb.SEE_EVIDENCE.label}. An admin can change it.")
    return found


def event(request: HttpRequest, event_id: str, at: datetime) -> log_queries.EventView:
    """An event of the caller's workspace; an agent sees those of its own actions."""
    found = auth.who(request, at)
    view = log_queries.event(found.workspace_id, event_id)
    if not _reads_all(found):
        if not (isinstance(found, Caller) and found.agent_id):
            return _refused(request, at)
        if view is None or not view.action_id:
            raise nothing()
        queries.find(found.workspace_id, view.action_id, agent_id=found.agent_id)
    if view is None:
        raise nothing()
    return view


def _refused(request: HttpRequest, at: datetime) -> log_queries.EventView:
    reader(request, at)
    raise nothing()


def _reads_all(found: Who) -> bool:
    return SCOPE in found.scopes if isinstance(found, Caller) else found.may(Verb.SEE_EVIDENCE)


def told(view: log_queries.EventView) -> bytes:
    return output.dumps(
        {
            "id": view.id,
            "state": view.state,
            "log": view.log_id,
            "origin": view.origin,
            "index": view.index,
            "leaf_hash": view.leaf_hash.hex() if view.leaf_hash else None,
            "checkpoint_size": view.size,
            "entry": view.entry.decode(),
        }
    )


def receipt(view: log_queries.EventView) -> bytes:
    """Raises 409 while no checkpoint covers the event, which is a matter of a second."""
    made = log_queries.receipt(view)
    if made is None:
        detail = "No signed checkpoint covers the event yet. Try again in a second."
        raise Problem(409, "not_published", "Not published yet", detail, headers={"Retry-After": "1"})
    return made
