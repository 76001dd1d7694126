"""A vote counts by the rights of the moment at which votes are counted, not of the moment at which it was cast."""

from collections.abc import Callable
from datetime import timedelta

import pytest

from accounts import services as accounts
from approvals import queries
from approvals.answers import ActionView
from approvals.services.counting import counted, counted_each
from audit.actor import OPERATOR
from tests.approvals.presses import find, leave, spend
from tests.cast import POLICY, Stage, add_person, use_policy

BIG = {"customer_id": "cus_1", "amount_usd": 800}


def deactivated(stage: Stage, name: str) -> None:
    accounts.deactivate(actor=OPERATOR, at=stage.at, workspace_id=stage.id, user_id=stage.people[name])


def only_viewing(stage: Stage, name: str) -> None:
    accounts.change_role(actor=OPERATOR, at=stage.at, workspace_id=stage.id, user_id=stage.people[name], role="viewer")


def out_of_finance(stage: Stage, name: str) -> None:
    accounts.remove_from_group(
        actor=OPERATOR, at=stage.at, workspace_id=stage.id, handle="finance", user_id=stage.people[name]
    )


def owning_the_agent(stage: Stage, name: str) -> None:
    accounts.change_owner(
        actor=OPERATOR,
        at=stage.at,
        workspace_id=stage.id,
        agent_id=stage.otto.agent_id,
        owner_id=stage.people[name],
    )


LOSSES = [leave, deactivated, only_viewing, out_of_finance, owning_the_agent]


def finance(view: ActionView) -> tuple[int, int]:
    need = next(need for need in view.needs if need["group"] == "finance")
    return need["approvals"], need["quorum"]


@pytest.mark.parametrize("lose", LOSSES)
def test_a_vote_whose_right_is_gone_decides_nothing_with_the_next_one(
    stage: Stage, lose: Callable[[Stage, str], None]
) -> None:
    add_person(stage, "fay", "reviewer", ("finance",))
    view = stage.submit(args=BIG)
    stage.review("ben", view)
    lose(stage, "ben")
    assert finance(counted(find(stage, view))) == (0, 2)
    after = stage.review("ada", view, at=stage.at + timedelta(seconds=1))
    assert (after.state, finance(after), after.grant) == ("pending", (1, 2), None)
    assert after == counted(find(stage, view))
    assert queries.history(view)[-1].data["quorum"] == ["finance 1 of 2"]
    done = stage.review("fay", view, at=stage.at + timedelta(seconds=2))
    assert done.decision is not None
    assert [person["name"] for person in done.decision.decided_by] == ["Ada", "Fay"]
    assert (done.state, finance(done), done) == ("approved", (2, 2), counted(find(stage, view)))
    assert queries.history(view)[-1].data["quorum"] == ["finance 2 of 2"]
    # Whoever counted for nothing stands in nobody's way.
    assert spend(stage, done).args == view.args


def test_a_rejection_whose_right_is_gone_does_not_count_either(stage: Stage) -> None:
    two = "second_person_for_edits: true\n    reject_quorum: 2\n"
    use_policy(stage, POLICY.replace("second_person_for_edits: true\n", two))
    view = stage.submit(args=BIG)
    stage.review("ben", view, "reject")
    leave(stage, "ben")
    assert stage.review("ada", view, "reject").state == "pending"


def test_a_right_that_came_back_brings_the_vote_back(stage: Stage) -> None:
    view = stage.submit(args=BIG)
    stage.review("ben", view)
    out_of_finance(stage, "ben")
    accounts.add_to_group(
        actor=OPERATOR, at=stage.at, workspace_id=stage.id, handle="finance", user_id=stage.people["ben"]
    )
    assert stage.review("ada", view).state == "approved"


def test_a_group_that_was_joined_later_is_not_what_somebody_voted_for(stage: Stage) -> None:
    add_person(stage, "gus", "reviewer", ("reviewers",))
    two = "reviewers: [{group: finance, quorum: 1}, {group: reviewers, quorum: 2}]"
    use_policy(stage, POLICY.replace("reviewers: [{group: finance, quorum: 2}]", two))
    view = stage.submit(args=BIG)
    stage.review("gus", view)
    accounts.add_to_group(
        actor=OPERATOR, at=stage.at, workspace_id=stage.id, handle="finance", user_id=stage.people["gus"]
    )
    assert finance(counted(find(stage, view))) == (0, 1)


def test_what_is_decided_stays_as_it_was_decided(stage: Stage) -> None:
    view = stage.submit(args=BIG)
    stage.review("ben", view)
    done = stage.review("ada", view, at=stage.at + timedelta(seconds=1))
    leave(stage, "ben")
    assert counted(find(stage, view)) == done


def test_many_actions_are_counted_with_one_read(
    stage: Stage, django_assert_num_queries: Callable[[int], object]
) -> None:
    views = [stage.submit(args=BIG) for _ in range(3)]
    voted = [stage.review("ben", view) for view in views]
    with django_assert_num_queries(1):  # type: ignore[attr-defined]
        assert counted_each(voted) == voted
    with django_assert_num_queries(0):  # type: ignore[attr-defined]
        assert counted_each(views) == views
    assert counted_each([]) == []
