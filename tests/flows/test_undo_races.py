"""The end of an undo window against whoever objects at the same moment: exactly one wins, and the loser reads why."""

from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from functools import partial
from typing import Any

import pytest

from approvals import errors, queries, services
from approvals.answers import ActionView
from approvals.models import Decision, LimitUse, Timer
from audit.actor import Door
from tests.approvals import invariants
from tests.approvals.presses import withdraw
from tests.cast import POLICY, Stage, use_policy
from tests.flows.at_once import press
from tests.flows.test_races import events, kinds, voting

pytestmark = pytest.mark.race
ROUNDS = 15
WINDOW = POLICY.replace("undo: {medium: 0s", "undo: {medium: 5s")
LIMIT = """
limits:
  - {id: day-cap, tools: [billing.refund], sum: args.amount_usd, per: agent, window: 24h, max: 1000000, over: deny}
"""
Button = Callable[[], Any]


def due(stage: Stage, **claims: Any) -> ActionView:
    """Ada's approval, whose window is over and not yet closed."""
    past = stage.at - timedelta(seconds=30)
    return stage.review("ada", stage.submit(at=past, **claims), at=past)


def undoing(stage: Stage, view: ActionView) -> Button:
    member = stage.member("ada")
    return partial(
        services.undo, actor=member.actor(Door.WEB, "password"), at=stage.at, member=member, action_id=view.id
    )


OBJECTIONS: dict[str, Callable[[Stage, ActionView], Button]] = {
    "undo": undoing,
    "reject": lambda stage, view: voting(stage, "ben", view, "reject"),
    "edit": lambda stage, view: voting(stage, "ben", view, args=b'{"amount_usd":60,"customer_id":"cus_1"}'),
    "withdraw": lambda stage, view: partial(withdraw, stage, view),
}
AFTER = {"undo": "pending", "reject": "rejected", "edit": "pending", "withdraw": "withdrawn"}


@pytest.mark.parametrize("how", OBJECTIONS)
def test_the_end_of_the_window_and_an_objection_never_both_happen(open_stage: Stage, how: str) -> None:
    use_policy(open_stage, WINDOW)
    won: Counter[bool] = Counter()
    for _ in range(ROUNDS):
        view = due(open_stage)
        objection = OBJECTIONS[how](open_stage, view)
        _, told = press([partial(services.fire_due, at=open_stage.at), objection])
        services.fire_due(at=open_stage.at)
        done = invariants.hold(open_stage.id, view.id, ())
        objected = isinstance(told, ActionView)
        assert objected or isinstance(told, errors.AlreadyDecided)
        assert done.state == (AFTER[how] if objected else "approved")
        assert (done.grant is None) == objected
        assert events(view)["action:decided"] == Decision.everywhere.filter(action_id=view.id).count()
        won[objected] += 1
    assert won.total() == ROUNDS


def test_two_sweepers_close_each_window_once(open_stage: Stage) -> None:
    use_policy(open_stage, WINDOW + LIMIT)
    views = [due(open_stage) for _ in range(40)]
    sweep = partial(services.fire_due, at=open_stage.at, limit=200)
    told = press([sweep, sweep])
    services.fire_due(at=open_stage.at)
    assert sum(told) <= 40
    assert Timer.everywhere.filter(kind="close", fired_at=open_stage.at, cancelled_at=None).count() == 40
    assert Decision.everywhere.filter(outcome="approved").count() == LimitUse.everywhere.count() == 40
    assert all(events(view) == {"action:submitted": 1, "review:approved": 1, "action:decided": 1} for view in views)


def test_what_replaces_an_action_whose_window_ends_waits_for_nobody_in_a_circle(open_stage: Stage) -> None:
    use_policy(open_stage, WINDOW + LIMIT)
    for _ in range(ROUNDS):
        view = due(open_stage)
        fired, newer = press(
            [partial(services.fire_due, at=open_stage.at), partial(open_stage.submit, supersedes=view.id)]
        )
        services.fire_due(at=open_stage.at)
        assert isinstance(newer, ActionView), newer
        assert isinstance(fired, int), fired
        old = queries.find(open_stage.id, view.id)
        assert old.state in {"approved", "withdrawn"}
        assert old.grant is None or old.grant.revoked_at is not None


def test_an_undo_pressed_twice_takes_back_one_vote(open_stage: Stage) -> None:
    use_policy(open_stage, WINDOW)
    for _ in range(ROUNDS):
        view = open_stage.review("ada", open_stage.submit())
        button = undoing(open_stage, view)
        assert kinds(press([button, button])) == {"ActionView": 1, "NothingToUndo": 1}
        assert events(view)["review:undone"] == 1
