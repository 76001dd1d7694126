"""spend and report: once, only with the right token, only while nothing speaks against it; and what came of it."""

from datetime import timedelta

import orjson
import pytest

from accounts import services as accounts
from approvals import errors, queries, services, tokens
from approvals.answers import ActionView
from approvals.models import Execution, Grant, Timer
from audit.actor import OPERATOR
from tests.approvals.presses import find, grant_of, leave, report, spend
from tests.cast import POLICY, Stage, use_policy


@pytest.fixture
def approved(stage: Stage) -> ActionView:
    return stage.review("ada", stage.submit())


def refused(stage: Stage, view: ActionView, grant: str = "") -> str:
    """The code of the refusal; nothing may have begun."""
    before = list(Execution.everywhere.filter(action_id=view.id).values())
    with pytest.raises(errors.GrantRefused) as refusal:
        spend(stage, view, grant)
    assert list(Execution.everywhere.filter(action_id=view.id).values()) == before
    return refusal.value.code


def test_the_same_grant_is_drawn_at_each_read_until_it_is_spent(stage: Stage, approved: ActionView) -> None:
    token = grant_of(stage, approved)
    assert token == grant_of(stage, approved) != ""
    spent = spend(stage, approved)
    assert (spent.args, spent.spent_at) == (approved.args, stage.at)
    assert (tokens.grant_for(find(stage, approved)), refused(stage, approved, token)) == (None, "grant_spent")


def test_nothing_is_spent_before_the_decision_or_without_an_approval(stage: Stage) -> None:
    view = stage.submit()
    with pytest.raises(errors.NotDecided):
        spend(stage, view, "x")
    assert refused(stage, stage.review("ada", view, "reject"), "x") == "no_grant"


def test_a_token_opens_its_own_action_alone(stage: Stage, approved: ActionView) -> None:
    another = stage.review("ada", stage.submit())
    head, claims, signature = grant_of(stage, approved).split(".")
    for token in (grant_of(stage, another), "x.y.z", f"{head}.{claims}.{signature[:-4]}AAAA", f"{head}.{claims}."):
        assert refused(stage, approved, token) == "grant_invalid"
    assert Grant.everywhere.exclude(spent_at=None, revoked_at=None).count() == 0


def test_a_grant_that_ran_out_stays_unspent(stage: Stage) -> None:
    view = stage.submit(at=stage.at - timedelta(hours=1), args={"customer_id": "cus_1", "amount_usd": 5})
    token = grant_of(stage, view)
    assert (view.state, refused(stage, view, token)) == ("approved", "grant_expired")
    services.fire_due(at=stage.at)
    assert [event.kind for event in queries.history(view)][-1] == "grant:expired"
    assert refused(stage, view, token) == "grant_expired"


def test_a_policy_that_became_stricter_revokes_the_grant_for_good(stage: Stage, approved: ActionView) -> None:
    token = grant_of(stage, approved)
    strict = POLICY.replace('when: ["args.amount_usd > 50"], effect: require_approval', "effect: deny")
    use_policy(stage, strict)
    assert refused(stage, approved, token) == "grant_revoked"
    revoked = queries.history(approved)[-1]
    assert (revoked.kind, revoked.data["because"]) == ("grant:revoked", "policy_changed")
    assert revoked.secrets["because"].startswith("The policy changed meanwhile: ")
    use_policy(stage, POLICY + "# as before\n")
    assert (refused(stage, approved, token), tokens.grant_for(find(stage, approved))) == ("grant_revoked", None)


def test_no_argument_stands_in_the_open_where_a_grant_was_revoked(stage: Stage) -> None:
    view = stage.review("ada", stage.submit(args={"customer_id": "cus_1", "amount_usd": 81.375}))
    use_policy(
        stage,
        POLICY.replace("args.amount_usd > 50", "args.amount_usd > 51").replace(
            "rules:\n", 'rules:\n  - {id: cap, tools: [billing.refund], when: ["args.amount_usd > 81"], effect: deny}\n'
        ),
    )
    refused(stage, view)
    assert "81.375" in queries.history(view)[-1].secrets["because"]
    assert "81.375" not in orjson.dumps(queries.history(view)[-1].data).decode()


def test_a_policy_that_asks_for_the_same_or_less_changes_nothing(stage: Stage, approved: ActionView) -> None:
    use_policy(stage, POLICY.replace("args.amount_usd <= 50", "args.amount_usd <= 100").replace('> 50"', '> 100"'))
    assert spend(stage, approved).args == approved.args


def test_whoever_approved_has_to_be_there_still(stage: Stage) -> None:
    view = stage.review("ben", stage.submit())
    leave(stage, "ben")
    assert refused(stage, view) == "grant_revoked"


