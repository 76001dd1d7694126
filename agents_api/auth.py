"""Who asks: the bearer token of a machine (`csk_…`) or of a person (`csp_…`). Cookies count for nothing here."""

import time
from dataclasses import dataclass
from datetime import datetime

from django.http import HttpRequest

from accounts import keys, queries, services
from accounts.queries import Caller, Member
from accounts.roles import Verb
from agents_api import errors
from approvals import queries as approvals_queries
from approvals.answers import Seen
from audit.actor import Actor, Door

# Seconds for which a key's row is taken from memory. Every write checks the key again in its own statement.
KEEP = 5.0
_KEPT_MAX = 10_000
_ACT = "actions:write"
_UNKNOWN = "The key is unknown, expired or revoked. Make another in the console."

Who = Caller | Member


@dataclass(frozen=True, slots=True)
class _Kept:
    caller: Caller
    until: float


_kept: dict[bytes, _Kept] = {}


def who(request: HttpRequest, at: datetime) -> Who:
    """The caller behind the request. A person's rights are read each time."""
    token = token_of(request)
    digest = keys.digest(token)
    return remembered(digest, at) or look_up(token, digest, at)


def token_of(request: HttpRequest) -> str:
    """The bearer token, well formed."""
    sent: str = request.META.get("HTTP_AUTHORIZATION", "")
    scheme, _, token = sent.partition(" ")
    if not scheme:
        raise errors.unauthorized("no_credentials", "Send Authorization: Bearer and the key; a session is not enough.")
    if scheme.lower() != "bearer" or not keys.is_well_formed(token.strip()):
        raise errors.unauthorized("malformed_key", "This is no key of ours. Send Authorization: Bearer csk_… in full.")
    return token.strip()


def remembered(digest: bytes, at: datetime) -> Caller | None:
    """The machine that showed this key within the last seconds."""
    kept = _kept.get(digest)
    if kept is None or kept.until < time.monotonic() or (kept.caller.expires_at and kept.caller.expires_at <= at):
        return None
    return kept.caller


def look_up(token: str, digest: bytes, at: datetime) -> Who:
    """Reads the row behind the token; a machine's is kept for `KEEP` seconds."""
    of_a_person = token.startswith(keys.PERSON)
    found = queries.member_for_token(digest, at) if of_a_person else queries.caller_for(digest, at)
    if found is None:
        raise errors.unauthorized("unknown_key", _UNKNOWN)
    if isinstance(found, Caller):
        if len(_kept) >= _KEPT_MAX:
            _kept.clear()
        _kept[digest] = _Kept(found, time.monotonic() + KEEP)
    services.note_use(credential_of(found), at=at)
    return found


def agent(request: HttpRequest, at: datetime) -> Caller:
    """The agent whose key this is."""
    found = who(request, at)
    if not isinstance(found, Caller) or not found.agent_id:
        raise errors.forbidden("not_an_agent", "Only an agent's own key may do this. Use the key of the agent.")
    if _ACT not in found.scopes:
        raise errors.forbidden("missing_scope", f"The key lacks the scope {_ACT}. Make one that has it.")
    return found


def person(request: HttpRequest, at: datetime) -> Member:
    """The person whose token this is. An agent's key never decides, whatever its scopes."""
    found = who(request, at)
    if isinstance(found, Caller):
        raise errors.forbidden("keys_never_decide", "Agents do not decide. Use a person's own token (csp_…).")
    return found


def voter(request: HttpRequest, action_id: str, at: datetime) -> tuple[Member, Seen | None]:
    """The person whose token this is and the action that they vote on, in one read."""
    token = token_of(request)
    if not token.startswith(keys.PERSON):
        return person(request, at), None
    member, seen = approvals_queries.ballot(keys.digest(token), action_id, at)
    if member is None:
        raise errors.unauthorized("unknown_key", _UNKNOWN)
    services.note_use(member.token_id, at=at)
    return member, seen


def reader(found: Who) -> str:
    """The agent id that the caller's reads are limited to; empty for a person, who may see the workspace."""
    if isinstance(found, Member):
        if not found.may(Verb.SEE):
            raise errors.forbidden("may_not_see", "Your role may not see actions. An admin can change it.")
        return ""
    if not found.agent_id:
        raise errors.forbidden("not_an_agent", "A service account has no actions. Use an agent's key.")
    return found.agent_id


def credential_of(found: Who) -> str:
    return found.key_id if isinstance(found, Caller) else found.token_id


def actor_of(found: Who) -> Actor:
    return found.actor if isinstance(found, Caller) else found.actor(Door.API)
