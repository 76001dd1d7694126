"""Nobody approves faster than the policy lets anybody read, and how long they read is kept with what they decided."""

from datetime import timedelta

import pytest

from approvals import errors, queries, services
from approvals.answers import ActionView
from approvals.models import Look, Review, Snapshot
from audit.canonical import stamp
from tests.approvals.presses import edit, find, leave, look, undo
from tests.cast import POLICY, Stage, add_person, use_policy

SLOW = POLICY.replace("dwell: {medium: 0s, high: 0s, critical: 0s}", "dwell: {low: 0s, medium: 3s}")
BIG = {"customer_id": "cus_1", "amount_usd": 800}


@pytest.fixture(autouse=True)
def slow(stage: Stage) -> None:
    use_policy(stage, SLOW)


def seconds(count: float) -> timedelta:
    return timedelta(seconds=count)


def event(view: ActionView) -> dict[str, object]:
    return queries.history(view)[-1].data


def test_a_look_is_kept_once_and_says_since_when(stage: Stage) -> None:
    view = stage.submit()
    assert [look(stage, "ada", view, stage.at + seconds(n)) for n in (0, 2, 4)] == [stage.at] * 3
    assert [(seen.revision, seen.user_id, seen.door) for seen in Look.everywhere.all()] == [
        (1, stage.people["ada"], "web")
    ]


@pytest.mark.parametrize("name", ["vera", "dana", "eve"])
def test_who_may_not_review_leaves_no_look(stage: Stage, name: str) -> None:
    assert (look(stage, name, stage.submit()), Look.everywhere.count()) == (None, 0)


def test_what_is_decided_is_opened_by_nobody_any_more(stage: Stage) -> None:
    done = stage.review("ada", stage.submit(), "reject")
    assert (look(stage, "ben", done), Look.everywhere.count()) == (None, 0)


def test_an_approval_without_a_look_is_too_soon(stage: Stage) -> None:
    view = stage.submit()
    with pytest.raises(errors.TooSoon) as refusal:
        stage.review("ada", view, at=stage.at + seconds(60))
    assert (refusal.value.code, refusal.value.seconds) == ("too_soon", 3)
    assert refusal.value.detail == (
        "An action of medium risk is read for 3 s at least. Nothing was changed."
        " Open it, read it, and approve after 3 s."
    )
    assert find(stage, view) == view


@pytest.mark.parametrize(("after", "left"), [(0, 3), (0.5, 3), (1, 2), (2.999, 1)])
def test_an_approval_before_the_time_is_too_soon(stage: Stage, after: float, left: int) -> None:
    view = stage.submit()
    look(stage, "ada", view)
    with pytest.raises(errors.TooSoon) as refusal:
        stage.review("ada", view, at=stage.at + seconds(after))
    assert (refusal.value.seconds, refusal.value.detail.endswith(f"Approve in {left} s.")) == (left, True)
    assert find(stage, view) == view


def test_after_it_the_approval_counts_and_the_reading_is_kept(stage: Stage) -> None:
    view = stage.submit()
    look(stage, "ada", view)
    done = stage.review("ada", view, at=stage.at + seconds(3.25))
    assert done.state == "approved"
    assert done == find(stage, view)
    opened, voted = stamp(stage.at), stamp(stage.at + seconds(3.25))
    told = event(done)
    assert (told["opened_at"], told["voted_at"], told["dwell_ms"]) == (opened, voted, 3250)
    shown = Snapshot.everywhere.get(action_id=view.id).facts
    assert (shown["dwell_ms"], shown["votes"]) == (
        3250,
        [
            {
                "reviewer": stage.people["ada"],
                "verdict": "approve",
                "checks": [],
                "evidence": [],
                "authenticated_by": "password",
                "opened_at": opened,
                "voted_at": voted,
                "dwell_ms": 3250,
            }
        ],
    )
    assert Review.everywhere.get(action_id=view.id).opened_at == stage.at


