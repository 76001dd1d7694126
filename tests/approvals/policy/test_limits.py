"""Limits: what one call takes, from whom, and when it would pass."""

from datetime import timedelta
from decimal import Decimal

import pytest

from approvals.policy.limits import limits_for
from approvals.policy.verdict import LimitCharge
from tests.approvals.policy.sentences import ask, call, policy

OPEN = "rules: [{id: open, effect: allow}]\n"


def limit(**changes: str) -> str:
    keys = {"id": "cap", "sum": "args.amount_usd", "per": "agent", "window": "24h", "max": "100"} | changes
    return "limits: [{" + ", ".join(f"{key}: {value}" for key, value in keys.items() if value) + "}]\n"


def keys(text: str, **changes: object) -> list[tuple[str, str, Decimal]]:
    return [(charge.id, charge.key, charge.amount) for charge in limits_for(policy(text), call(**changes))]


@pytest.mark.parametrize(
    ("sentence", "text", "changes", "effect", "over"),
    [
        ("below the cap", limit(), {}, "allow", ()),
        ("exactly at the cap", limit(), {"history": {"cap": Decimal(20)}}, "allow", ()),
        ("one cent over", limit(), {"history": {"cap": Decimal("20.01")}}, "require_approval", ("cap",)),
        ("over, and over denies", limit(over="deny"), {"history": {"cap": 21}}, "deny", ("cap",)),
        (
            "decimals do not drift",
            limit(max="0.3"),
            {"args": {"customer_id": "c", "amount_usd": 0.1}, "history": {"cap": Decimal("0.2")}},
            "allow",
            (),
        ),
        ("calls are counted", limit(sum="", count="true", max="3"), {"history": {"cap": 2}}, "allow", ()),
        (
            "one call too many",
            limit(sum="", count="true", max="3"),
            {"history": {"cap": 3}},
            "require_approval",
            ("cap",),
        ),
        ("another tool", limit(tools="[crm.*]", over="deny"), {"history": {"cap": 999}}, "allow", ()),
        ("an amount that is not given asks", limit(sum="args.other"), {}, "require_approval", ()),
        ("and never denies", limit(sum="args.other", over="deny"), {}, "require_approval", ()),
        (
            "a negative amount earns no room",
            limit(),
            {"args": {"customer_id": "c", "amount_usd": -80}},
            "require_approval",
            (),
        ),
        ("usage that is not reported is nothing", limit(sum="usage.cost"), {}, "allow", ()),
        (
            "usage as value and currency",
            limit(sum="usage.cost", max="2.00"),
            {"usage": {"cost": {"value": "2.01", "currency": "USD"}}},
            "require_approval",
            ("cap",),
        ),
        ("usage that is no number asks", limit(sum="usage.cost"), {"usage": {"cost": "much"}}, "require_approval", ()),
        (
            "no counterpart asks",
            limit(per="counterpart", sum="", count="true"),
            {"tool": "crm.note", "args": {}},
            "require_approval",
            (),
        ),
        (
            "a call without a trace is a trace of its own",
            limit(per="trace", window=""),
            {"trace_id": None, "history": {"cap": 99}},
            "allow",
            (),
        ),
        (
            "and may still be too big for one",
            limit(per="trace", window="", max="79"),
            {"trace_id": None},
            "require_approval",
            ("cap",),
        ),
        (
            "an amount beyond all sums",
            limit(over="deny"),
            {"args": {"customer_id": "c", "amount_usd": 1e300}},
            "deny",
            ("cap",),
        ),
    ],
)
def test_limit(sentence: str, text: str, changes: dict[str, object], effect: str, over: tuple[str, ...]) -> None:
    verdict = ask(OPEN + text, changes)
    assert (verdict.effect, verdict.over_limits) == (effect, over), sentence


def test_the_sentence_shows_the_sum() -> None:
    verdict = ask(OPEN + limit(over="deny"), history={"cap": Decimal("20.50")})
    assert verdict.explanation == "Denied because limit cap would be passed: 20.50 used + 80 > 100 in 1d."
    assert verdict.reason_code == "over_limit"


@pytest.mark.parametrize(
    ("per", "key"),
    [
        ("agent", "agent:USD:otto"),
        ("workspace", "workspace:USD:"),
        ("counterpart", "counterpart:USD:c1"),
        ("trace", "trace:USD:tr_1"),
    ],
)
def test_whose_limit_it_is(per: str, key: str) -> None:
    assert keys(limit(per=per)) == [("cap", key, Decimal(80))]


def test_charges_come_in_one_order_whatever_the_order_of_the_document() -> None:
    a, b, c = (f"{{id: {name}, count: true, per: agent, window: 1h, max: 1}}" for name in "abc")
    expected = [(name, "agent::otto", Decimal(1)) for name in "abc"]
    assert keys(f"limits: [{c}, {a}, {b}]") == keys(f"limits: [{b}, {c}, {a}]") == expected


def test_a_charge_says_all_that_a_lock_and_a_sum_need() -> None:
    assert ask(limit(max="2.00", over="deny")).limits == (
        LimitCharge("cap", ("agent", "USD", "otto"), Decimal(80), timedelta(hours=24), Decimal("2.00"), "deny"),
    )


def test_a_long_or_hidden_name_becomes_its_hash() -> None:
    found = keys(limit(per="trace"), trace_id="x" * 5000)[0][1]
    assert (found[:17], len(found)) == ("trace:USD:sha256:", 81)
    assert keys(limit(per="trace"), trace_id="a\u200bb")[0][1].startswith("trace:USD:sha256:")


def test_tiny_amounts_round_up_to_what_a_sum_can_hold() -> None:
    assert keys(limit(), args={"customer_id": "c", "amount_usd": 1e-300})[0][2] == Decimal("1E-10")
