"""Time can only end an action, never let one through; limits reserve what is let through and take back what did not
run.
"""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone

from approvals import errors, services
from approvals.models import LimitKey, LimitUse, Timer
from approvals.services import limits
from tests.approvals.presses import find, report, spend
from tests.cast import POLICY, Stage, use_policy

LIMIT = """
limits:
  - {id: day-cap, tools: [billing.refund], sum: args.amount_usd, per: agent, window: 24h, max: 100, over: %s}
"""


def refund(amount: float) -> dict[str, object]:
    return {"customer_id": "cus_1", "amount_usd": amount}


def used(stage: Stage) -> Decimal:
    rows = LimitUse.everywhere.filter(workspace_id=stage.id, returned_at=None)
    return sum((row.amount for row in rows), Decimal(0))


def test_a_timer_ends_what_nobody_decided_and_fires_once(stage: Stage) -> None:
    view = stage.submit(at=stage.at - timedelta(hours=5))
    assert [services.fire_due(at=stage.at), services.fire_due(at=stage.at)] == [1, 0]
    ended = find(stage, view)
    assert ended.decision is not None
    assert (ended.state, ended.decision.source, ended.decision.reason_code) == ("expired", "timeout", "expired")
    timer = Timer.everywhere.get(action_id=view.id)
    assert (timer.fired_at, timer.cancelled_at) == (stage.at, None)


def test_a_sweep_whose_clock_is_ahead_ends_nothing_early(stage: Stage) -> None:
    view = stage.submit()
    assert services.fire_due(at=stage.at + timedelta(days=1)) == 0
    assert find(stage, view) == view


def test_a_decision_cancels_the_expiry_and_sets_the_grants_own(stage: Stage) -> None:
    view = stage.review("ada", stage.submit())
    timers = Timer.everywhere.filter(action_id=view.id).order_by("kind")
    assert [(timer.kind, timer.cancelled_at) for timer in timers] == [("expire", stage.at), ("grant_expires", None)]


