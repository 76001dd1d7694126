"""What holds for every policy and every call."""

import json
from datetime import UTC, datetime
from itertools import permutations
from typing import cast

from hypothesis import given, settings
from hypothesis import strategies as st

from approvals.policy.clauses import compile_clause, with_values
from approvals.policy.document import parse
from approvals.policy.errors import PolicyError
from approvals.policy.evaluate import Context, Verdict, compile_document, evaluate
from approvals.policy.limits import limits_for
from approvals.policy.lint import lint
from approvals.policy.model import RANK, Effect
from approvals.policy.verdict import stricter
from tests.approvals.policy.sentences import EXAMPLE

# Compiling a document takes its time on a busy machine; nothing here is about speed.
calm = settings(deadline=None)
NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
TOOL = {"schema": {"type": "object"}, "amount": {"path": "args.amount", "currency": "USD"}, "counterpart": "args.who"}
CLAUSES = (
    "args.amount > 50",
    "args.amount <= 100.5",
    "args.who == 'c1'",
    "args.rows.all(r, r > 0)",
    "has(args.note) && args.note.contains('x')",
    "confidence >= 0.5",
    "args.missing == 1",
    "impact.reach == 'all' || evidence.size() > 0",
    "history['cap'] > 10",
    "size(args) > 2",
)
GROUPS = ("finance", "legal", "ops")

numbers = st.integers() | st.floats() | st.sampled_from([0, 49, 50.5, 51, 100, 1e300, 2**70])
scalars = st.none() | st.booleans() | numbers | st.text(max_size=8) | st.sampled_from(["c1", "x", "12.50", "\ud800"])
trees = st.recursive(
    scalars, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3)
)
arguments = st.fixed_dictionaries(
    {}, optional={"amount": numbers | trees, "who": trees, "rows": trees, "note": trees, "odd \u202e": trees}
)
constraints = st.dictionaries(
    st.sampled_from(
        ["allowed_tools", "max_amount_usd", "pii_write_allowed", "requires_human_approval_over_usd", "odd"]
    ),
    trees | st.just(["pay"]),
    max_size=3,
)
calls = st.builds(
    Context,
    tool=st.sampled_from(["pay", "crm.delete", "unknown \u202e"]),
    args=arguments,
    actor=st.just("otto"),
    agent=st.sampled_from(["otto", "stranger"]),
    now=st.just(NOW),
    manifest=st.sampled_from([None, "live", "candidate", "blocked"]),
    confidence=st.none() | st.floats(0, 1),
    uncertain=st.booleans(),
    constraints=constraints,
    impact=st.dictionaries(st.text(max_size=5), trees, max_size=2),
    evidence=st.lists(trees, max_size=2),
    usage=st.fixed_dictionaries({}, optional={"cost": trees}),
    trace_id=st.none() | st.text(max_size=5),
    history=st.fixed_dictionaries({}, optional={"cap": st.integers(0, 200)}),
)
needs = st.lists(
    st.fixed_dictionaries({"group": st.sampled_from(GROUPS), "quorum": st.integers(1, 4)}),
    max_size=2,
    unique_by=lambda need: need["group"],
)


@st.composite
def rules(draw: st.DrawFn, effects: tuple[str, ...] = ("allow", "require_approval", "deny")) -> dict[str, object]:
    rule: dict[str, object] = {
        "id": draw(st.text("abcdef", min_size=1, max_size=6)),
        "tools": draw(st.sampled_from([["*"], ["pay"], ["*.delete"], ["pay", "crm.*"]])),
        "when": draw(st.lists(st.sampled_from(CLAUSES), max_size=3)),
        "effect": draw(st.sampled_from(effects)),
    }
    if reviewers := draw(needs):
        rule["reviewers"] = reviewers
    for key, values in (
        ("reject_quorum", st.integers(1, 3)),
        ("checks", st.lists(st.sampled_from(["a", "b"]), min_size=1, max_size=2)),
        ("expires_in", st.sampled_from(["1m", "2h"])),
        ("escalation", st.sampled_from(["slow", "fast"])),
        ("second_person_for_edits", st.booleans()),
    ):
        if draw(st.booleans()):
            rule[key] = draw(values)
    return rule


documents = st.fixed_dictionaries(
    {
        "name": st.just("generated"),
        "defaults": st.fixed_dictionaries({"effect": st.sampled_from(["allow", "require_approval", "deny"])}),
        "tools": st.just({"pay": TOOL}),
        "agents": st.fixed_dictionaries(
            {
                "otto": st.fixed_dictionaries(
                    {
                        "tier": st.sampled_from(["draft", "approvals", "limits", "autonomous"]),
                        "tools": st.sampled_from([{"*": {}}, {"pay": {}}, {"crm.*": {"tier": "limits"}, "pay": {}}]),
                    }
                )
            }
        ),
        "rules": st.lists(rules(), max_size=5),
        "limits": st.sampled_from(
            [
                [],
                [
                    {
                        "id": "cap",
                        "tools": ["pay"],
                        "sum": "args.amount",
                        "per": "counterpart",
                        "window": "1h",
                        "max": 99,
                    }
                ],
                [{"id": "cap", "sum": "usage.cost", "per": "trace", "max": 2, "over": "deny"}],
            ]
        ),
        "escalations": st.just(
            {
                "slow": [{"after": "9m", "notify": [{"group": "ops"}]}],
                "fast": [{"after": "1m", "notify": [{"group": "ops"}]}],
            }
        ),
    }
)


