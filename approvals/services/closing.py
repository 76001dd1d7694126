"""The undo window: votes that suffice decide when it ends. Until then whoever cast one can take it back."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta

from accounts.queries import Member
from approvals import lifecycle, queries, rights
from approvals.answers import ActionView, Vote
from approvals.endings import Ending
from approvals.errors import AlreadyDecided, Conflict, NothingToUndo, OverLimit
from approvals.lifecycle import Extras, Written
from approvals.models import Review, Timer
from approvals.services.counting import counted
from approvals.services.edit import charges_of
from approvals.services.expiry import expire
from approvals.services.holding import holds
from approvals.services.limits import lock_and_sum, refuse_over, reservations
from approvals.states import Source, State, Verdict
from audit.actor import SYSTEM, Actor
from tenancy import scope
from tenancy.rows import Row

ATTEMPTS = 8
STOPPED = (
    "Nothing was approved. The stop switch is on: {told}. {name}'s vote was taken back, so that it can be given again."
)
RIGHTS_LOST = (
    "rights_lost",
    "Nothing was approved: not everybody whose vote it needed may still vote. Somebody else has to add theirs.",
)


def window(view: ActionView, ending: Ending | None, at: datetime) -> datetime | None:
    """When an approval by people would take effect; None where it does so at once."""
    undo = timedelta(seconds=view.terms.get("undo", 0))
    if ending is None or ending.state is not State.APPROVED or not undo:
        return None
    return min(at + undo, view.expires_at)


def enough(view: ActionView, votes: Sequence[Vote]) -> bool:
    """Whether these votes, of which each counts in its groups, approve."""
    return all(need["approvals"] >= need["quorum"] for need in view.needs_after(votes))


def undo(*, actor: Actor, at: datetime, member: Member, action_id: str) -> ActionView:
    """Takes back this person's own vote on the newest revision; an undo window that is open ends without a decision.

    Raises NotFound, AlreadyDecided, NothingToUndo.
    """
    for _ in range(ATTEMPTS):
        before = queries.find(member.workspace_id, action_id, envelope=True)
        if not before.is_open:
            raise AlreadyDecided(rights.how_it_ended(before))
        own = next((vote for vote in before.votes if vote.user_id == member.user_id), None)
        if own is None:
            raise NothingToUndo("You have no vote on this revision, so there is nothing to take back.")
        written, after = lifecycle.undo(before, taken=own, because=("undone", ""), actor=actor, at=at)
        if written is Written.YES:
            return counted(after)
        if expire(before, at):
            raise AlreadyDecided("This action's time is over: nobody decided in time. Nothing was changed.")
    raise Conflict("This action is changing too fast. Nothing was changed; try again.")


def fire(timer_id: str, at: datetime) -> bool:
    """Fires one timer of a window; False where it is not this sweep's any more, or not over by the database's clock.

    Unlike the other timers it is not locked first. A verb locks limits, then the action, then its timers, and so does
    this; of two sweeps the guard of the move lets one through.
    """
    timer = Timer.everywhere.filter(pk=timer_id, fired_at=None, cancelled_at=None).first()
    if timer is None:
        return False
    with scope.acting(timer.workspace_id):
        view = queries.find(timer.workspace_id, timer.action_id, envelope=True)
        if not view.is_open or view.closing_at is None or view.closing_at > at:
            return Timer.objects.filter(pk=timer_id, fired_at=None, cancelled_at=None).update(cancelled_at=at) > 0
        # The move itself has cancelled the timer.
        return close(view, at) and Timer.objects.filter(pk=timer_id).update(fired_at=at, cancelled_at=None) > 0


def close(view: ActionView, at: datetime) -> bool:
    """Ends a window: decides, or goes back to waiting where votes or limits no longer carry it. False where somebody
    else was first, or the database's clock says that it is too early or too late.
    """
    now = counted(view)
    moment = max(at, view.closing_at or at)
    if not enough(now, now.votes):
        return _go_on_waiting(view, None, RIGHTS_LOST, at)
    last = [vote for vote in now.votes if vote.verdict == Verdict.APPROVE and vote.groups][-1]
    stop = holds(view, fresh=True)
    if stop is not None:
        return _go_on_waiting(view, last, ("stopped", STOPPED.format(told=stop.told, name=last.name)), at)
    ending = _ending(now, last)
    try:
        with reserving(now, ending, moment) as reserved:
            extras = Extras(rows=reserved)
            return lifecycle.decide(now, ending, actor=SYSTEM, at=moment, extras=extras)[0] is Written.YES
    except OverLimit as refused:
        text = (
            f"Nothing was approved. {refused.detail} {last.name}'s vote was taken back, so that it can be given again."
        )
        return _go_on_waiting(view, last, ("over_limit", text), at)


def _go_on_waiting(view: ActionView, taken: Vote | None, because: tuple[str, str], at: datetime) -> bool:
    own = next((vote for vote in view.votes if taken and vote.id == taken.id), None)
    return lifecycle.undo(view, taken=own, because=because, actor=SYSTEM, at=at)[0] is Written.YES


def _ending(view: ActionView, last: Vote) -> Ending:
    reason_code, comment = Review.everywhere.filter(pk=last.id).values_list("reason_code", "comment").get()
    if view.terms["no_grant"]:
        reason_code = "draft"
    return Ending(State.APPROVED, Source.PEOPLE, reason_code, comment, door=last.door)


@contextmanager
def reserving(view: ActionView, ending: Ending | None, at: datetime) -> Iterator[tuple[Row, ...]]:
    """Around an approval: locks the limits that it touches, refuses what they deny, reserves the rest. A draft runs
    nothing, so it takes nothing.
    """
    runs = ending is not None and ending.state is State.APPROVED and not view.terms["no_grant"]
    charges = charges_of(view, at) if runs else ()
    if not charges:
        yield ()
        return
    with scope.acting(view.workspace_id):
        refuse_over(charges, lock_and_sum(view.workspace_id, charges, at))
        yield reservations(view, charges, at)
