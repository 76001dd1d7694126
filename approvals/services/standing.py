"""Standing grants: proposed by one person, agreed to by another, revoked by anybody who may stop an agent."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from accounts import queries as accounts_queries
from approvals import beside
from approvals.beside import Beside
from approvals.errors import AlreadyClosed, BadRequest, Fault, NotFound, SecondPersonNeeded
from approvals.models import StandingGrant
from approvals.policy.standing import answered, answering, check_pattern, compile_clauses
from approvals.policy.verdict import Context, Verdict
from audit import record
from audit.actor import Actor
from audit.canonical import plain, stamp
from audit.kinds import EventKind
from audit.record import Secret
from tenancy import ids, scope

LONGEST = timedelta(days=90)
PAGE = 50


@dataclass(frozen=True, slots=True)
class GrantRow:
    """`state` is waiting, live, revoked or over."""

    id: str
    agent_name: str
    tool: str
    when: tuple[str, ...]
    why: str
    proposed_by: str
    proposed_name: str
    created_at: datetime
    agreed_name: str
    agreed_at: datetime | None
    expires_at: datetime
    revoked_name: str
    revoked_at: datetime | None
    state: str


def propose_grant(
    *,
    actor: Actor,
    at: datetime,
    workspace_id: str,
    agent_name: str,
    tool: str,
    when: Sequence[str],
    expires_at: datetime,
    why: str,
) -> str:
    """The id of a grant that counts for nothing until another person agrees. Raises BadRequest with faults.

    In a workspace of one person it counts at once.
    """
    _check(tool, when, expires_at, at)
    with scope.acting(workspace_id):
        agent = accounts_queries.agent_named(workspace_id, agent_name)
        if agent is None:
            raise _fault("/agent", "unknown_agent", f"There is no agent {agent_name[:100]} here.")
        grant = StandingGrant(
            id=ids.new("sgr", at),
            workspace_id=workspace_id,
            agent_id=agent.id,
            tool=tool,
            clauses=list(when),
            why=why,
            proposed_by=actor.id,
            proposed_name=actor.label,
            created_at=at,
            expires_at=expires_at,
        )
        grant.save(force_insert=True)
        data = {"agent": agent.id, "tool": tool, "expires_at": stamp(expires_at)}
        terms = Secret("terms", plain({"when": list(when), "why": why}), grant.id)
        _tell(EventKind.STANDING_PROPOSED, actor, at, grant, data, [terms])
        if accounts_queries.is_alone(workspace_id):
            _agree(actor, at, grant)
    beside.forget(workspace_id)
    return grant.id


def agree_to_grant(*, actor: Actor, at: datetime, workspace_id: str, grant_id: str) -> None:
    """Raises NotFound, AlreadyClosed, SecondPersonNeeded for whoever proposed it and for machines."""
    with scope.acting(workspace_id):
        grant = _find(grant_id)
        if grant.agreed_at or grant.revoked_at or grant.expires_at <= at:
            raise AlreadyClosed("This grant waits for nobody any more. Nothing was changed.")
        if not actor.is_person or (actor.id == grant.proposed_by and not accounts_queries.is_alone(workspace_id)):
            raise SecondPersonNeeded("You proposed this grant, so another person has to agree to it.")
        _agree(actor, at, grant)
    beside.forget(workspace_id)


def revoke_grant(*, actor: Actor, at: datetime, workspace_id: str, grant_id: str) -> None:
    """It answers nothing from now on, and what it let through and is not spent yet is refused at spending.

    Raises NotFound, AlreadyClosed.
    """
    with scope.acting(workspace_id):
        grant = _find(grant_id)
        if grant.revoked_at or grant.expires_at <= at:
            raise AlreadyClosed("This grant is over already. Nothing was changed.")
        StandingGrant.objects.filter(pk=grant_id).update(revoked_at=at, revoked_name=actor.label)
        _tell(EventKind.STANDING_REVOKED, actor, at, grant, {})
    beside.forget(workspace_id)


def answer(workspace_id: str, held: Beside, asked: Context, verdict: Verdict) -> Verdict:
    """The verdict, or the one that a standing grant makes of it. The grant is looked up afresh before it counts."""
    grant = answering(held.grants, asked, verdict)
    if grant is None or not beside.is_live(workspace_id, grant.id, asked.now):
        return verdict
    return answered(verdict, grant)


def standing_grants(workspace_id: str, at: datetime, *, after: str = "") -> list[GrantRow]:
    """Newest first, one more than a page; `after` is the last id of the page before."""
    rows = StandingGrant.everywhere.filter(workspace_id=workspace_id).select_related("agent").order_by("-id")
    if after:
        rows = rows.filter(id__lt=after)
    return [_row(grant, at) for grant in rows[: PAGE + 1]]


def live_grants(workspace_id: str, agent_id: str, at: datetime) -> list[GrantRow]:
    """Those that count for this agent now, newest first; the first page."""
    rows = beside.live(workspace_id, at).filter(agent_id=agent_id).select_related("agent").order_by("-id")
    return [_row(grant, at) for grant in rows[:PAGE]]


def _row(grant: StandingGrant, at: datetime) -> GrantRow:
    return GrantRow(
        id=grant.id,
        agent_name=grant.agent.name,
        tool=grant.tool,
        when=tuple(grant.clauses),
        why=grant.why,
        proposed_by=grant.proposed_by,
        proposed_name=grant.proposed_name,
        created_at=grant.created_at,
        agreed_name=grant.agreed_name,
        agreed_at=grant.agreed_at,
        expires_at=grant.expires_at,
        revoked_name=grant.revoked_name,
        revoked_at=grant.revoked_at,
        state=_state(grant, at),
    )


def _state(grant: StandingGrant, at: datetime) -> str:
    if grant.revoked_at:
        return "revoked"
    if grant.expires_at <= at:
        return "over"
    return "live" if grant.agreed_at else "waiting"


def _check(tool: str, when: Sequence[str], expires_at: datetime, at: datetime) -> None:
    try:
        check_pattern(tool)
    except ValueError as error:
        raise _fault("/tool", "bad_pattern", f"{error}.") from error
    try:
        compile_clauses(when)
    except ValueError as error:
        raise _fault("/when", "bad_clause", f"{error}.") from error
    if not at < expires_at <= at + LONGEST:
        raise _fault("/expires_at", "bad_end", f"Let it end within {LONGEST.days} days.")


def _fault(pointer: str, code: str, detail: str) -> BadRequest:
    return BadRequest(detail, code=code, faults=[Fault(pointer, code, detail)])


def _find(grant_id: str) -> StandingGrant:
    rows = StandingGrant.objects.select_for_update().filter(pk=grant_id)
    grant = rows.first() if ids.is_id(grant_id, "sgr") else None
    if grant is None:
        raise NotFound(f"There is no standing grant {grant_id[:60]} here.")
    return grant


def _agree(actor: Actor, at: datetime, grant: StandingGrant) -> None:
    StandingGrant.objects.filter(pk=grant.pk).update(agreed_at=at, agreed_name=actor.label)
    _tell(EventKind.STANDING_AGREED, actor, at, grant, {})


def _tell(
    kind: EventKind,
    actor: Actor,
    at: datetime,
    grant: StandingGrant,
    data: dict[str, Any],
    secrets: Sequence[Secret] = (),
) -> None:
    record.record(
        kind=kind,
        workspace_id=grant.workspace_id,
        actor=actor,
        at=at,
        subject=("standing", grant.id),
        data=data,
        secrets=secrets,
    )
