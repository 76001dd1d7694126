"""The shape of a document: every key is read, every other key is refused where it stands."""

import hashlib
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from approvals.policy.document import parse
from approvals.policy.errors import PolicyError
from approvals.policy.model import Canary, Need, Recipient
from approvals.policy.paths import Path
from tests.approvals.policy.sentences import EXAMPLE


def problems_of(text: str) -> list[tuple[str, str]]:
    with pytest.raises(PolicyError) as refused:
        parse(text)
    return [(problem.pointer, problem.code) for problem in refused.value.problems]


def test_version_is_the_hash_of_the_exact_text() -> None:
    assert parse(EXAMPLE).version == "sha256:" + hashlib.sha256(EXAMPLE.encode()).hexdigest()
    assert parse(EXAMPLE + "\n").version != parse(EXAMPLE).version


def test_defaults_of_the_example() -> None:
    found = parse(EXAMPLE).defaults
    assert (found.effect, found.reviewers) == ("require_approval", (Need("reviewers", 1),))
    assert (found.target, found.expires_in) == (timedelta(minutes=15), timedelta(hours=4))
    assert (found.execute_within, found.result_within) == (timedelta(minutes=15), timedelta(hours=1))
    assert [span.total_seconds() for span in found.undo.values()] == [0, 5, 10, 10]
    assert [span.total_seconds() for span in found.dwell.values()] == [0, 1, 3, 5]
    assert found.slack_up_to == "high"


def test_tool_of_the_example() -> None:
    found = parse(EXAMPLE).tools["billing.refund"]
    assert found.effect_text == "Refunds {amount_usd} USD to customer {customer_id}."
    assert (found.version, found.access, found.writes_pii, found.risk) == (3, "write", False, "medium")
    assert found.amount is not None
    assert (found.amount.path.text, found.amount.currency) == ("args.amount_usd", "USD")
    assert (found.counterpart, found.sensitive) == (Path("args", ("customer_id",)), (Path("args", ("iban",)),))


def test_agent_of_the_example() -> None:
    found = parse(EXAMPLE).agents["support_agent"]
    assert [(grant.pattern, grant.tier) for grant in found.tools] == [("billing.refund", "limits"), ("crm.*", None)]
    assert found.versions == {"v4": "live", "v5": Canary(Decimal(10)), "v3": "blocked"}
    assert (found.owner, found.tier, found.data_scopes) == ("ada", "approvals", ("orders",))


def test_rules_and_limits_of_the_example() -> None:
    found = parse(EXAMPLE)
    assert [(rule.id, rule.effect) for rule in found.rules] == [
        ("small-refunds", "allow"),
        ("refunds-over-500", "require_approval"),
        ("no-deletes", "deny"),
    ]
    assert [(limit.id, limit.max, limit.per, limit.over) for limit in found.limits] == [
        ("refund-day-cap", Decimal(500), "agent", "require_approval"),
        ("cost-per-trace", Decimal("2.00"), "trace", "deny"),
        ("calls-per-trace", Decimal(50), "trace", "require_approval"),
    ]


def test_what_later_parts_enforce_is_read_now() -> None:
    found = parse(EXAMPLE)
    assert [(freeze.id, freeze.starts_at, freeze.ends_at) for freeze in found.freezes] == [
        ("year-end", datetime(2026, 12, 24, tzinfo=UTC), datetime(2027, 1, 2, tzinfo=UTC))
    ]
    steps = found.escalations["finance-oncall"]
    assert [(step.after, step.notify, step.reassign) for step in steps] == [
        (timedelta(0), (Recipient("group", "finance"),), False),
        (timedelta(minutes=10), (Recipient("oncall", "finance"),), False),
        (timedelta(minutes=30), (Recipient("group", "finance-leads"),), True),
    ]
    assert found.schedules["finance"].members == ("ada", "ben")
    assert found.tests[0].expect.rule == "refunds-over-500"


def test_money_is_never_a_float() -> None:
    text = "name: x\nlimits: [{id: a, count: true, per: trace, max: 0.1000000000000000055}]"
    assert parse(text).limits[0].max == Decimal("0.1000000000000000055")


def test_unmarked_tool_counts_as_dangerous() -> None:
    found = parse("name: x\ntools: {t: {}}").tools["t"]
    assert (found.access, found.writes_pii, found.reversible, found.on_schema_error) == ("write", True, False, "refuse")


def test_unknown_key_gets_the_nearest_one_as_a_hint() -> None:
    with pytest.raises(PolicyError) as refused:
        parse("name: x\nrules:\n  - id: a\n    effect: deny\n    wenn: []\n")
    problem = refused.value.problems[0]
    assert (problem.pointer, problem.code, problem.line) == ("/rules/0/wenn", "unknown_key", 5)
    assert problem.detail == "wenn is not a key here; did you mean when?"


def test_all_faults_come_at_once() -> None:
    assert problems_of("nam: x\nlimits: 3\nrules: [{effect: maybe}]") == [
        ("/name", "missing"),
        ("/rules/0/id", "missing"),
        ("/rules/0/effect", "unknown_word"),
        ("/limits", "not_a_list"),
        ("/nam", "unknown_key"),
    ]