def test_a_key_that_was_switched_off_runs_nothing_and_another_one_may(stage: Stage, approved: ActionView) -> None:
    key = accounts.rotate_key(actor=OPERATOR, at=stage.at, workspace_id=stage.id, key_id=stage.otto.key_id)
    with pytest.raises(errors.CallerGone):
        spend(stage, approved)
    stage.otto = type(stage.otto)(
        key.id, stage.id, stage.slug, stage.otto.agent_id, "otto", stage.otto.owner_id, ("actions:write",), None
    )
    assert spend(stage, approved).args == approved.args


def test_a_spent_grant_says_so_whatever_the_policy_has_become(stage: Stage, approved: ActionView) -> None:
    token = grant_of(stage, approved)
    spend(stage, approved, token)
    use_policy(stage, POLICY.replace('when: ["args.amount_usd > 50"], effect: require_approval', "effect: deny"))
    assert refused(stage, approved, token) == "grant_spent"


def test_a_result_without_a_spent_grant_is_refused(stage: Stage, approved: ActionView) -> None:
    with pytest.raises(errors.NotSpent):
        report(stage, approved)
    with pytest.raises(errors.NotSpent):
        report(stage, stage.submit())


def test_the_first_report_stands_and_the_same_one_may_come_again(stage: Stage, approved: ActionView) -> None:
    spend(stage, approved)
    told = report(stage, approved, args={"customer_id": "cus_1", "amount_usd": 80}, output="re_1")
    assert told.execution is not None
    assert (told.execution.status, told.execution.drifted) == ("succeeded", False)
    later = stage.at + timedelta(seconds=5)
    same = {"args": {"customer_id": "cus_1", "amount_usd": 80}, "output": "re_1", "at": later}
    assert report(stage, approved, **same) == told  # type: ignore[arg-type]
    for status, output in (("failed", "re_1"), ("succeeded", "re_2")):
        with pytest.raises(errors.AlreadyReported):
            report(stage, approved, status, {"customer_id": "cus_1", "amount_usd": 80}, output=output)
    assert find(stage, approved).execution == told.execution
    assert [e.kind for e in queries.history(told)][-2:] == ["grant:spent", "execution:reported"]
    assert not Timer.everywhere.filter(action_id=approved.id, fired_at=None, cancelled_at=None).exists()


def test_other_arguments_than_the_decided_ones_are_a_drift(stage: Stage, approved: ActionView) -> None:
    spend(stage, approved)
    told = report(stage, approved, args={"customer_id": "cus_1", "amount_usd": 8000})
    assert told.execution is not None
    assert told.execution.drifted
    drift = next(event for event in queries.history(told) if event.kind == "execution:drifted")
    assert drift.secrets["report"]["executed_args"] == {"customer_id": "cus_1", "amount_usd": 8000}


def test_a_result_that_never_came_is_unknown_and_a_late_one_still_counts(stage: Stage) -> None:
    view = stage.review("ada", stage.submit())
    spend(stage, view)
    services.fire_due(at=stage.at + timedelta(minutes=59))
    assert find(stage, view).execution.status == "running"  # type: ignore[union-attr]
    services.fire_due(at=stage.at + timedelta(minutes=61))
    assert find(stage, view).execution.status == "unknown"  # type: ignore[union-attr]
    told = report(stage, view, "failed", at=stage.at + timedelta(hours=2))
    assert told.execution is not None
    assert (told.execution.status, told.execution.drifted) == ("failed", False)
    kinds = [event.kind for event in queries.history(view)][-3:]
    assert kinds == ["grant:spent", "execution:unreported", "execution:reported"]


FREEZE = "freezes: [{id: now, from: 2020-01-01T00:00:00Z, to: 2120-01-01T00:00:00Z, effect: %s}]\n"


@pytest.mark.parametrize(
    ("effect", "code"), [("require_approval", "grant_revoked"), ("deny", "grant_revoked"), ("", "")]
)
def test_a_freeze_that_began_meanwhile_holds_what_the_policy_let_through(stage: Stage, effect: str, code: str) -> None:
    view = stage.submit(args={"customer_id": "c", "amount_usd": 5})
    assert view.state == "approved"
    use_policy(stage, POLICY + (FREEZE % effect if effect else "# nothing\n"))
    if code:
        assert refused(stage, view, grant_of(stage, view)) == code
    else:
        assert spend(stage, view).spent_at == stage.at


def test_what_people_approved_runs_in_a_freeze_that_asks(stage: Stage) -> None:
    use_policy(stage, POLICY + FREEZE % "require_approval")
    view = stage.review("ada", stage.submit())
    assert spend(stage, view).spent_at == stage.at
