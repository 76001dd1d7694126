"""What the history says about a call: marks that two reviewers and a later auditor see alike, and similar decisions."""

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from approvals import queries
from approvals.answers import ActionView
from approvals.findings import Similar, found
from tests.approvals.presses import edit, find, report, spend
from tests.cast import POLICY, Stage, use_policy
from tests.questions import questions


@pytest.fixture
def early(stage: Stage) -> datetime:
    return stage.at - timedelta(minutes=10)


def told(stage: Stage, view: ActionView, summary: str = "") -> list[tuple[str, str, str]]:
    """Each finding as its argument, kind and text."""
    seen = find(stage, view)
    about = queries.subject(seen)
    return [(one.name, one.kind, one.text) for one in found(about, queries.past(seen, about), summary)]


def likes(stage: Stage, view: ActionView) -> list[Similar]:
    seen = find(stage, view)
    return queries.similar(seen, queries.subject(seen))


def refund(stage: Stage, customer: str, amount: float, at: datetime) -> ActionView:
    return stage.submit(args={"customer_id": customer, "amount_usd": amount}, at=at)


def approve(stage: Stage, customer: str, amount: float, at: datetime) -> ActionView:
    return stage.review("ada", refund(stage, customer, amount, at), at=at)


def day(at: datetime) -> str:
    return f"{at.day} {at:%b %Y}"


def test_without_a_history_nothing_can_be_compared(stage: Stage) -> None:
    text = "Nothing of this tool was approved before, so nothing can be compared."
    assert told(stage, stage.submit()) == [("customer_id", "no_history", text)]


def test_a_new_counterpart_is_told_with_since_when_we_know(stage: Stage, early: datetime) -> None:
    approve(stage, "cus_1", 80, early)
    approve(stage, "cus_2", 80, early + timedelta(minutes=1))
    text = f"First time: not in 2 approved calls of this tool since {day(early)}."
    assert told(stage, refund(stage, "cus_9", 80, stage.at)) == [("customer_id", "first", text)]
    assert told(stage, refund(stage, "cus_2", 80, stage.at)) == []


def test_a_rejected_or_waiting_counterpart_is_still_new(stage: Stage, early: datetime) -> None:
    approve(stage, "cus_1", 80, early)
    stage.review("ada", refund(stage, "cus_9", 80, early), "reject", at=early)
    refund(stage, "cus_9", 80, early)
    kinds = [kind for _, kind, _ in told(stage, refund(stage, "cus_9", 80, stage.at))]
    assert kinds == ["first"]


def test_an_amount_far_above_the_usual_is_told_in_figures(stage: Stage, early: datetime) -> None:
    for n in range(21):
        approve(stage, "cus_1", 70 + n, early + timedelta(seconds=n))
    text = "12 times the usual 80 USD; highest so far 90 USD of 21."
    assert told(stage, refund(stage, "cus_1", 960, stage.at)) == [("amount_usd", "outlier", text)]
    assert told(stage, refund(stage, "cus_1", 90, stage.at)) == []


def test_later_decisions_change_no_mark_and_neither_does_its_own(stage: Stage, early: datetime) -> None:
    approve(stage, "cus_1", 80, early)
    view = refund(stage, "cus_9", 80, early + timedelta(minutes=1))
    before = told(stage, view)
    approve(stage, "cus_9", 80, early + timedelta(minutes=2))
    assert told(stage, view) == before
    stage.review("ada", view)
    assert told(stage, view) == before != []


def test_an_edit_is_compared_by_its_own_arguments(stage: Stage, early: datetime) -> None:
    approve(stage, "cus_1", 80, early)
    view = stage.submit(args={"customer_id": "cus_9", "amount_usd": 800})
    edit(stage, "ada", view, customer_id="cus_1")
    assert told(stage, view) == []


def test_another_workspace_has_a_history_of_its_own(stage: Stage, other: Stage, early: datetime) -> None:
    approve(stage, "cus_1", 80, early)
    about = queries.subject(find(stage, stage.submit()))
    assert queries.past(find(stage, stage.submit()), about).approved == 1
    assert other.id != stage.id


def test_switches_that_differ_from_their_default_and_sentences_as_names_are_told(stage: Stage) -> None:
    schema = """\
      type: object
      properties:
        notify: {type: boolean, default: true}
        force: {type: boolean, default: false}
        how: {type: object, properties: {dry: {type: boolean, default: true}}}
"""
    use_policy(stage, POLICY.replace("tools:\n", f"tools:\n  ops.run:\n    schema:\n{schema}", 1))
    args: dict[str, Any] = {"notify": False, "force": True, "how": {"dry": False}, "Risk: low": 1, "note": "x"}
    assert told(stage, stage.submit("ops.run", args)) == [
        ("Risk: low", "name", "An odd name for an argument. The agent chose it."),
        ("force", "default", "Switched on; off by default."),
        ("how", "default", "how.dry: Switched off; on by default."),
        ("notify", "default", "Switched off; on by default."),
    ]
    assert told(stage, stage.submit("ops.run", {"notify": True, "force": False, "note": "x"})) == []


def test_the_rejected_and_the_regretted_come_first(stage: Stage, early: datetime) -> None:
    def at(n: int) -> datetime:
        return early + timedelta(minutes=n)

    good = approve(stage, "cus_1", 81, at(0))
    failed = approve(stage, "cus_1", 82, at(1))
    spend(stage, failed, at=at(1))
    report(stage, failed, "failed", at=at(1))
    rejected = stage.review("ben", refund(stage, "cus_1", 83, at(2)), "reject", at=at(2), reason_code="wrong_target")
    newer = approve(stage, "cus_1", 84, at(3))
    stranger = stage.review("ada", refund(stage, "cus_2", 85, at(4)), "reject", at=at(4))
    approve(stage, "cus_2", 86, at(5))
    seen = likes(stage, stage.submit())
    assert [one.id for one in seen] == [rejected.id, failed.id, newer.id, good.id, stranger.id]
    assert [one.is_regretted for one in seen] == [False, True, False, False, False]
    assert [one.is_same_counterpart for one in seen] == [True, True, True, True, False]
    first = seen[0]
    assert (first.decided_by, first.reason_code, first.amount) == (("Ben",), "wrong_target", Decimal(83))
    assert first.currency == "USD"


def test_a_decided_action_is_shown_only_what_came_before_it(stage: Stage, early: datetime) -> None:
    old = approve(stage, "cus_1", 81, early)
    new = approve(stage, "cus_1", 82, early + timedelta(minutes=1))
    assert [one.id for one in likes(stage, new)] == [old.id]
    assert likes(stage, old) == []


@pytest.mark.parametrize("rows", [1, 3])
def test_the_history_takes_two_reads_however_long_it_is(stage: Stage, early: datetime, rows: int) -> None:
    for n in range(rows):
        approve(stage, "cus_1", 80, early + timedelta(seconds=n))
    view = find(stage, stage.submit())
    about = queries.subject(view)
    with questions() as asked:
        assert (queries.past(view, about).approved, len(queries.similar(view, about))) == (rows, rows)
    assert len(asked) == 2
