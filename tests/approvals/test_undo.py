"""The undo window: votes that suffice decide when it ends, and until then whoever voted can take it back."""

import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from accounts import services as accounts
from approvals import errors, queries, services
from approvals.answers import ActionView
from approvals.models import Decision, Grant, LimitUse, Retraction, Timer
from approvals.services.counting import counted
from audit.actor import OPERATOR
from audit.models import Event
from outbox.models import Message
from tests.approvals import invariants
from tests.approvals.presses import ask, edit, find, grant_of, leave, spend, undo, withdraw
from tests.cast import POLICY, Stage, add_person, use_policy

WINDOW = POLICY.replace("undo: {medium: 0s, high: 0s, critical: 0s}", "undo: {low: 0s, medium: 5s, high: 10s}")
LIMIT = """
limits:
  - {id: day-cap, tools: [billing.refund], sum: args.amount_usd, per: agent, window: 24h, max: 100, over: deny}
"""
BIG = {"customer_id": "cus_1", "amount_usd": 800}
FIVE = timedelta(seconds=5)


@pytest.fixture(autouse=True)
def window(stage: Stage) -> None:
    use_policy(stage, WINDOW)


@pytest.fixture
def past(stage: Stage) -> datetime:
    """So long ago that a window that opened then is over by the database's clock."""
    return stage.at - timedelta(seconds=20)


def closing(stage: Stage, at: datetime, **claims: Any) -> ActionView:
    """Ada has approved what needs one vote, at that moment."""
    return stage.review("ada", stage.submit(at=at, **claims), at=at, reason_code="other", comment="Fine.")


def kinds(view: ActionView) -> list[str]:
    return [event.kind for event in queries.history(view)]


def live_timers(view: ActionView) -> list[tuple[str, datetime]]:
    timers = Timer.everywhere.filter(action_id=view.id, fired_at=None, cancelled_at=None)
    return list(timers.order_by("due_at").values_list("kind", "due_at"))


def test_the_last_vote_opens_the_window_and_nothing_may_run_yet(stage: Stage) -> None:
    view = closing(stage, stage.at)
    assert (view.state, view.closing_at, view.decision, view.grant) == ("pending", stage.at + FIVE, None, None)
    assert view == find(stage, view)
    assert [need["approvals"] for need in view.needs] == [1]
    assert live_timers(view) == [("close", stage.at + FIVE), ("expire", view.expires_at)]
    assert Grant.everywhere.count() == Decision.everywhere.count() == 0
    with pytest.raises(errors.NotDecided):
        spend(stage, view, "x")
    assert queries.history(view)[-1].data["closing_at"] is not None
    assert services.fire_due(at=stage.at + timedelta(seconds=4)) == 0
    invariants.hold(stage.id, view.id, ())


def test_when_the_window_ends_the_voters_have_decided(stage: Stage, past: datetime) -> None:
    view = closing(stage, past)
    assert services.fire_due(at=stage.at) == 1
    done = find(stage, view)
    made = done.decision
    assert made is not None
    assert (done.state, done.closing_at, made.source, made.door) == ("approved", None, "people", "web")
    assert (made.decided_at, made.reason_code, made.comment) == (stage.at, "other", "Fine.")
    assert [person["name"] for person in made.decided_by] == ["Ada"]
    assert kinds(done) == ["action:submitted", "review:approved", "action:decided"]
    timer = Timer.everywhere.get(action_id=view.id, kind="close")
    assert (timer.fired_at, timer.cancelled_at) == (stage.at, None)
    assert [kind for kind, _ in live_timers(done)] == ["grant_expires"]
    assert spend(stage, done, grant_of(stage, done)).args == view.args
    assert [*Message.objects.filter(subject=view.id, kind="action.decided").values_list("sink", flat=True)] == [
        "live",
        "feedback",
    ]
    invariants.hold(stage.id, view.id, ())


def test_a_sweep_whose_clock_is_ahead_closes_nothing_early(stage: Stage) -> None:
    view = closing(stage, stage.at)
    assert services.fire_due(at=stage.at + timedelta(seconds=60)) == 0
    assert find(stage, view) == view


def test_a_pulse_that_comes_late_decides_at_the_moment_at_which_it_comes(stage: Stage, past: datetime) -> None:
    view = closing(stage, past - timedelta(minutes=10))
    services.fire_due(at=stage.at)
    done = find(stage, view)
    assert done.grant is not None
    assert done.decided_at == stage.at
    assert done.grant.expires_at > stage.at


def test_low_risk_waits_for_nothing(stage: Stage) -> None:
    use_policy(
        stage, WINDOW.replace("rules:\n", "rules:\n  - {id: ask, tools: [crm.note], effect: require_approval}\n")
    )
    assert stage.review("ada", stage.submit("crm.note", {"text": "x"})).state == "approved"


def test_a_rejection_needs_no_window(stage: Stage) -> None:
    assert stage.review("ada", stage.submit(), "reject").state == "rejected"


