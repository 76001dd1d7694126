"""submit, review, spend, report: what each verb does and refuses."""

import pytest

from approvals import errors, queries, services, tokens
from approvals.services import Report
from tests.cast import Stage


def test_a_refund_of_80_waits_for_one_reviewer(stage: Stage) -> None:
    view = stage.submit()
    assert (view.state, view.policy["rule"], view.needs) == (
        "pending",
        "refunds-over-50",
        [{"group": "reviewers", "approvals": 0, "quorum": 1}],
    )
    assert queries.find(stage.id, view.id, envelope=True) == view


def test_ada_approves_and_otto_runs_it_once(stage: Stage) -> None:
    view = stage.submit()
    decided = stage.review("ada", view)
    assert decided == queries.find(stage.id, view.id, envelope=True)
    assert decided.decision is not None
    assert (decided.state, decided.decision.source) == ("approved", "people")
    grant = tokens.grant_for(decided)
    assert grant is not None
    spent = services.spend(actor=stage.otto.actor, at=stage.at, caller=stage.otto, action_id=view.id, grant=grant)
    assert (spent.tool, spent.args) == ("billing.refund", b'{"amount_usd":80,"customer_id":"cus_1"}')
    with pytest.raises(errors.GrantRefused) as refused:
        services.spend(actor=stage.otto.actor, at=stage.at, caller=stage.otto, action_id=view.id, grant=grant)
    assert refused.value.code == "grant_spent"
    told = Report("succeeded", {"customer_id": "cus_1", "amount_usd": 80}, {"output": "ok"})
    closed = services.report(actor=stage.otto.actor, at=stage.at, caller=stage.otto, action_id=view.id, told=told)
    assert closed.execution is not None
    assert (closed.execution.status, closed.execution.drifted) == ("succeeded", False)


def test_an_edit_makes_a_revision_and_the_agent_gets_the_edited_arguments(stage: Stage) -> None:
    view = stage.submit()
    decided = stage.review("ben", view, args=b'{"amount_usd":60,"customer_id":"cus_1"}', reason_code="amount_too_high")
    assert decided.decision is not None
    assert decided == queries.find(stage.id, view.id, envelope=True)
    assert (decided.state, decided.revision, decided.decision.edited) == ("approved", 2, True)
    assert decided.decision.changes == [{"op": "replace", "path": "/amount_usd", "value": 60}]