def verdict_on(document: dict[str, object], call: Context, **changes: object) -> Verdict:
    return evaluate(compile_document(parse(json.dumps({**document, **changes}))), call)


def outcome_of(text: str) -> str:
    try:
        problems = lint(parse(text))
    except PolicyError as error:
        return "refused" if error.problems else "refused without a problem"
    return "refused" if problems else "accepted"


def rules_in(document: dict[str, object]) -> list[dict[str, object]]:
    return cast(list[dict[str, object]], document["rules"])


@calm
@given(documents, calls)
def test_evaluation_never_raises_and_is_the_same_again(document: dict[str, object], call: Context) -> None:
    text = json.dumps(document)
    first = evaluate(compile_document(parse(text)), call)
    policy = compile_document(parse(text))
    assert evaluate(policy, call) == evaluate(policy, call) == first
    assert first.limits == (() if first.unprocessable else limits_for(policy, call))


@calm
@given(documents, rules(effects=("require_approval", "deny")), calls)
def test_adding_a_rule_that_asks_or_denies_never_loosens(
    document: dict[str, object], rule: dict[str, object], call: Context
) -> None:
    # A default of deny speaks only where no rule does, so there the rule itself is the measure.
    named = [{**other, "id": f"r{at}"} for at, other in enumerate(rules_in(document))]
    before = verdict_on(document, call, rules=named)
    after = verdict_on(document, call, rules=[*named, {**rule, "id": "added"}])
    spoke_by_default = before.reason_code == "denied_by_default" and after.matched == ("added",)
    least = cast(Effect, rule["effect"]) if spoke_by_default else before.effect
    assert RANK[after.effect] >= RANK[least]
    naming = {other["id"] for other in named if "reviewers" in other}
    if after.effect == before.effect and naming & set(before.matched):
        assert not stricter(before, after)


@settings(calm, max_examples=40)
@given(documents, calls)
def test_the_order_of_rules_changes_no_effect_and_no_obligation(document: dict[str, object], call: Context) -> None:
    orders = [list(order) for order in permutations(rules_in(document))]
    verdicts = [verdict_on(document, call, rules=order) for order in (orders[0], orders[-1], orders[len(orders) // 2])]
    assert len({verdict.effect for verdict in verdicts}) == 1
    assert all(verdict.obligations == verdicts[0].obligations for verdict in verdicts)
    assert all(sorted(verdict.matched) == sorted(verdicts[0].matched) for verdict in verdicts)


@calm
@given(st.sampled_from(["allow", "require_approval", "deny"]), arguments, st.sampled_from(CLAUSES))
def test_errors_fail_closed_by_effect(effect: str, args: dict[str, object], clause: str) -> None:
    base = {"name": "x", "tools": {"pay": TOOL}, "agents": {"otto": {"tier": "autonomous", "tools": {"*": {}}}}}
    rule = {"id": "r", "effect": effect, "when": [clause]}
    policy = compile_document(parse(json.dumps({**base, "rules": [rule]})))
    verdict = evaluate(policy, Context(tool="pay", args=args, actor="otto", agent="otto", now=NOW))
    if verdict.trace[0].result == "error":
        assert verdict.matched == (() if effect == "allow" else ("r",))
        assert verdict.flags == ("clause_error",)
    else:
        assert verdict.matched == (("r",) if verdict.trace[0].result else ())
        assert verdict.flags == ()


@calm
@given(documents, calls)
def test_the_explanation_names_each_clause_of_the_deciding_rule(document: dict[str, object], call: Context) -> None:
    named = [{**rule, "id": f"r{at}"} for at, rule in enumerate(rules_in(document))]
    verdict = verdict_on(document, call, rules=named)
    if verdict.rule is None:
        return
    assert f" because {verdict.rule} matched: " in verdict.explanation
    told = [result for result in verdict.trace if result.rule == verdict.rule]
    deciding = next(rule for rule in named if rule["id"] == verdict.rule)
    assert [result.clause for result in told] == deciding["when"]
    for result in told:
        assert with_values(compile_clause(result.clause), result.read) in verdict.explanation


@calm
@given(documents, calls, constraints)
def test_what_an_agent_adds_never_widens(document: dict[str, object], call: Context, more: dict[str, object]) -> None:
    policy = compile_document(parse(json.dumps({**document, "rules": []})))
    plain = Context(tool=call.tool, args=call.args, actor="otto", agent=call.agent, now=NOW, trace_id=call.trace_id)
    rich = Context(
        tool=call.tool,
        args=call.args,
        actor="otto",
        agent=call.agent,
        now=NOW,
        trace_id=call.trace_id,
        constraints=more,
        uncertain=call.uncertain,
        impact=call.impact,
        evidence=call.evidence,
        confidence=1.0,
    )
    assert not stricter(evaluate(policy, plain), evaluate(policy, rich))


@calm
@given(st.text(max_size=200) | st.text("{}[]:,-&*!|>'\"# \nab01", max_size=80))
def test_any_text_parses_or_is_refused_with_problems(text: str) -> None:
    assert outcome_of(text) != "refused without a problem"


@calm
@given(st.integers(0, len(EXAMPLE) - 1), st.sampled_from(["", " ", "\n", "{", "]", ":", "x", "0", "'", "&a "]))
def test_a_damaged_example_parses_or_is_refused_with_problems(at: int, mark: str) -> None:
    assert outcome_of(EXAMPLE[:at] + mark + EXAMPLE[at + 1 :]) != "refused without a problem"
