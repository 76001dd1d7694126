"""Test actions as doors read them: what a decided one teaches, and how the workspace fares with them."""

from dataclasses import dataclass

import orjson

from approvals import exercises, patch
from approvals.answers import ActionView
from approvals.exercises import Lesson
from approvals.models import Action, Review, Seeding
from approvals.states import State

# The newest test actions that a rate is made of.
COUNTED = 500


@dataclass(frozen=True, slots=True)
class SeedingView:
    """How many of the decided ones had something wrong (`bad`) and were seen through (`caught`), and how many were fine
    (`good`) and yet rejected (`stopped`). `waiting` are undecided. `people` have voted on any.
    """

    every: int
    bad: int
    caught: int
    good: int
    stopped: int
    waiting: int
    people: int

    @property
    def rate(self) -> int | None:
        """Per cent of those with something wrong; None where there was none."""
        return round(100 * self.caught / self.bad) if self.bad else None


def lesson(view: ActionView, user_id: str) -> Lesson | None:
    """What a test action teaches this person once people have decided it; None for any other action."""
    made = view.decision
    seeded = view.terms.get("seeded")
    if seeded is None or made is None:
        return None
    own = next((vote.verdict for vote in view.votes if vote.user_id == user_id), None)
    changes = patch.between(orjson.loads(view.proposed), orjson.loads(view.args)) if view.proposed is not None else []
    right = exercises.caught(seeded, own, changes) if own else None
    return exercises.lesson(seeded, right)


def seeding(workspace_id: str) -> SeedingView | None:
    """None where test actions were never set up. In three reads, over the newest COUNTED."""
    row = Seeding.everywhere.filter(workspace_id=workspace_id).first()
    if row is None:
        return None
    actions = Action.everywhere.filter(agent_id=row.agent_id, workspace_id=workspace_id).select_related("decision")
    bad = caught = good = stopped = waiting = 0
    for action in actions.order_by("-id")[:COUNTED]:
        if action.state not in (State.APPROVED, State.REJECTED):
            waiting += action.state == State.PENDING
            continue
        seeded, verdict = action.terms["seeded"], "approve" if action.state == State.APPROVED else "reject"
        right = exercises.caught(seeded, verdict, action.decision.changes)
        if seeded["kind"] == exercises.Kind.GOOD:
            good, stopped = good + 1, stopped + (not right)
        else:
            bad, caught = bad + 1, caught + right
    voters = Review.everywhere.filter(action__agent_id=row.agent_id, workspace_id=workspace_id)
    people = voters.values("user_id").distinct().count()
    return SeedingView(row.every, bad, caught, good, stopped, waiting, people)
