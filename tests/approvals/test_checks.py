"""Checks that a rule asks for: each approver ticks each of them, and what they ticked is kept."""

import pytest

from approvals import errors, queries
from approvals.models import Review, Snapshot
from tests.approvals.presses import edit, find
from tests.cast import POLICY, Stage, use_policy

ACCOUNT, CUSTOMER = "I compared the account number", "I called the customer: “yes”"
CHECKED = POLICY.replace(
    "    reviewers: [{group: finance, quorum: 2}]\n    second_person_for_edits: true\n",
    f'    reviewers: [{{group: finance, quorum: 2}}]\n    checks: ["{ACCOUNT}", "{CUSTOMER}"]\n',
)
# In the order in which the policy unites what several rules ask for.
BOTH = [CUSTOMER, ACCOUNT]
BIG = {"customer_id": "cus_1", "amount_usd": 800}


@pytest.fixture(autouse=True)
def checked(stage: Stage) -> None:
    use_policy(stage, CHECKED)


@pytest.mark.parametrize(
    ("ticked", "missing"),
    [([], f"{CUSTOMER}; {ACCOUNT}"), ([ACCOUNT], CUSTOMER), (["something else", CUSTOMER], ACCOUNT)],
)
def test_a_check_that_is_not_ticked_is_named(stage: Stage, ticked: list[str], missing: str) -> None:
    view = stage.submit(args=BIG)
    with pytest.raises(errors.ChecksRequired) as refusal:
        stage.review("ada", view, checks=ticked)
    assert refusal.value.detail == f"Each approver ticks every check. Not ticked: {missing}. Nothing was changed."
    assert [fault.detail for fault in refusal.value.faults] == [f"Tick: {text}" for text in missing.split("; ")]
    assert find(stage, view) == view


def test_each_approver_ticks_for_themselves_and_it_is_kept(stage: Stage) -> None:
    view = stage.submit(args=BIG)
    voted = stage.review("ben", view, checks=[CUSTOMER, ACCOUNT, "something else"])
    assert voted.votes[0].checks == tuple(BOTH)
    assert queries.history(voted)[-1].secrets["checks"] == BOTH
    with pytest.raises(errors.ChecksRequired):
        stage.review("ada", view)
    done = stage.review("ada", view, checks=BOTH)
    assert done == find(stage, view)
    assert (done.state, queries.history(done)[-1].secrets["checks"]) == ("approved", BOTH)
    assert [vote["checks"] for vote in Snapshot.everywhere.get(action_id=view.id).facts["votes"]] == [BOTH, BOTH]
    assert [review.checks for review in Review.everywhere.filter(action_id=view.id)] == [BOTH, BOTH]


def test_a_rejection_needs_no_tick(stage: Stage) -> None:
    assert stage.review("ada", stage.submit(args=BIG), "reject").state == "rejected"


def test_where_the_policy_asks_for_none_ticks_are_not_kept(stage: Stage) -> None:
    assert stage.review("ada", stage.submit(), checks=BOTH).votes[0].checks == ()


def test_an_edit_into_the_rule_is_ticked_too(stage: Stage) -> None:
    small = stage.submit()
    with pytest.raises(errors.ChecksRequired):
        edit(stage, "ada", small, amount_usd=800)
    edited = edit(stage, "ada", small, checks=BOTH, amount_usd=800)
    assert (edited.state, edited.revision, edited.votes[0].checks) == ("pending", 2, tuple(BOTH))
    assert edited == find(stage, small)
