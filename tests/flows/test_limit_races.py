"""Caps and locks under many hands: no sum passes its limit, and nobody waits for somebody who waits for them."""

import time
from collections import Counter
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from functools import partial
from typing import Any

import pytest
from django.db import transaction

from approvals import errors, queries, services
from approvals.answers import ActionView
from approvals.models import Action, Execution, Grant, LimitUse, Timer
from approvals.services import limits
from audit.actor import Door
from tests.approvals.presses import report, spend
from tests.cast import POLICY, Stage, use_policy
from tests.flows.at_once import press

pytestmark = pytest.mark.race
LIMIT = """
limits:
  - {id: day-cap, tools: [billing.refund], sum: args.amount_usd, per: agent, window: 24h, max: 500, over: %s}
"""
BUDGETS = """
limits:
  - {id: cost, sum: usage.cost, per: trace, max: 0.75, over: deny}
  - {id: calls, count: true, per: trace, max: 50, over: require_approval}
"""


def refund(amount: int) -> dict[str, object]:
    return {"customer_id": "cus_1", "amount_usd": amount}


def used() -> Decimal:
    return sum((use.amount for use in LimitUse.everywhere.filter(returned_at=None)), Decimal(0))


def approving(stage: Stage, view: ActionView) -> Any:
    ada = stage.member("ada")
    vote: dict[str, Any] = {"revision": view.revision, "digest": view.digest, "verdict": "approve"}
    return partial(services.review, actor=ada.actor(Door.WEB), at=stage.at, member=ada, action_id=view.id, **vote)


def test_of_100_refunds_of_50_at_once_the_eleventh_becomes_a_question(open_stage: Stage) -> None:
    use_policy(open_stage, POLICY + LIMIT % "require_approval")

    def ask(times: int) -> list[str]:
        return [open_stage.submit(args=refund(50)).state for _ in range(times)]

    told = Counter(state for states in press([partial(ask, 5)] * 20) for state in states)
    assert (told, used()) == (Counter(approved=10, pending=90), Decimal(500))


def test_keys_that_are_tidied_away_meanwhile_let_nothing_past_a_cap(open_stage: Stage) -> None:
    use_policy(open_stage, POLICY + LIMIT % "require_approval")

    def ask() -> list[str]:
        return [open_stage.submit(args=refund(50)).state for _ in range(5)]

    def tidy() -> int:
        return sum(limits.forget_keys(at=open_stage.at + timedelta(days=9)) for _ in range(40))

    *told, tidied = press([*[ask] * 6, tidy])
    assert isinstance(tidied, int)
    assert Counter(state for states in told for state in states) == Counter(approved=10, pending=20)
    assert used() == Decimal(500)


def test_100_calls_at_once_cannot_pass_the_budgets_of_their_trace(open_stage: Stage) -> None:
    use_policy(open_stage, POLICY + BUDGETS)

    def ask(trace_id: str) -> list[str]:
        claims: dict[str, Any] = {"trace_id": trace_id, "usage": {"cost": {"value": "0.10", "currency": "USD"}}}
        return [open_stage.submit(args=refund(20), **claims).state for _ in range(5)]

    told = press([*[partial(ask, "tr_1")] * 10, *[partial(ask, "tr_2")] * 10])
    for trace in (told[:10], told[10:]):
        assert Counter(state for states in trace for state in states) == Counter(approved=7, rejected=43)


def test_people_and_agents_together_cannot_pass_a_cap_that_denies(open_stage: Stage) -> None:
    use_policy(open_stage, POLICY + LIMIT % "deny")
    waiting = [open_stage.submit(args=refund(60)) for _ in range(10)]
    asks = [partial(open_stage.submit, args=refund(40))] * 10
    told = press([*[approving(open_stage, view) for view in waiting], *asks])
    refused = [one for one in told if isinstance(one, Exception)]
    assert [one for one in refused if not isinstance(one, errors.OverLimit)] == []
    people = {view.id for view in waiting}
    spent = sum(60 if action.id in people else 40 for action in Action.everywhere.filter(state="approved"))
    assert used() == spent <= 500
    assert 500 - spent < 60


@pytest.mark.postgres
@pytest.mark.parametrize("kind", ["expire", "grant_expires", "result_due"])
def test_a_sweep_passes_by_what_a_verb_holds(open_stage: Stage, kind: str) -> None:
    """A verb changes its row first and the timers last; a sweep that waited for the row would hold the timer."""
    hour_ago = open_stage.at - timedelta(hours=5)
    view = open_stage.submit(args=refund(80 if kind == "expire" else 20), at=hour_ago)
    model: Any = {"expire": Action, "grant_expires": Grant, "result_due": Execution}[kind]
    if kind == "result_due":
        view = open_stage.submit(args=refund(20))
        spend(open_stage, view)
    later = open_stage.at + timedelta(days=1)
    key = {"pk": view.id} if model is Action else {"action_id": view.id}
    timer = Timer.everywhere.filter(action_id=view.id, kind=kind)
    with transaction.atomic():
        assert len(model.everywhere.select_for_update().filter(**key)) == 1
        press([partial(services.fire_due, at=later)])
        assert list(timer.values_list("fired_at", flat=True)) == [None]
    services.fire_due(at=later)
    assert list(timer.values_list("fired_at", flat=True)) == [later]


@pytest.mark.postgres
def test_what_is_spent_in_its_last_moment_keeps_its_share_of_the_limit(open_stage: Stage) -> None:
    use_policy(open_stage, POLICY + LIMIT % "require_approval")
    now = datetime.now(UTC)
    view = open_stage.submit(args=refund(20), execute_within=3, at=now)
    with transaction.atomic():
        spend(open_stage, view, at=now)
        time.sleep(3.2)
        press([partial(services.fire_due, at=now + timedelta(minutes=1))])
        assert used() == 20
    report(open_stage, view, at=now)
    assert used() == 20
    kinds = [event.kind for event in queries.history(view)]
    assert kinds == ["action:submitted", "action:decided", "grant:spent", "execution:reported"]
