"""escalate, remind and reassign by hand: a person makes others look, and says why. None of it moves a right."""

from collections.abc import Callable
from datetime import datetime, timedelta

from accounts.queries import Member
from accounts.roles import Verb
from approvals import queries, rights
from approvals.errors import AlreadyDecided, BadRequest, Conflict, Fault, NotAReviewer, NotFound
from approvals.escalation import calls, plan
from approvals.escalation.calls import Cause, Kind
from approvals.services.calling import Desk, move_timers
from approvals.services.cases import Case, lock_one, read
from approvals.services.escalating import tell_next
from approvals.services.telling_rows import By
from audit.actor import Actor
from tenancy import scope

REASON_MAX = 500
# Two presses are one, and nobody is rung at every minute by a colleague.
REST = timedelta(minutes=1)

Act = Callable[[Desk, Case, By], int]


def escalate(*, actor: Actor, at: datetime, member: Member, action_id: str, reason: str) -> None:
    """Tells the plan's next level now; with no plan, or at its end, everybody whose vote the action needs.

    Raises NotFound, NotAReviewer, AlreadyDecided, Conflict (told a moment ago, or nobody is there), BadRequest.
    """

    def act(desk: Desk, case: Case, by: By) -> int:
        if plan.next_level(case.plan, case.done) is not None:
            return tell_next(desk, case, case.done, by)
        desk.tell(case, calls.of_groups(case.terms, Kind.ESCALATE, at), by)
        return case.done

    _route(actor, at, member, action_id, reason, act)


def remind(*, actor: Actor, at: datetime, member: Member, action_id: str, reason: str) -> None:
    """Tells the level that was told last once more; before any was, everybody whose vote it needs. Raises as above."""

    def act(desk: Desk, case: Case, by: By) -> int:
        call = calls.of_groups(case.terms, Kind.REMIND, at)
        if 0 <= case.level < len(case.steps):
            step = case.steps[case.level]
            call = calls.Call(Kind.REMIND, case.level, None, at, step.notify, step.channels)
        desk.tell(case, call, by)
        return case.done

    _route(actor, at, member, action_id, reason, act)


def reassign(*, actor: Actor, at: datetime, member: Member, action_id: str, reason: str, user_id: str) -> None:
    """Hands it to one person whose vote counts; a claim that another holds ends. Raises as above."""

    def act(desk: Desk, case: Case, by: By) -> int:
        person = desk.directory(case.workspace_id).by_id.get(user_id)
        wanted = {need["group"] for need in case.terms["needs"]}
        may = person is not None and person.may_vote and wanted & set(person.groups) and not case.barred(person)
        if not may or user_id == actor.id:
            detail = "Choose somebody else who may decide this action and has not voted on it."
            raise BadRequest(detail, code="not_a_reviewer", faults=[Fault("/user", "not_a_reviewer", detail)])
        desk.tell(case, calls.of_person(user_id, at), by)
        return case.done

    _route(actor, at, member, action_id, reason, act)


def _route(actor: Actor, at: datetime, member: Member, action_id: str, reason: str, act: Act) -> None:
    if not member.may(Verb.ROUTE):
        raise NotAReviewer("Your role may look but not route. An admin can change it.")
    by = By(Cause.PERSON, actor, _reason(reason))
    view = queries.find(member.workspace_id, action_id)
    with scope.acting(member.workspace_id):
        if not lock_one(view.workspace_id, view.id):
            raise NotFound(f"There is no action {view.id} here.")
        [case] = read([view.id])
        _refuse(case, member, at)
        desk = Desk(at)
        done = act(desk, case, by)
        if not desk.reaches_somebody:
            raise Conflict("Nobody who could be told is there: all have voted, are away or are gone. Nothing was sent.")
        desk.write()
        _go_on(case, done, at)


def _refuse(case: Case, member: Member, at: datetime) -> None:
    if not case.is_open or case.expires_at <= at:
        raise AlreadyDecided(rights.how_it_ended(queries.find(member.workspace_id, case.action_id)))
    if case.told_at is not None and case.told_at > at - REST:
        raise Conflict("People were told less than a minute ago. Nothing was sent; give them a moment.")


def _go_on(case: Case, done: int, at: datetime) -> None:
    """The plan goes on after what was told now."""
    if case.timer_id is None or done == case.done:
        return
    following = plan.following(case.plan, done)
    move_timers([(following.due_at if following else None, None if following else at, None, case.timer_id)])


def _reason(text: str) -> str:
    kept = text.strip()
    if not kept or len(kept) > REASON_MAX:
        detail = f"Say why, in 1 to {REASON_MAX} characters."
        raise BadRequest(detail, code="bad_length", faults=[Fault("/reason", "bad_length", detail)])
    return kept
