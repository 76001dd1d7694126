"""Who may decide what: roles, groups, quorums, separation of duties, and what bars an approval alone."""

from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial

import pytest

from accounts import services as accounts
from approvals import errors, lifecycle, queries
from approvals.answers import ActionView
from approvals.endings import Ending
from approvals.lifecycle import Extras
from approvals.states import Source, State
from audit.actor import OPERATOR
from tests.approvals.presses import ask, edit, find, leave, spend, withdraw
from tests.cast import POLICY, Stage, add_person, use_policy

BIG = {"customer_id": "cus_1", "amount_usd": 800}
STEPPED = POLICY.replace(
    "    second_person_for_edits: true\n", "    second_person_for_edits: true\n    {extra}\n    reject_quorum: 2\n"
)


def asking(stage: Stage, extra: str) -> str:
    return use_policy(stage, STEPPED.replace("{extra}", extra))


@pytest.mark.parametrize(
    ("name", "verdict", "code"),
    [
        ("ada", "approve", None),
        ("ben", "reject", None),
        ("vera", "approve", "not_a_reviewer"),
        ("vera", "reject", "not_a_reviewer"),
        ("dana", "approve", "not_a_reviewer"),
        ("eve", "approve", "own_action"),
        ("eve", "reject", "own_action"),
        ("eve", "ask", "own_action"),
        ("vera", "ask", "not_a_reviewer"),
        ("ada", "ask", None),
    ],
)
def test_who_may_press_what(stage: Stage, name: str, verdict: str, code: str | None) -> None:
    view = stage.submit()
    asks, votes = partial(ask, stage, name, view), partial(stage.review, name, view, verdict)
    press = asks if verdict == "ask" else votes
    if code is None:
        assert press().version == view.version + 1
        return
    with pytest.raises(errors.Forbidden) as refusal:
        press()
    assert (refusal.value.code, find(stage, view)) == (code, view)


def test_a_reviewer_outside_the_groups_that_are_named_is_told_which_they_are(stage: Stage) -> None:
    add_person(stage, "fay", "reviewer", ("finance",))
    view = stage.submit()
    with pytest.raises(errors.NotAReviewer) as refusal:
        stage.review("fay", view)
    assert refusal.value.detail == "This needs somebody of reviewers. An admin can add you to a group."


def test_a_move_that_the_table_does_not_know_is_a_mistake_of_ours_and_writes_nothing(stage: Stage) -> None:
    view = stage.submit()
    done = withdraw(stage, view)
    ending = Ending(State.APPROVED, Source.PEOPLE)
    with pytest.raises(errors.IllegalMove, match="approve: withdrawn -> approved"):
        lifecycle.decide(done, ending, actor=OPERATOR, at=stage.at, extras=Extras())
    assert find(stage, view) == done


def test_cleo_of_another_workspace_finds_nothing(stage: Stage, other: Stage) -> None:
    view = stage.submit()
    with pytest.raises(errors.NotFound):
        other.review("cleo", view)
    with pytest.raises(errors.NotFound):
        ask(other, "cleo", view)


def test_whoever_owns_the_agent_at_the_moment_of_the_vote_may_not_decide(stage: Stage) -> None:
    view = stage.submit()
    accounts.change_owner(
        actor=OPERATOR, at=stage.at, workspace_id=stage.id, agent_id=stage.otto.agent_id, owner_id=stage.people["ada"]
    )
    with pytest.raises(errors.OwnAction):
        stage.review("ada", view)
    assert stage.review("ben", view).state == "approved"


@pytest.mark.parametrize("asked_by", ["id", "ada@example.com", "Ada@Example.COM"])
def test_nobody_decides_what_was_asked_on_their_behalf(stage: Stage, asked_by: str) -> None:
    view = stage.submit(on_behalf_of=stage.people["ada"] if asked_by == "id" else asked_by)
    with pytest.raises(errors.OwnAction):
        stage.review("ada", view)
    assert stage.review("ben", view).state == "approved"


def test_whoever_comes_second_reads_who_was_first(stage: Stage) -> None:
    view = stage.submit()
    stage.review("ada", view)
    with pytest.raises(errors.AlreadyDecided) as refusal:
        stage.review("ben", view)
    when = stage.at.strftime("%H:%M UTC on %d %b %Y")
    assert refusal.value.detail == f"Ada approved this at {when} over the console. Nothing was changed."


def test_a_vote_on_an_older_revision_or_another_digest_changes_nothing(stage: Stage) -> None:
    view = stage.submit(args=BIG)
    newer = edit(stage, "ben", view, amount_usd=700)
    for options in ({}, {"revision": 2}, {"revision": 2, "digest": b""}):
        with pytest.raises(errors.StaleRevision) as refusal:
            stage.review("ada", view, **options)
        assert refusal.value.detail.startswith("Revision 2 is the newest.")
    assert find(stage, view) == newer


