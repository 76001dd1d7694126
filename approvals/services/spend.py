"""spend: the grant is taken once, after everything that could speak against it was asked again."""

from dataclasses import dataclass
from datetime import datetime, timedelta

import orjson
from django.db.models import Exists

from accounts import queries as accounts_queries
from accounts.queries import Caller
from approvals import asking, clock, grants, queries, rows, tokens
from approvals.answers import ActionView, GrantView
from approvals.errors import CallerGone, GrantRefused, NotDecided, PolicyMoved, Stopped
from approvals.grants import GrantInvalid
from approvals.models import ActivePolicy, Grant, Timer
from approvals.policies import Active
from approvals.policy.evaluate import evaluate
from approvals.policy.model import Effect, Need
from approvals.policy.stops import Stop, bars_running, is_for_good
from approvals.policy.verdict import stricter
from approvals.services.edit import envelope_of
from approvals.services.policy import ensure_policy
from approvals.services.revoke import revoke
from approvals.services.telling import tell
from approvals.states import Source
from audit.actor import Actor
from audit.kinds import EventKind
from tenancy import scope

ATTEMPTS = 5


@dataclass(frozen=True, slots=True)
class Spent:
    """`args` are the decided canonical bytes; `execution_key` is stable, for the tool's own idempotency."""

    action_id: str
    tool: str
    args: bytes
    spent_at: datetime
    execution_key: str


@dataclass(frozen=True, slots=True)
class _Frozen:
    """What the action was let through on, as the policy's comparison wants it."""

    effect: Effect
    needs: tuple[Need, ...]
    no_grant: bool


def spend(*, actor: Actor, at: datetime, caller: Caller, action_id: str, grant: str) -> Spent:
    """Takes the grant.

    Raises NotDecided, GrantRefused (its code says why), Stopped, CallerGone, PolicyMoved, NotFound.
    """
    view = queries.find(caller.workspace_id, action_id, envelope=True, agent_id=caller.agent_id)
    held = _held(view, grant)
    if not accounts_queries.is_live(caller, at):
        raise CallerGone("This key or its agent was switched off. Do not run.")
    if held.spent_at or held.revoked_at:
        raise _why_not(held)
    for _ in range(ATTEMPTS):
        active = ensure_policy(view.workspace_id, at=at, fresh=True)
        _refuse_stopped(view, held, active, actor=actor, at=at)
        objection, text = _objection(view, active, at)
        if objection:
            revoke(view, held, (objection, text), actor=actor, at=at)
            raise GrantRefused(f"{text} The grant is revoked; do not run.", code="grant_revoked")
        spent = _taken(view, held, active, actor=actor, at=at)
        if spent:
            return spent
    raise PolicyMoved("The policy or a stop switch is being changed right now. Nothing was spent; send it again.")


def _taken(view: ActionView, held: GrantView, active: Active, *, actor: Actor, at: datetime) -> Spent | None:
    """None where policy or stop switches moved since they were asked."""
    with scope.acting(view.workspace_id):
        # One UPDATE on the database's clock: of any number of callers, one finds the grant unspent.
        unspent = Grant.objects.filter(pk=held.id, spent_at=None, revoked_at=None, expires_at__gt=clock.now())
        as_asked = ActivePolicy.objects.filter(version_id=active.version_id, stops_id=active.stops_id)
        if not unspent.filter(Exists(as_asked)).update(spent_at=at):
            if unspent.exists():
                return None
            raise _why_not(Grant.objects.get(pk=held.id))
        execution = rows.execution(view, at)
        due_at = at + timedelta(seconds=view.terms["result_within"])
        Timer.objects.filter(action_id=view.id, fired_at=None, cancelled_at=None).update(cancelled_at=at)
        for row in (execution, rows.timer(view, "result_due", due_at, at)):
            row.model(**row.values).save(force_insert=True)
        data = {"grant": held.id}
        tell(EventKind.GRANT_SPENT, workspace_id=view.workspace_id, action_id=view.id, actor=actor, at=at, data=data)
    return Spent(view.id, view.tool, view.args, at, execution.values["id"])


def _held(view: ActionView, token: str) -> GrantView:
    """The action's grant, if the token is its token."""
    if view.is_open:
        raise NotDecided("This action is still pending, so there is no grant. Wait for the decision.")
    if view.grant is None:
        raise GrantRefused(f"This action is {view.state} and carries no grant. Do not run.", code="no_grant")
    try:
        claims = grants.verify(token, tokens.public_keys(), audience=view.agent_id)
    except GrantInvalid as error:
        raise GrantRefused(error.detail, code="grant_invalid") from error
    if (claims.jti, claims.sub, claims.args_sha256) != (view.grant.id, view.id, view.grant.args_sha256):
        raise GrantRefused("This grant belongs to another action. Do not run.", code="grant_invalid")
    return view.grant


def _refuse_stopped(view: ActionView, held: GrantView, active: Active, *, actor: Actor, at: datetime) -> None:
    """Raises Stopped where a switch is on. Under `pause` the grant waits with everything else, else it is lost."""
    call = active.call(agent=view.agent_name, tool=view.tool, version_id=view.agent_version_id)
    by_people = view.decision is not None and view.decision.source == Source.PEOPLE
    stop = bars_running(active.stops, call, by_people=by_people)
    if stop is None:
        return
    if is_for_good(stop):
        revoke(view, held, ("stopped", _stopped(stop)), actor=actor, at=at)
        raise Stopped(f"{_stopped(stop)} The grant is revoked; do not run.")
    raise Stopped(
        f"{_stopped(stop)} Do not run. The grant stays: spend it, under another Idempotency-Key, once the switch is"
        f" released, until {held.expires_at:%H:%M:%S} UTC."
    )


def _stopped(stop: Stop) -> str:
    return f"The stop switch is on: {stop.told}."


def _objection(view: ActionView, active: Active, at: datetime) -> tuple[str, str]:
    """What speaks against running now that did not when it was decided, as a word and a sentence; else empty."""
    label = accounts_queries.version_label(view.agent_version_id) if view.agent_version_id else ""
    manifest = active.version_state(view.agent_name, version_id=view.agent_version_id, label=label)
    if manifest == "blocked":
        return "version_blocked", f"This version of {view.agent_name} was blocked meanwhile."
    if active.version_id != view.policy_version_id:
        args = orjson.loads(view.args)
        asked = asking.context(
            envelope_of(view), agent=view.agent_name, manifest=manifest, label=label, args=args, at=at
        )
        verdict = evaluate(active.policy, asked)
        needs = tuple(Need(need["group"], need["quorum"]) for need in view.terms["needs"])
        if stricter(verdict, _Frozen(view.policy["effect"], needs, view.terms["no_grant"])):
            return "policy_changed", f"The policy changed meanwhile: {verdict.explanation}"
    people = [person["id"] for person in view.decision.decided_by] if view.decision else []
    gone = accounts_queries.not_members(people, view.workspace_id)
    return ("approver_left", "Somebody who approved it has left the workspace.") if gone else ("", "")


def _why_not(grant: Grant | GrantView) -> GrantRefused:
    if grant.spent_at:
        return GrantRefused("This grant was spent already. Do not run again.", code="grant_spent")
    if grant.revoked_at:
        return GrantRefused(f"{grant.revoked_because} The grant is revoked; do not run.", code="grant_revoked")
    return GrantRefused("This grant is over. Submit again with `supersedes`; do not run.", code="grant_expired")
