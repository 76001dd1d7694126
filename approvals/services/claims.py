"""claim and release: a reviewer says which action they are at, for five minutes at a time.

A claim is a courtesy: whoever may decide still may. What is offered next and decided together passes over what others
hold.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from accounts.queries import Member
from approvals import queries, rights
from approvals.errors import HeldByAnother
from approvals.models import Claim
from approvals.services.counting import counted
from approvals.services.telling import tell
from audit.actor import Actor
from audit.kinds import EventKind
from outbox import post
from tenancy import scope, sql

LEASE = timedelta(minutes=5)

# Takes what is free, has run out, or is this person's own already; no row where somebody else holds it.
_TAKE = """insert into approvals_claim (action_id, workspace_id, user_id, user_name, claimed_at, expires_at)
 values (%s, %s, %s, %s, %s, %s) on conflict (action_id) do update set user_id = excluded.user_id,
 user_name = excluded.user_name, claimed_at = excluded.claimed_at, expires_at = excluded.expires_at
 where approvals_claim.user_id = excluded.user_id or approvals_claim.expires_at <= excluded.claimed_at
 returning user_id"""


@dataclass(frozen=True, slots=True)
class ClaimView:
    action_id: str
    user_id: str
    name: str
    until: datetime


def held(workspace_id: str, action_ids: Sequence[str], at: datetime) -> dict[str, ClaimView]:
    """The claims that count at `at`, by action, in one read."""
    rows = Claim.everywhere.filter(workspace_id=workspace_id, action_id__in=action_ids, expires_at__gt=at)
    return {row.action_id: ClaimView(row.action_id, row.user_id, row.user_name, row.expires_at) for row in rows}


def claim(*, actor: Actor, at: datetime, member: Member, action_id: str) -> ClaimView:
    """Takes the action for `LEASE`, or takes it again. Raises HeldByAnother, AlreadyDecided, Forbidden, NotFound."""
    view = counted(queries.find(member.workspace_id, action_id))
    refused = rights.refusal(view, member, "reject")
    if refused:
        raise refused
    mine = ClaimView(view.id, member.user_id, member.name, at + LEASE)
    with scope.acting(member.workspace_id):
        before = held(member.workspace_id, [view.id], at).get(view.id)
        values = [view.id, view.workspace_id, mine.user_id, mine.name, at, mine.until]
        if sql.one(_TAKE, values) is None:
            other = before or held(member.workspace_id, [view.id], at).get(view.id)
            who = f"{other.name} has it until {other.until:%H:%M} UTC" if other else "Somebody else was quicker"
            raise HeldByAnother(f"{who}. You may still decide it yourself.")
        if before is None:
            tell(EventKind.CLAIM_TAKEN, workspace_id=view.workspace_id, action_id=view.id, actor=actor, at=at)
        # Whoever claims clears what they left lying about, so that the table stays as small as the work at hand.
        Claim.objects.filter(user_id=mine.user_id, expires_at__lte=at).delete()
    return mine


def keep_claim(*, at: datetime, member: Member, action_id: str) -> ClaimView | None:
    """Begins the lease again while its holder looks; None when it ran out or the action is decided."""
    with scope.acting(member.workspace_id):
        mine = Claim.objects.filter(action_id=action_id, user_id=member.user_id, expires_at__gt=at)
        if not mine.filter(action__decided_at=None).update(expires_at=at + LEASE):
            return None
        post.post(
            sink="live",
            kind="claim.kept",
            workspace_id=member.workspace_id,
            subject=action_id,
            payload={"id": action_id},
            at=at,
        )
    return ClaimView(action_id, member.user_id, member.name, at + LEASE)


def release(*, actor: Actor, at: datetime, member: Member, action_id: str) -> bool:
    """Gives one's own claim back; False when there was none any more."""
    with scope.acting(member.workspace_id):
        lost, _ = Claim.objects.filter(action_id=action_id, user_id=member.user_id, expires_at__gt=at).delete()
        if lost:
            tell(EventKind.CLAIM_RELEASED, workspace_id=member.workspace_id, action_id=action_id, actor=actor, at=at)
    return bool(lost)