def test_four_eyes_open_one_window_with_the_second_vote(stage: Stage, past: datetime) -> None:
    view = stage.submit(args=BIG, at=past)
    first = stage.review("ben", view, at=past)
    second = stage.review("ada", view, at=past + timedelta(seconds=1))
    assert (first.closing_at, second.closing_at) == (None, past + timedelta(seconds=6))
    services.fire_due(at=stage.at)
    made = find(stage, view).decision
    assert made is not None
    assert [person["name"] for person in made.decided_by] == ["Ben", "Ada"]


def test_whoever_voted_takes_it_back_and_may_vote_again(stage: Stage) -> None:
    view = closing(stage, stage.at)
    again = undo(stage, "ada", view, stage.at + timedelta(seconds=1))
    assert (again.state, again.closing_at, again.votes, again.undone) == (
        "pending",
        None,
        (),
        (stage.people["ada"],),
    )
    assert again == find(stage, view)
    assert live_timers(view) == [("expire", view.expires_at)]
    assert kinds(view)[-1] == "review:undone"
    assert Retraction.everywhere.get(action_id=view.id).because == "undone"
    invariants.hold(stage.id, view.id, ())
    later = stage.review("ada", view, at=stage.at + timedelta(seconds=2))
    assert later.closing_at == stage.at + timedelta(seconds=7)
    undo(stage, "ada", view)
    assert stage.review("ada", view, "reject").state == "rejected"
    invariants.hold(stage.id, view.id, ())


def test_a_vote_that_is_taken_back_stops_what_the_other_voter_started(stage: Stage) -> None:
    view = stage.submit(args=BIG)
    stage.review("ben", view)
    stage.review("ada", view, at=stage.at + timedelta(seconds=1))
    after = undo(stage, "ben", view)
    assert ([vote.name for vote in after.votes], after.closing_at) == (["Ada"], None)
    assert [need["approvals"] for need in after.needs] == [1]


def test_a_vote_that_is_not_enough_can_be_taken_back_too(stage: Stage) -> None:
    view = stage.review("ben", stage.submit(args=BIG))
    assert undo(stage, "ben", view).votes == ()


@pytest.mark.parametrize("name", ["ben", "vera", "eve"])
def test_nobody_takes_back_the_vote_of_another(stage: Stage, name: str) -> None:
    view = closing(stage, stage.at)
    with pytest.raises(errors.NothingToUndo):
        undo(stage, name, view)
    assert find(stage, view) == view


def test_cleo_finds_nothing_to_undo(stage: Stage, other: Stage) -> None:
    with pytest.raises(errors.NotFound):
        undo(other, "cleo", closing(stage, stage.at))


def test_who_lost_the_role_may_still_take_the_vote_back(stage: Stage) -> None:
    add_person(stage, "fay", "reviewer", ("reviewers",))
    view = stage.review("fay", stage.submit())
    accounts.change_role(actor=OPERATOR, at=stage.at, workspace_id=stage.id, user_id=stage.people["fay"], role="viewer")
    assert undo(stage, "fay", view).votes == ()


def test_a_second_approval_is_refused_and_says_when_it_runs(stage: Stage) -> None:
    view = closing(stage, stage.at)
    with pytest.raises(errors.Closing) as refusal:
        stage.review("ben", view)
    assert refusal.value.detail.startswith(f"Nothing is missing: it is approved at {stage.at + FIVE:%H:%M:%S} UTC")
    with pytest.raises(errors.AlreadyReviewed):
        stage.review("ada", view)
    assert find(stage, view) == view


ENDS: dict[str, tuple[Callable[[Stage, ActionView], Any], str]] = {
    "ben rejects": (lambda stage, view: stage.review("ben", view, "reject"), "rejected"),
    "otto withdraws": (lambda stage, view: withdraw(stage, view), "withdrawn"),
}


@pytest.mark.parametrize("how", ENDS)
def test_what_ends_the_action_ends_the_window(stage: Stage, past: datetime, how: str) -> None:
    view = closing(stage, past)
    ENDS[how][0](stage, view)
    assert services.fire_due(at=stage.at) == 0
    done = find(stage, view)
    assert (done.state, done.closing_at, done.grant) == (ENDS[how][1], None, None)
    invariants.hold(stage.id, view.id, ())


def test_one_rejection_of_two_that_are_needed_stops_the_window(stage: Stage, past: datetime) -> None:
    use_policy(
        stage,
        WINDOW.replace(
            "reviewers: [{group: reviewers, quorum: 1}]", "reviewers: [{group: reviewers}], reject_quorum: 2"
        ),
    )
    view = closing(stage, past)
    after = stage.review("ben", view, "reject", at=past)
    assert (after.state, after.closing_at) == ("pending", None)
    assert services.fire_due(at=stage.at) == 0
    # Ada takes hers back, looks again, and is convinced.
    undo(stage, "ada", view)
    assert stage.review("ada", view, at=past).closing_at == past + FIVE


