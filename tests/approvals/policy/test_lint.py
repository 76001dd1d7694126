"""What is refused on save though its shape is right."""

import pytest

from approvals.policy.document import parse
from approvals.policy.lint import lint
from tests.approvals.policy.sentences import EXAMPLE, OTTO, TOOLS

SCHEMA = "schema: {type: object, additionalProperties: false, properties: {a: {type: string}}}"


def codes(text: str, **sizes: int) -> list[tuple[str, str]]:
    problems = lint(parse(text), group_sizes=sizes or None)
    return [(problem.pointer, problem.code) for problem in problems]


def test_the_example_may_be_saved() -> None:
    assert lint(parse(EXAMPLE), group_sizes={"reviewers": 2, "finance": 2}) == ()


@pytest.mark.parametrize(
    ("text", "pointer", "code"),
    [
        ("rules: [{id: a, effect: deny, when: ['nope']}]", "/rules/0/when/0", "bad_clause"),
        ("rules: [{id: a, effect: deny, when: ['args.a']}]", "/rules/0/when/0", "bad_clause"),
        ("rules: [{id: a, effect: deny}, {id: a, effect: deny}]", "/rules/1/id", "duplicate_id"),
        ("rules: [{id: a, effect: deny, escalation: x}]", "/rules/0/escalation", "unknown_escalation"),
        ("defaults: {escalation: x}", "/defaults/escalation", "unknown_escalation"),
        (
            "limits: [{id: a, count: true, per: trace, max: 1}, {id: a, count: true, per: trace, max: 1}]",
            "/limits/1/id",
            "duplicate_id",
        ),
        (
            "escalations: {a: [{after: 1m, notify: [{oncall: x}]}]}",
            "/escalations/a/0/notify/0/oncall",
            "unknown_schedule",
        ),
        ("tools: {t: {schema: {type: wat}}}", "/tools/t/schema", "bad_schema"),
        ("tools: {t: {schema: {$ref: 'http://127.0.0.1:1/x'}}}", "/tools/t/schema", "bad_schema"),
        ("tools: {t: {schema: {properties: {a: {pattern: '(?=x)'}}}}}", "/tools/t/schema", "bad_schema"),
        (f'tools: {{t: {{{SCHEMA}, effect_text: "Does {{b}}."}}}}', "/tools/t/effect_text", "unknown_property"),
        (f'tools: {{t: {{{SCHEMA}, effect_text: "Does {{a."}}}}', "/tools/t/effect_text", "bad_placeholder"),
        (f"tools: {{t: {{{SCHEMA}, counterpart: args.b}}}}", "/tools/t/counterpart", "unknown_property"),
        (f"tools: {{t: {{{SCHEMA}, sensitive: [args.a, args.b]}}}}", "/tools/t/sensitive/1", "unknown_property"),
        (
            f"tools: {{t: {{{SCHEMA}, amount: {{path: args.b, currency: USD}}}}}}",
            "/tools/t/amount/path",
            "unknown_property",
        ),
        (
            f"tools: {{t: {{{SCHEMA}}}}}\nlimits: [{{id: l, sum: args.b, per: trace, max: 1}}]",
            "/limits/0/sum",
            "unknown_property",
        ),
        (
            f"tools: {{t: {{{SCHEMA}}}}}\nlimits: [{{id: l, count: true, per: counterpart, window: 1h, max: 1}}]",
            "/limits/0/per",
            "no_counterpart",
        ),
    ],
)
def test_refused_where_it_stands(text: str, pointer: str, code: str) -> None:
    assert codes(f"name: x\n{text}") == [(pointer, code)]


@pytest.mark.parametrize(
    ("sizes", "expected"),
    [
        ({"finance": 2, "reviewers": 1}, []),
        ({"finance": 1, "reviewers": 1}, [("/rules/0/reviewers/0/quorum", "quorum_out_of_reach")]),
        ({"finance": 0, "reviewers": 1}, [("/rules/0/reviewers/0/group", "empty_group")]),
        ({"reviewers": 1}, [("/rules/0/reviewers/0/group", "unknown_group")]),
        ({"finance": 2}, [("/defaults/reviewers/0/group", "unknown_group")]),
    ],
)
def test_the_pool_must_reach_the_quorum(sizes: dict[str, int], expected: list[tuple[str, str]]) -> None:
    rule = "{id: a, effect: require_approval, reviewers: [{group: finance, quorum: 2}]}"
    assert codes(f"name: x\ndefaults: {{reviewers: [{{group: reviewers}}]}}\nrules: [{rule}]", **sizes) == expected


def trial(given: str, expect: str) -> str:
    rules = "rules: [{id: big, when: ['args.amount_usd > 500'], effect: deny}]"
    refund = f"tool_call: {{name: billing.refund, args: {{customer_id: c, amount_usd: 800}}}}, {given}"
    return f"{TOOLS}{OTTO}{rules}\ntests: [{{given: {{{refund}}}, expect: {{{expect}}}}}]"


@pytest.mark.parametrize(
    ("given", "expect", "failed"),
    [
        ("actor: otto", "effect: deny, rule: big", []),
        ("actor: otto", "effect: deny, reason_code: denied_by_rule", []),
        ("actor: otto_v3", "effect: deny", []),
        ("actor: otto", "effect: allow, rule: big", ["effect"]),
        ("actor: otto", "effect: deny, rule: null", ["rule"]),
        ("actor: otto", "effect: deny, reason_code: over_limit", ["reason_code"]),
        ("actor: otto", "effect: deny, needs: [{group: a}]", ["needs"]),
    ],
)
def test_the_documents_own_tests_must_pass(given: str, expect: str, failed: list[str]) -> None:
    assert codes(trial(given, expect)) == [(f"/tests/0/expect/{key}", "test_failed") for key in failed]


def test_a_failed_test_says_what_came_instead() -> None:
    problem = lint(parse(trial("actor: otto", "effect: allow")))[0]
    assert problem.detail == ("expected allow, got deny: Denied because big matched: args.amount_usd (800) > 500.")
    assert problem.line == len(trial("", "").splitlines())
