"""People make others look: by the plan's next level, the same people again, or one person; none of it moves a right."""

from collections.abc import Callable
from typing import Any

import pytest

from approvals import errors, services
from approvals.answers import ActionView
from approvals.models import Claim, Escalation
from audit.actor import Door
from audit.models import Event
from tests.approvals.escalating import BIG, MINUTE, away, next_due, sweep, told, with_plan
from tests.cast import Stage, use_policy


def route(
    stage: Stage, verb: Callable[..., None], view: ActionView, name: str = "ada", minutes: int = 1, **said: Any
) -> None:
    member = stage.member(name)
    given = {"reason": "It is urgent.", **said}
    verb(
        actor=member.actor(Door.WEB, "password"),
        at=stage.at + minutes * MINUTE,
        member=member,
        action_id=view.id,
        **given,
    )


def test_the_next_level_is_told_now_and_the_plan_goes_on_after_it(stage: Stage) -> None:
    use_policy(stage, with_plan())
    view = stage.submit()
    sweep(stage.at)
    route(stage, services.escalate, view, "eve")
    assert [(kind, level) for kind, level, _ in told(view)] == [("escalate", 0), ("escalate", 1)]
    assert next_due(view) == stage.at + 15 * MINUTE


def test_at_its_end_everybody_who_has_to_agree_is_told(stage: Stage) -> None:
    use_policy(stage, with_plan())
    view = stage.submit()
    sweep(stage.at + 30 * MINUTE)
    route(stage, services.escalate, view, minutes=40)
    assert told(view)[-1] == ("escalate", None, ["Ben"])


def test_without_a_plan_everybody_who_has_to_agree_is_told(stage: Stage) -> None:
    view = stage.submit()
    route(stage, services.escalate, view, "eve")
    assert told(view) == [("escalate", None, ["Ada", "Ben"])]


def test_a_reminder_goes_to_the_level_that_was_told_last_and_moves_nothing(stage: Stage) -> None:
    use_policy(stage, with_plan())
    view = stage.submit()
    sweep(stage.at)
    route(stage, services.remind, view)
    assert told(view) == [("escalate", 0, ["Ben"]), ("remind", 0, ["Ben"])]
    assert next_due(view) == stage.at + 10 * MINUTE


def test_handing_over_ends_the_claim_of_another_and_votes_count_as_before(stage: Stage) -> None:
    view = stage.submit()
    ben = stage.member("ben")
    services.claim(actor=ben.actor(Door.WEB), at=stage.at, member=ben, action_id=view.id)
    route(stage, services.reassign, view, "eve", user_id=stage.people["ada"])
    assert (told(view), Claim.everywhere.count()) == ([("reassign", None, ["Ada"])], 0)
    assert stage.review("ben", view).state == "approved"


@pytest.mark.parametrize("who", ["vera", "eve", "nobody", "ada"])
def test_it_is_handed_only_to_who_may_decide_it(stage: Stage, who: str) -> None:
    view = stage.submit()
    with pytest.raises(errors.BadRequest) as refusal:
        route(stage, services.reassign, view, user_id=stage.people.get(who, "usr_nobody"))
    assert (refusal.value.code, told(view)) == ("not_a_reviewer", [])


def test_nobody_is_rung_twice_in_a_minute(stage: Stage) -> None:
    view = stage.submit()
    route(stage, services.remind, view)
    with pytest.raises(errors.Conflict, match="less than a minute ago"):
        route(stage, services.escalate, view, "ben")
    route(stage, services.escalate, view, "ben", minutes=3)
    assert len(told(view)) == 2


def test_where_nobody_is_there_nothing_is_kept_and_it_is_said(stage: Stage) -> None:
    view = stage.submit(args=BIG)
    stage.review("ada", view)
    away(stage, "ben")
    with pytest.raises(errors.Conflict, match="Nobody who could be told is there"):
        route(stage, services.escalate, view)
    assert Escalation.everywhere.count() == 0


@pytest.mark.parametrize("reason", ["", "  ", "x" * 501])
def test_a_reason_is_needed(stage: Stage, reason: str) -> None:
    view = stage.submit()
    with pytest.raises(errors.BadRequest):
        route(stage, services.escalate, view, reason=reason)
    assert told(view) == []


@pytest.mark.parametrize("name", ["vera", "dana"])
def test_who_may_not_route_is_refused(stage: Stage, name: str) -> None:
    view = stage.submit()
    with pytest.raises(errors.NotAReviewer):
        route(stage, services.escalate, view, name)


def test_what_is_decided_is_left_alone(stage: Stage) -> None:
    view = stage.submit()
    stage.review("ben", view)
    with pytest.raises(errors.AlreadyDecided, match="Ben approved this"):
        route(stage, services.escalate, view)
    assert told(view) == []


def test_another_workspace_has_no_such_action(stage: Stage, other: Stage) -> None:
    view = stage.submit()
    with pytest.raises(errors.NotFound):
        route(other, services.escalate, view, "cleo")
    assert told(view) == []


def test_whoever_presses_is_not_told_by_it(stage: Stage) -> None:
    view = stage.submit()
    route(stage, services.escalate, view, "ben")
    assert told(view) == [("escalate", None, ["Ada"])]


def test_the_fact_names_nobody_in_the_open(stage: Stage) -> None:
    view = stage.submit()
    route(stage, services.escalate, view, reason="Zoe waits.")
    [event] = Event.objects.filter(action_id=view.id, kind="action:escalated")
    text = bytes(event.body).decode()
    assert [word for word in ("Zoe", "Ada", "Ben") if word in text] == []
    assert event.actor_id == stage.people["ada"]