def test_an_edit_voids_the_votes_and_opens_a_window_of_its_own(stage: Stage, past: datetime) -> None:
    view = closing(stage, past)
    edited = edit(stage, "ben", view, amount_usd=60)
    assert (edited.state, edited.revision, edited.closing_at) == ("pending", 2, stage.at + FIVE)
    assert edited == find(stage, view)
    assert ([vote.name for vote in edited.votes], live_timers(view)[0]) == (["Ben"], ("close", stage.at + FIVE))
    assert services.fire_due(at=stage.at) == 0
    invariants.hold(stage.id, view.id, ())


def test_an_edit_into_four_eyes_stops_the_window(stage: Stage) -> None:
    view = closing(stage, stage.at)
    edited = edit(stage, "ben", view, amount_usd=900)
    assert (edited.closing_at, edited.votes, live_timers(view)) == (None, (), [("expire", view.expires_at)])


def test_a_question_does_not_stop_the_window(stage: Stage, past: datetime) -> None:
    view = closing(stage, past)
    asked = ask(stage, "ben", view)
    assert asked.closing_at == view.closing_at
    assert services.fire_due(at=stage.at) == 1
    assert (find(stage, view).state, find(stage, view).question) == ("approved", "")


def test_where_the_deadline_comes_first_it_wins(stage: Stage) -> None:
    opened = datetime.now(UTC)
    view = stage.submit(at=opened, expires_in=1)
    voted = stage.review("ada", view, at=opened)
    assert voted.closing_at == view.expires_at
    time.sleep(1)
    services.fire_due(at=view.expires_at)
    done = find(stage, view)
    assert done.decision is not None
    assert (done.state, done.decision.source, done.grant) == ("expired", "timeout", None)
    invariants.hold(stage.id, view.id, ())


def test_a_right_that_is_lost_meanwhile_stops_the_window_and_says_so(stage: Stage, past: datetime) -> None:
    view = closing(stage, past)
    leave(stage, "ada")
    assert services.fire_due(at=stage.at) == 1
    after = find(stage, view)
    assert (after.state, after.closing_at, counted(after).needs[0]["approvals"]) == ("pending", None, 0)
    told = queries.history(after)[-1]
    assert (told.kind, told.data["because"], told.actor_id) == ("closing:cancelled", "rights_lost", "system")
    assert [message.author_name for message in queries.messages(after)] == ["Countersign"]
    assert stage.review("ben", after, at=past).closing_at is not None
    assert services.fire_due(at=stage.at) == 1
    made = find(stage, view).decision
    assert made is not None
    assert [person["name"] for person in made.decided_by] == ["Ben"]


def test_a_limit_that_filled_up_meanwhile_stops_the_window_and_gives_the_vote_back(
    stage: Stage, past: datetime
) -> None:
    use_policy(stage, WINDOW + LIMIT)
    first, second = closing(stage, past), closing(stage, past + timedelta(seconds=1))
    assert LimitUse.everywhere.count() == 0
    assert services.fire_due(at=stage.at) == 2
    kept, given_back = find(stage, first), find(stage, second)
    assert (kept.state, given_back.state, given_back.closing_at, given_back.votes) == ("approved", "pending", None, ())
    assert [use.amount for use in LimitUse.everywhere.all()] == [Decimal(80)]
    told = queries.history(given_back)[-1]
    assert (told.kind, told.data["because"]) == ("closing:cancelled", "over_limit")
    text = queries.messages(given_back)[-1].text
    assert text.startswith("Nothing was approved. Limit day-cap has no room: 80 used + 80 > 100.")
    assert text.endswith("Ada's vote was taken back, so that it can be given again.")
    invariants.hold(stage.id, second.id, ("Ada",))
    assert stage.review("ada", second).closing_at == stage.at + FIVE


def test_the_window_is_the_one_of_the_opening_and_an_edit_can_only_lengthen_it(stage: Stage) -> None:
    view = stage.submit()
    use_policy(stage, POLICY)
    assert stage.review("ada", view).closing_at == stage.at + FIVE
    short = stage.submit()
    use_policy(stage, WINDOW)
    assert short.terms["undo"] == 0
    assert edit(stage, "ada", short, amount_usd=60).state == "approved"


def test_a_draft_is_taken_over_after_the_window_too(stage: Stage, past: datetime) -> None:
    use_policy(stage, WINDOW.replace("tier: autonomous", "tier: draft"))
    view = closing(stage, past)
    services.fire_due(at=stage.at)
    done = find(stage, view)
    assert done.decision is not None
    assert (done.state, done.decision.reason_code, done.grant) == ("approved", "draft", None)


def test_after_the_end_there_is_nothing_to_undo(stage: Stage, past: datetime) -> None:
    view = closing(stage, past)
    services.fire_due(at=stage.at)
    with pytest.raises(errors.AlreadyDecided):
        undo(stage, "ada", view)


def test_the_votes_own_facts_name_nobody_in_the_open(stage: Stage) -> None:
    view = undo(stage, "ada", closing(stage, stage.at))
    for event in Event.objects.filter(action_id=view.id):
        assert b"Ada" not in bytes(event.body)