def test_the_reading_is_kept_through_the_undo_window(stage: Stage) -> None:
    use_policy(stage, SLOW.replace("undo: {medium: 0s,", "undo: {medium: 5s,"))
    past = stage.at - seconds(60)
    view = stage.submit(at=past)
    look(stage, "ada", view, past)
    stage.review("ada", view, at=past + seconds(4))
    services.fire_due(at=stage.at)
    done = find(stage, view)
    assert (done.state, event(done)["dwell_ms"], event(done)["voted_at"]) == (
        "approved",
        4000,
        stamp(past + seconds(4)),
    )
    assert Snapshot.everywhere.get(action_id=view.id).facts["dwell_ms"] == 4000


def test_a_rejection_need_not_wait(stage: Stage) -> None:
    done = stage.review("ada", stage.submit(), "reject", reason_code="not_needed")
    assert (done.state, event(done)["opened_at"], event(done)["dwell_ms"]) == ("rejected", None, None)


def test_an_edit_is_an_approval_and_waits(stage: Stage) -> None:
    view = stage.submit()
    with pytest.raises(errors.TooSoon):
        edit(stage, "ada", view, amount_usd=60)
    look(stage, "ada", view, stage.at - seconds(3))
    assert edit(stage, "ada", view, amount_usd=60).state == "approved"


def test_an_edit_that_only_proposes_need_not_wait(stage: Stage) -> None:
    assert edit(stage, "ada", stage.submit(args=BIG), amount_usd=700).revision == 2


def test_a_new_revision_is_read_anew(stage: Stage) -> None:
    view = stage.submit(args=BIG)
    look(stage, "ben", view, stage.at - seconds(60))
    newer = edit(stage, "ada", view, amount_usd=700)
    with pytest.raises(errors.TooSoon):
        stage.review("ben", newer)
    look(stage, "ben", newer, stage.at - seconds(3))
    assert [vote.dwell_ms for vote in stage.review("ben", newer).votes] == [3000]


def test_everybody_reads_for_themselves(stage: Stage) -> None:
    view = stage.submit()
    look(stage, "ada", view, stage.at - seconds(60))
    with pytest.raises(errors.TooSoon):
        stage.review("ben", view)


def test_a_look_of_another_workspace_helps_nobody(stage: Stage, other: Stage) -> None:
    add_person(other, "gil", "reviewer", ("reviewers",))
    view = stage.submit()
    assert (look(other, "gil", view), Look.everywhere.count()) == (None, 0)


def test_the_dwell_is_the_one_of_the_opening(stage: Stage) -> None:
    view = stage.submit()
    use_policy(stage, POLICY)
    with pytest.raises(errors.TooSoon):
        stage.review("ada", view)
    assert stage.review("ada", stage.submit()).state == "approved"


def test_a_right_is_asked_before_patience(stage: Stage) -> None:
    view = stage.submit()
    leave_nothing = stage.review("ben", view, "reject")
    with pytest.raises(errors.AlreadyDecided):
        stage.review("ada", leave_nothing)
    with pytest.raises(errors.NotAReviewer):
        stage.review("vera", stage.submit())


def test_a_second_vote_after_an_undo_counts_from_the_first_look(stage: Stage) -> None:
    view = stage.submit(args=BIG)
    look(stage, "ada", view, stage.at - seconds(9))
    stage.review("ada", view)
    undo(stage, "ada", view)
    assert [vote.dwell_ms for vote in stage.review("ada", view).votes] == [9000]


def test_a_voter_who_left_keeps_the_reading_in_the_record(stage: Stage) -> None:
    view = stage.submit(args=BIG)
    for name in ("ada", "ben"):
        look(stage, name, view, stage.at - seconds(5))
    stage.review("ada", view)
    leave(stage, "ada")
    add_person(stage, "fay", "reviewer", ("finance",))
    look(stage, "fay", view, stage.at - seconds(7))
    stage.review("ben", view, at=stage.at + seconds(1))
    done = stage.review("fay", view, at=stage.at + seconds(2))
    shown = Snapshot.everywhere.get(action_id=view.id).facts
    assert (done.state, [vote["dwell_ms"] for vote in shown["votes"]]) == ("approved", [5000, 6000, 9000])
