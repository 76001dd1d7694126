"""How a document is evaluated: one row, one sentence of the specification."""

from decimal import Decimal

import pytest

from approvals.policy.document import parse
from approvals.policy.errors import PolicyError
from approvals.policy.evaluate import compile_document, evaluate
from approvals.policy.verdict import ClauseResult, SchemaProblem
from tests.approvals.policy.sentences import EXAMPLE, TOOLS, ask, call, policy

ALLOW = "{id: yes, tools: [billing.refund], when: ['args.amount_usd <= 100'], effect: allow}"
ASK = "{id: four-eyes, tools: [billing.refund], when: ['args.amount_usd > 50'], effect: require_approval}"
DENY = "{id: never, tools: ['billing.*'], effect: deny}"
OPEN = "{id: open, effect: allow}"


@pytest.mark.parametrize(
    ("sentence", "rules", "changes", "effect", "rule"),
    [
        ("no rule: a person is asked", [], {}, "require_approval", None),
        ("an allow rule lets it through", [ALLOW], {}, "allow", "yes"),
        ("asking beats allowing", [ALLOW, ASK], {}, "require_approval", "four-eyes"),
        ("the order of the rules is no matter", [ASK, ALLOW], {}, "require_approval", "four-eyes"),
        ("denying beats all", [ALLOW, ASK, DENY], {}, "deny", "never"),
        (
            "a false clause rules the rule out",
            [ASK],
            {"args": {"customer_id": "c", "amount_usd": 5}},
            "require_approval",
            None,
        ),
        ("a pattern that does not fit", [DENY], {"tool": "crm.note", "args": {}}, "require_approval", None),
        ("a rule without tools speaks of every tool", [OPEN], {"tool": "crm.note", "args": {}}, "allow", "open"),
        (
            "all clauses must hold",
            ["{id: both, when: ['args.amount_usd > 1', 'confidence > 0.5'], effect: deny}", OPEN],
            {"confidence": 0.4},
            "allow",
            "open",
        ),
        (
            "a missing confidence counts as 0",
            ["{id: unsure, when: ['confidence < 0.1'], effect: deny}", OPEN],
            {},
            "deny",
            "unsure",
        ),
        (
            "an error keeps an allow rule from matching",
            ["{id: broken, when: ['args.nope == 1'], effect: allow}"],
            {},
            "require_approval",
            None,
        ),
        (
            "an error makes an asking rule match",
            [OPEN, "{id: broken, when: ['args.nope == 1'], effect: require_approval}"],
            {},
            "require_approval",
            "broken",
        ),
        (
            "an error makes a deny rule match",
            [OPEN, "{id: broken, when: ['args.nope == 1'], effect: deny}"],
            {},
            "deny",
            "broken",
        ),
        (
            "a false clause beside an error rules the rule out",
            [OPEN, "{id: broken, when: ['args.nope == 1', 'args.amount_usd < 0'], effect: deny}"],
            {},
            "allow",
            "open",
        ),
        (
            "a clause reads the time that is given",
            ["{id: monday, when: ['now.getDayOfWeek() == 1'], effect: deny}", OPEN],
            {},
            "deny",
            "monday",
        ),
        (
            "a clause reads what the limits have counted",
            ["{id: half, when: ['history[\"cap\"] >= 40'], effect: deny}", OPEN],
            {"history": {"cap": Decimal("40.00")}},
            "deny",
            "half",
        ),
        (
            "a clause reads the tier",
            ["{id: t, when: ['tier == \"autonomous\"'], effect: deny}"],
            {},
            "deny",
            "t",
        ),
        (
            "a clause reads the agent's version",
            ['{id: v, when: [\'agent.version == "v4" && agent.state == "live"\'], effect: deny}'],
            {"agent_version": "v4", "manifest": "live"},
            "deny",
            "v",
        ),
        ("the agent's word that it is uncertain asks", [OPEN], {"uncertain": True}, "require_approval", None),
        ("uncertain does not soften a denial", [DENY], {"uncertain": True}, "deny", "never"),
        ("a tool that is not described asks", [OPEN], {"tool": "x.y"}, "require_approval", None),
        (
            "a deny rule holds for a tool that is not described",
            ["{id: n, tools: [x.*], effect: deny}"],
            {"tool": "x.y"},
            "deny",
            "n",
        ),
    ],
)
def test_effect_and_rule(
    sentence: str, rules: list[str], changes: dict[str, object], effect: str, rule: str | None
) -> None:
    limit = "limits: [{id: cap, count: true, per: agent, window: 24h, max: 1000}]"
    verdict = ask(f"rules: [{', '.join(rules)}]\n{limit}", changes)
    assert (verdict.effect, verdict.rule) == (effect, rule), sentence