@pytest.mark.parametrize(
    ("text", "pointer", "code"),
    [
        ("[]", "", "not_a_mapping"),
        ("defaults: {expires_in: 4 hours}", "/defaults/expires_in", "not_a_duration"),
        ("defaults: {expires_in: 0s}", "/defaults/expires_in", "not_a_duration"),
        ("defaults: {expires_in: 900}", "/defaults/expires_in", "not_a_duration"),
        ("defaults: {reviewers: []}", "/defaults/reviewers", "empty"),
        ("defaults: {reviewers: [{group: a, quorum: 0}]}", "/defaults/reviewers/0/quorum", "not_a_count"),
        ("defaults: {reviewers: [{group: a}, {group: a}]}", "/defaults/reviewers", "duplicate_group"),
        ("defaults: {undo: {extreme: 1s}}", "/defaults/undo/extreme", "unknown_key"),
        ("defaults: {slack_up_to: hi}", "/defaults/slack_up_to", "unknown_word"),
        ("tools: {a b: {}}", "/tools/a b", "bad_name"),
        ("tools: {t: {schema: []}}", "/tools/t/schema", "not_a_mapping"),
        ("tools: {t: {risk: mid}}", "/tools/t/risk", "unknown_word"),
        ("tools: {t: {writes_pii: no}}", "/tools/t/writes_pii", "not_a_flag"),
        ("tools: {t: {version: 0}}", "/tools/t/version", "not_a_count"),
        ("tools: {t: {amount: {path: args.a}}}", "/tools/t/amount/currency", "bad_currency"),
        ("tools: {t: {amount: {currency: USD}}}", "/tools/t/amount/path", "missing"),
        ("tools: {t: {amount: {path: amount, currency: USD}}}", "/tools/t/amount/path", "not_a_path"),
        ("tools: {t: {counterpart: intent.x}}", "/tools/t/counterpart", "not_a_path"),
        ("tools: {t: {sensitive: [iban]}}", "/tools/t/sensitive/0", "not_a_path"),
        ("agents: {otto: {}}", "/agents/otto/tools", "missing"),
        ("agents: {otto: {tools: {t: {tier: free}}}}", "/agents/otto/tools/t/tier", "unknown_word"),
        ("agents: {otto: {tools: {t: {}}, versions: {v1: alive}}}", "/agents/otto/versions/v1", "bad_version"),
        (
            "agents: {otto: {tools: {t: {}}, versions: {v1: {canary: 200%}}}}",
            "/agents/otto/versions/v1",
            "bad_version",
        ),
        ("rules: [{id: a}]", "/rules/0/effect", "missing"),
        ("rules: [{id: a, effect: deny, tools: []}]", "/rules/0/tools", "empty"),
        ("rules: [{id: a, effect: deny, when: [1]}]", "/rules/0/when/0", "not_a_text"),
        ("rules: [{id: a, effect: deny, when: x == 1}]", "/rules/0/when", "not_a_list"),
        ("rules: [{id: a, effect: deny, step_up: sms}]", "/rules/0/step_up", "unknown_word"),
        ("rules: [{id: a, effect: deny, evidence: [photos]}]", "/rules/0/evidence/0", "bad_name"),
        ("defaults: {passkey_from: sometimes}", "/defaults/passkey_from", "unknown_word"),
        ("limits: [{id: a, count: true, per: trace}]", "/limits/0/max", "missing"),
        ("limits: [{id: a, count: true, per: trace, max: -1}]", "/limits/0/max", "not_an_amount"),
        ("limits: [{id: a, count: true, per: trace, max: lots}]", "/limits/0/max", "not_an_amount"),
        ("limits: [{id: a, count: true, per: agent, max: 1}]", "/limits/0/window", "missing"),
        ("limits: [{id: a, per: trace, max: 1}]", "/limits/0/sum", "sum_or_count"),
        ("limits: [{id: a, count: true, sum: args.a, per: trace, max: 1}]", "/limits/0/sum", "sum_or_count"),
        ("limits: [{id: a, sum: impact.amount, per: trace, max: 1}]", "/limits/0/sum", "not_a_path"),
        ("limits: [{id: a, count: true, per: trace, max: 1, over: allow}]", "/limits/0/over", "unknown_word"),
        ("freezes: [{id: a, from: 2026-01-01T00:00:00, to: 2026-01-02T00:00:00Z}]", "/freezes/0/from", "not_a_time"),
        ("freezes: [{id: a, from: 2026-01-02T00:00:00Z, to: 2026-01-01T00:00:00Z}]", "/freezes/0/to", "bad_order"),
        ("escalations: {a: []}", "/escalations/a", "empty"),
        ("escalations: {a: [{after: 1m}]}", "/escalations/a/0/notify", "missing"),
        ("escalations: {a: [{after: 1m, notify: [{team: x}]}]}", "/escalations/a/0/notify/0", "bad_recipient"),
        (
            "escalations: {a: [{after: 2m, notify: [{group: x}]}, {after: 1m, notify: [{group: x}]}]}",
            "/escalations/a",
            "bad_order",
        ),
        ("schedules: {a: {timezone: Mars/Base, members: [ada]}}", "/schedules/a/timezone", "unknown_timezone"),
        ("schedules: {a: {members: [ada], hours: nine to five}}", "/schedules/a/hours", "bad_hours"),
        (
            "tests: [{given: {tool_call: {name: t}, actor: otto, confidence: 2}, expect: {effect: deny}}]",
            "/tests/0/given/confidence",
            "not_a_share",
        ),
        ("tests: [{given: {tool_call: {name: t}, actor: otto}, expect: {}}]", "/tests/0/expect/effect", "missing"),
    ],
)
def test_refused_where_it_stands(text: str, pointer: str, code: str) -> None:
    if text != "[]":
        text = f"name: x\n{text}"
    assert (pointer, code) in problems_of(text)
    assert {found for _, found in problems_of(text)} <= {code, "missing", "unknown_key"}