def test_a_clock_set_back_brings_nothing_back_to_life(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    view = stage.submit(at=stage.at - timedelta(seconds=61), expires_in=60)
    stage.review("ada", stage.submit())
    before = stage.at - timedelta(seconds=30)
    monkeypatch.setattr(timezone, "now", lambda: before)
    with pytest.raises(errors.AlreadyDecided):
        stage.review("ada", view, at=before)
    assert find(stage, view).state == "expired"


def test_within_its_limit_a_call_passes_and_beyond_it_people_are_asked(stage: Stage) -> None:
    use_policy(stage, POLICY + LIMIT % "require_approval")
    assert [stage.submit(args=refund(n)).state for n in (50, 50, 1)] == ["approved", "approved", "pending"]
    assert used(stage) == 100


def test_people_may_pass_a_limit_that_asks_for_them(stage: Stage) -> None:
    use_policy(stage, POLICY + LIMIT % "require_approval")
    for amount in (80, 90):
        assert stage.review("ada", stage.submit(args=refund(amount))).state == "approved"
    assert used(stage) == 170


def test_nobody_passes_a_limit_that_denies(stage: Stage) -> None:
    use_policy(stage, POLICY + LIMIT % "deny")
    first, second = stage.submit(args=refund(80)), stage.submit(args=refund(90))
    stage.review("ada", first)
    with pytest.raises(errors.OverLimit) as refusal:
        stage.review("ada", second)
    assert refusal.value.detail.startswith("Limit day-cap has no room: 80 used + 90 > 100.")
    assert (find(stage, second), used(stage)) == (second, Decimal(80))
    denied = stage.submit(args=refund(50))
    assert (denied.state, denied.policy["rule"]) == ("rejected", None)


def test_an_edit_reserves_what_will_run(stage: Stage) -> None:
    use_policy(stage, POLICY + LIMIT % "deny")
    view = stage.submit(args=refund(99))
    done = stage.review("ada", view, args=b'{"amount_usd":60,"customer_id":"cus_1"}')
    assert (done.state, used(stage)) == ("approved", Decimal(60))


def test_a_window_moves_on(stage: Stage) -> None:
    use_policy(stage, POLICY + LIMIT % "require_approval")
    at = stage.at - timedelta(hours=24, seconds=1)
    assert [stage.submit(args=refund(50), at=at).state for _ in range(3)] == ["approved", "approved", "pending"]
    assert stage.submit(args=refund(50)).state == "approved"


@pytest.mark.parametrize("ending", ["expired", "failed", "revoked"])
def test_what_did_not_run_is_given_back(stage: Stage, ending: str) -> None:
    use_policy(stage, POLICY + LIMIT % "require_approval")
    at = stage.at - timedelta(hours=1) if ending == "expired" else stage.at
    view = stage.submit(args=refund(50), at=at)
    assert used(stage) == 50
    if ending == "expired":
        services.fire_due(at=stage.at)
    elif ending == "failed":
        spend(stage, view)
        report(stage, view, "failed")
    else:
        use_policy(stage, POLICY.replace("effect: allow", "effect: deny"))
        with pytest.raises(errors.GrantRefused):
            spend(stage, view)
    assert used(stage) == 0


def test_what_replaces_an_unspent_action_finds_its_room_in_the_limit(stage: Stage) -> None:
    use_policy(stage, POLICY + LIMIT % "require_approval")
    first, _ = stage.submit(args=refund(50)), stage.submit(args=refund(50))
    assert stage.submit(args=refund(40), supersedes=first.id).state == "approved"
    assert used(stage) == 90


def test_a_draft_takes_nothing_from_a_limit(stage: Stage) -> None:
    use_policy(stage, POLICY.replace("tier: autonomous", "tier: draft") + LIMIT % "deny")
    for amount in (80, 90):
        assert stage.review("ada", stage.submit(args=refund(amount))).state == "approved"
    assert LimitUse.everywhere.count() == 0


@pytest.mark.parametrize("status", ["succeeded", "unknown"])
def test_what_ran_or_may_have_run_stays_counted(stage: Stage, status: str) -> None:
    use_policy(stage, POLICY + LIMIT % "require_approval")
    view = stage.submit(args=refund(50))
    spend(stage, view)
    report(stage, view, status)
    services.fire_due(at=stage.at + timedelta(days=1))
    assert used(stage) == 50


def test_a_rejection_reserves_nothing(stage: Stage) -> None:
    use_policy(stage, POLICY + LIMIT % "require_approval")
    stage.review("ada", stage.submit(args=refund(80)), "reject")
    assert (used(stage), LimitUse.everywhere.count()) == (Decimal(0), 0)


BUDGET = """
limits:
  - {id: cost, sum: usage.cost, per: trace, max: 2, over: deny}
  - {id: calls, count: true, per: trace, max: 3, over: require_approval}
"""


def costing(value: str, trace_id: str = "tr_1") -> dict[str, Any]:
    return {"trace_id": trace_id, "usage": {"cost": {"value": value, "currency": "USD"}}}


def test_a_budget_of_calls_holds_for_one_trace_and_not_for_the_next(stage: Stage) -> None:
    use_policy(stage, POLICY + BUDGET)
    states = [stage.submit(args=refund(20), trace_id=trace).state for trace in ("tr_1",) * 4 + ("tr_2",)]
    assert states == ["approved", "approved", "approved", "pending", "approved"]


def test_a_budget_of_cost_holds_whatever_became_of_the_calls(stage: Stage) -> None:
    use_policy(stage, POLICY + BUDGET)
    first = stage.submit(args=refund(20), **costing("1.50"))
    spend(stage, first)
    report(stage, first, "failed")
    assert stage.submit(args=refund(20), **costing("0.60")).state == "rejected"
    assert stage.submit(args=refund(20), **costing("0.50")).state == "approved"
    assert stage.submit(args=refund(20), **costing("2.00", "tr_2")).state == "approved"


def test_what_an_execution_cost_is_counted_too(stage: Stage) -> None:
    use_policy(stage, POLICY + BUDGET)
    first = stage.submit(args=refund(20), **costing("0.10"))
    spend(stage, first)
    told = {"cost": {"value": "1.80", "currency": "USD"}}
    report(stage, first, usage=told)
    report(stage, first, usage=told)
    assert stage.submit(args=refund(20), **costing("0.11")).state == "rejected"
    assert stage.submit(args=refund(20), **costing("0.10")).state == "approved"


def test_a_call_that_failed_gives_its_place_among_the_calls_back(stage: Stage) -> None:
    use_policy(stage, POLICY + BUDGET)
    first, *_ = [stage.submit(args=refund(20), **costing("0.10")) for _ in range(3)]
    spend(stage, first)
    report(stage, first, "failed")
    assert [stage.submit(args=refund(20), **costing("0.10")).state for _ in range(2)] == ["approved", "pending"]


def test_a_key_of_a_trace_that_is_over_goes_and_what_was_used_still_counts(stage: Stage) -> None:
    use_policy(stage, POLICY + LIMIT.replace("per: agent, window: 24h", "per: trace") % "deny")
    stage.submit(args=refund(40), trace_id="tr_old", at=stage.at - limits.KEYS_KEPT - timedelta(hours=1))
    stage.submit(args=refund(40), trace_id="tr_new")
    assert (limits.forget_keys(at=stage.at), limits.forget_keys(at=stage.at)) == (1, 0)
    assert [row.key for row in LimitKey.everywhere.all() if "tr_old" in row.key] == []
    assert LimitKey.everywhere.count() == 1
    again = stage.submit(args=refund(40), trace_id="tr_old")
    over = stage.submit(args=refund(40), trace_id="tr_old")
    assert ([again.state, over.state], LimitKey.everywhere.count()) == (["approved", "rejected"], 2)


def test_what_was_given_back_keeps_no_key(stage: Stage) -> None:
    use_policy(stage, POLICY + LIMIT % "deny")
    stage.submit(args=refund(40))
    LimitUse.everywhere.update(returned_at=stage.at)
    assert limits.forget_keys(at=stage.at) == 1


def test_a_key_that_another_makes_and_a_sweep_forgets_between_two_looks_is_made_once_more(stage: Stage) -> None:
    use_policy(stage, POLICY + LIMIT % "deny")
    met: list[int] = []

    def meanwhile(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        if met or not sql.startswith("INSERT") or LimitKey._meta.db_table not in sql:
            return execute(sql, params, many, context)
        met.append(1)
        execute(sql, params, many, context)
        result = execute(sql, params, many, context)
        met.append(LimitKey.everywhere.all().delete()[0])
        return result

    with connection.execute_wrapper(meanwhile):
        assert stage.submit(args=refund(40)).state == "approved"
    assert (met, LimitKey.everywhere.count(), used(stage)) == ([1, 1], 1, Decimal(40))