def test_four_eyes_are_two_people_and_one_of_them_counts_once(stage: Stage) -> None:
    view = stage.submit(args=BIG)
    voted = stage.review("ben", view, at=stage.at)
    assert (voted.state, voted.needs) == ("pending", [{"group": "finance", "approvals": 1, "quorum": 2}])
    with pytest.raises(errors.AlreadyReviewed):
        stage.review("ben", view)
    with pytest.raises(errors.AlreadyReviewed):
        stage.review("ben", view, "reject")
    done = stage.review("ada", view, at=stage.at + timedelta(seconds=1))
    assert done.decision is not None
    assert [person["name"] for person in done.decision.decided_by] == ["Ben", "Ada"]
    assert done == find(stage, view)


def test_votes_read_back_in_the_order_in_which_they_were_cast(stage: Stage) -> None:
    view = stage.submit(args=BIG)
    # The one whose id sorts last votes first.
    first, second = sorted(("ada", "ben"), key=lambda name: stage.people[name], reverse=True)
    stage.review(first, view)
    done = stage.review(second, view, at=stage.at + timedelta(seconds=1))
    assert [vote.user_id for vote in done.votes] == [stage.people[first], stage.people[second]]
    assert find(stage, view) == done


def test_each_group_that_a_rule_names_has_to_agree(stage: Stage) -> None:
    add_person(stage, "fay", "reviewer", ("finance",))
    two = "reviewers: [{group: finance, quorum: 1}, {group: reviewers, quorum: 2}]"
    use_policy(stage, POLICY.replace("reviewers: [{group: finance, quorum: 2}]", two))
    view = stage.submit(args=BIG)
    after_fay = stage.review("fay", view)
    assert [need["approvals"] for need in after_fay.needs] == [1, 0]
    after_ada = stage.review("ada", view)
    assert (after_ada.state, [need["approvals"] for need in after_ada.needs]) == ("pending", [2, 1])
    assert stage.review("ben", view).state == "approved"


def test_one_rejection_ends_it_unless_the_policy_wants_more(stage: Stage) -> None:
    assert stage.review("ben", stage.submit(args=BIG), "reject").state == "rejected"
    asking(stage, "reason: Four eyes")
    view = stage.submit(args=BIG)
    assert stage.review("ben", view, "reject", reason_code="other").state == "pending"
    done = stage.review("ada", view, "reject", reason_code="wrong_target", comment="Not her.")
    assert done.decision is not None
    assert (done.state, done.decision.reason_code, done.decision.comment) == ("rejected", "wrong_target", "Not her.")
    assert (done.grant, len(done.decision.decided_by)) == (None, 2)


def test_in_tier_draft_people_take_over_and_the_agent_gets_no_grant(stage: Stage) -> None:
    use_policy(stage, POLICY.replace("tier: autonomous", "tier: draft"))
    view = stage.review("ada", stage.submit(args={"customer_id": "cus_1", "amount_usd": 5}))
    assert view.decision is not None
    assert (view.state, view.decision.reason_code, view.grant) == ("approved", "draft", None)
    with pytest.raises(errors.GrantRefused) as refusal:
        spend(stage, view, "x")
    assert refusal.value.code == "no_grant"


def after_its_time(stage: Stage) -> ActionView:
    """An action whose time ran out between the door's look at the clock and the database's."""
    return stage.submit(at=stage.at - timedelta(seconds=61), expires_in=60)


@pytest.mark.parametrize("behind", [timedelta(0), timedelta(seconds=30)])
def test_a_press_after_the_last_moment_reads_that_time_decided(stage: Stage, behind: timedelta) -> None:
    presses: tuple[Callable[[ActionView, datetime], ActionView], ...] = (
        lambda view, at: stage.review("ada", view, at=at),
        lambda view, at: stage.review("ada", view, "reject", at=at),
        lambda view, at: ask(stage, "ada", view, at=at),
        lambda view, at: withdraw(stage, view, at=at),
    )
    for press in presses:
        view = after_its_time(stage)
        with pytest.raises(errors.AlreadyDecided):
            press(view, stage.at - behind)
        ended = find(stage, view)
        assert ended.decision is not None
        assert (ended.state, ended.decision.source, ended.grant) == ("expired", "timeout", None)
        assert ended.decision.decided_at >= view.expires_at


def test_a_vote_of_somebody_who_left_lets_nothing_run(stage: Stage) -> None:
    view = stage.submit(args=BIG)
    stage.review("ben", view)
    done = stage.review("ada", view)
    leave(stage, "ben")
    with pytest.raises(errors.GrantRefused) as refusal:
        spend(stage, done)
    assert refusal.value.code == "grant_revoked"
    revoked = next(event for event in queries.history(done) if event.kind == "grant:revoked")
    assert revoked.data["because"] == "approver_left"