def test_the_explanation_names_the_rule_its_clause_and_the_value() -> None:
    verdict = evaluate(
        compile_document(parse(EXAMPLE)),
        call(agent="support_agent", args={"customer_id": "c1", "amount_usd": 800}),
    )
    assert verdict.explanation == (
        "A person must approve because refunds-over-500 matched: args.amount_usd (800) > 500."
    )
    assert verdict.reason == "Four eyes over 500 USD"
    assert verdict.notes == (
        "A person must approve because limit refund-day-cap would be passed: 0 used + 800 > 500 in 1d.",
    )


@pytest.mark.parametrize(
    ("rules", "changes", "explanation"),
    [
        ([], {}, "A person must approve because no rule matched."),
        ([ALLOW], {}, "Allowed because yes matched: args.amount_usd (80) <= 100."),
        ([DENY], {}, "Denied because never matched: tool (billing.refund) fits billing.*."),
        (
            ["{id: two, when: ['args.amount_usd > 1', 'confidence < 0.5'], effect: deny}"],
            {},
            "Denied because two matched: args.amount_usd (80) > 1 and confidence (0) < 0.5.",
        ),
        (
            ["{id: broken, when: ['args.nope == 1'], effect: deny}"],
            {},
            "Denied because broken matched: args.nope (absent) == 1 (could not be evaluated, which counts as a match).",
        ),
        (
            ["{id: bank, when: ['args.iban != \"\"'], effect: deny}"],
            {"args": {"customer_id": "c", "amount_usd": 1, "iban": "DE02"}},
            'Denied because bank matched: args.iban (hidden) != "".',
        ),
        (
            [],
            {"tool": "x y\u202e"},
            'A person must approve because "x y«U+202E»" is not described in the policy,'
            " so nobody can say what it does.",
        ),
    ],
)
def test_explanations(rules: list[str], changes: dict[str, object], explanation: str) -> None:
    assert ask(f"rules: [{', '.join(rules)}]", changes).explanation == explanation


def test_the_trace_keeps_every_clause_of_every_rule_that_names_the_tool() -> None:
    verdict = ask(f"rules: [{ALLOW}, {{id: broken, when: ['args.nope == 1'], effect: allow}}, {DENY}]")
    assert verdict.trace == (
        ClauseResult("yes", "args.amount_usd <= 100", True, (("args.amount_usd", "80"),)),
        ClauseResult("broken", "args.nope == 1", "error", (("args.nope", "absent"),)),
    )
    assert verdict.matched == ("yes", "never")
    assert verdict.flags == ("clause_error",)


@pytest.mark.parametrize(
    ("default", "effect", "code"), [("allow", "allow", None), ("deny", "deny", "denied_by_default")]
)
def test_where_no_rule_matches_the_default_holds(default: str, effect: str, code: str | None) -> None:
    verdict = ask(f"defaults: {{effect: {default}}}")
    assert (verdict.effect, verdict.rule, verdict.reason_code) == (effect, None, code)


def test_a_call_that_breaks_the_schema_is_refused_with_pointers() -> None:
    verdict = ask(f"rules: [{OPEN}]", args={"amount_usd": "80"})
    assert (verdict.effect, verdict.unprocessable, verdict.reason_code) == ("deny", True, "schema_mismatch")
    assert verdict.schema_problems == (
        SchemaProblem("", "required", '"customer_id" is a required property'),
        SchemaProblem("/amount_usd", "type", 'the value is not of type "number"'),
    )


def test_a_call_that_breaks_the_schema_asks_where_the_policy_says_so() -> None:
    verdict = ask(f"defaults: {{on_schema_error: ask}}\nrules: [{OPEN}]", args={"amount_usd": "80"})
    assert (verdict.effect, verdict.unprocessable) == ("require_approval", False)
    assert verdict.flags == ("schema_mismatch",)
    assert [problem.pointer for problem in verdict.schema_problems] == ["", "/amount_usd"]


def test_a_tools_own_word_on_schema_errors_beats_the_default() -> None:
    tool = "\n  t: {schema: {type: object, required: [a]}, on_schema_error: ask}"
    ready = compile_document(parse(TOOLS.rstrip() + tool))
    assert evaluate(ready, call(tool="t", args={})).effect == "require_approval"


def test_what_is_kept_with_every_verdict() -> None:
    ready = policy("")
    verdict = evaluate(ready, call())
    assert verdict.policy_version == ready.document.version
    assert verdict.engine.startswith("cel-expr-python ")
    assert (verdict.tier, verdict.risk) == ("autonomous", "medium")


def test_a_clause_that_does_not_compile_never_becomes_a_policy() -> None:
    with pytest.raises(PolicyError) as refused:
        policy("rules: [{id: a, effect: deny, when: ['true', 'nope']}]")
    assert [(problem.pointer, problem.code) for problem in refused.value.problems] == [
        ("/rules/0/when/1", "bad_clause")
    ]


def test_a_flood_of_tool_names_is_forgotten_and_answered_alike() -> None:
    ready = policy(f"rules: [{DENY}]")
    before = evaluate(ready, call())
    for number in range(5000):
        evaluate(ready, call(tool=f"x{number}"))
    assert evaluate(ready, call()) == before
