"""What a new document changes, and the proof that it tightens, which may fail too often and must never be wrong."""

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from approvals.policy.compiled import Policy
from approvals.policy.diff import difference
from approvals.policy.document import parse
from approvals.policy.evaluate import Context, Verdict, compile_document, evaluate
from approvals.policy.limits import limits_for
from approvals.policy.model import RANK
from approvals.policy.tightening import covers, implies
from tests.approvals.policy.test_properties import CLAUSES, calls, documents, needs, rules
from tests.soaking import examples

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
BASE = """\
name: base
defaults: {effect: require_approval, reviewers: [{group: reviewers, quorum: 1}], expires_in: 4h}
tools:
  pay: {schema: {type: object}, amount: {path: args.amount, currency: USD}, risk: medium, writes_pii: false}
agents:
  otto: {tier: limits, tools: {pay: {}, "crm.*": {tier: approvals}}, versions: {v1: live}}
rules:
  - {id: small, tools: [pay], when: ["args.amount <= 50"], effect: allow}
  - id: large
    tools: [pay]
    when: ["args.amount > 500"]
    effect: require_approval
    reviewers: [{group: finance, quorum: 2}]
  - {id: no-deletes, tools: ["*.delete"], effect: deny}
limits:
  - {id: cap, tools: [pay], sum: args.amount, per: agent, window: 24h, max: 500}
freezes:
  - {id: year-end, from: 2026-12-24T00:00:00Z, to: 2027-01-02T00:00:00Z, tools: ["*"]}
"""
ALL = "defaults: {effect: require_approval, reviewers: [{group: reviewers, quorum: 1}], expires_in: 4h}"


def compiled(text: str) -> Policy:
    return compile_document(parse(text))


def direction(old: str, new: str) -> str:
    return difference(compiled(old), compiled(new), at=NOW).direction


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        ("name: base", "name: renamed", "same"),
        ("args.amount <= 50", "args.amount <= 40", "tightens"),
        ("args.amount <= 50", "args.amount < 50", "tightens"),
        ("args.amount <= 50", "args.amount <= 60", "loosens"),
        ('when: ["args.amount <= 50"]', 'when: ["args.amount <= 50", "confidence >= 0.9"]', "tightens"),
        ("args.amount <= 50", "args.amount * 1 <= 50", "unknown"),
        ("args.amount > 500", "args.amount > 100", "unknown"),
        ("args.amount > 500", "args.amount > 900", "loosens"),
        ("effect: deny}\nlimits", "effect: require_approval}\nlimits", "loosens"),
        ('"*.delete"', '"*"', "tightens"),
        ('"*.delete"', "crm.delete", "loosens"),
        ("quorum: 2", "quorum: 3", "tightens"),
        ("quorum: 2", "quorum: 1", "loosens"),
        (
            "effect: require_approval, reviewers: [{group: reviewers",
            "effect: deny, reviewers: [{group: reviewers",
            "tightens",
        ),
        ("expires_in: 4h", "expires_in: 2h", "tightens"),
        ("expires_in: 4h", "expires_in: 8h", "loosens"),
        ("group: reviewers", "group: finance", "loosens"),
        ("tier: limits", "tier: approvals", "tightens"),
        ("tier: limits", "tier: autonomous", "loosens"),
        ('"crm.*": {tier: approvals}', '"crm.*": {tier: draft}', "tightens"),
        ("{pay: {}, ", "{pay: {}, other: {}, ", "loosens"),
        ("v1: live", "v1: blocked", "tightens"),
        ("v1: live", "v1: live, v2: live", "loosens"),
        ("v1: live", "v1: {canary: 10%}", "tightens"),
        ("max: 500", "max: 400", "tightens"),
        ("max: 500", "max: 600", "loosens"),
        ("window: 24h", "window: 48h", "tightens"),
        ("window: 24h", "window: 1h", "loosens"),
        ("max: 500", "max: 500, over: deny", "tightens"),
        ("per: agent", "per: workspace", "unknown"),
        ("sum: args.amount", "count: true", "unknown"),
        ("to: 2027-01-02", "to: 2027-01-03", "tightens"),
        ("to: 2027-01-02", "to: 2027-01-01", "loosens"),
        ('tools: ["*"]}', 'tools: ["*"], effect: deny}', "tightens"),
        ("risk: medium", "risk: high", "tightens"),
        ("risk: medium", "risk: low", "loosens"),
        ("writes_pii: false", "writes_pii: true", "tightens"),
        ("schema: {type: object}", "schema: {type: object, required: [amount]}, version: 2", "unknown"),
    ],
)
def test_one_change_of_the_document_goes_this_way(before: str, after: str, expected: str) -> None:
    assert before in BASE
    assert direction(BASE, BASE.replace(before, after, 1)) == expected


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("- {id: small", "tightens"),
        ("- id: large", "loosens"),
        ("- {id: cap", "loosens"),
        ("- {id: year-end", "loosens"),
    ],
)
def test_a_line_that_goes_and_the_same_line_that_comes(line: str, expected: str) -> None:
    start = BASE.index(line)
    end = BASE.index("\n", BASE.index("}", start) if "large" not in line else BASE.index("quorum: 2", start)) + 1
    shorter = BASE[: start - 2] + BASE[end:]
    assert direction(BASE, shorter) == expected
    back = {
        "- {id: small": "loosens",
        "- id: large": "unknown",
        "- {id: cap": "unknown",
        "- {id: year-end": "tightens",
    }
    assert direction(shorter, BASE) == back[line]


def test_a_rule_that_allows_and_asks_something_besides_is_missed_when_it_goes() -> None:
    asking = BASE.replace("effect: allow}", 'effect: allow, checks: ["Seen"]}')
    gone = BASE.replace('  - {id: small, tools: [pay], when: ["args.amount <= 50"], effect: allow}\n', "")
    assert (direction(asking, gone), direction(BASE, gone)) == ("unknown", "tightens")


def test_a_freeze_that_is_over_may_go() -> None:
    past = BASE.replace("2026-12-24", "2025-12-24").replace("2027-01-02", "2026-01-02")
    assert direction(past, past[: past.index("freezes:")]) == "same"


def test_a_rule_that_asks_can_take_the_place_of_stricter_defaults() -> None:
    strict = BASE.replace("reviewers, quorum: 1", "reviewers, quorum: 2").replace(
        "{group: finance, quorum: 2}", "{group: reviewers, quorum: 2}"
    )
    rule = "  - {id: extra, effect: require_approval, reviewers: [{group: reviewers, quorum: %d}]}\nlimits:"
    assert direction(strict, strict.replace("limits:", rule % 1, 1)) == "unknown"
    assert direction(strict, strict.replace("limits:", rule % 2, 1)) == "tightens"


def test_under_a_default_that_denies_a_question_is_looser() -> None:
    strict = BASE.replace("effect: require_approval", "effect: deny", 1)
    asked = strict.replace("limits:", "  - {id: extra, tools: [crm.x], effect: require_approval}\nlimits:", 1)
    assert direction(strict, asked) == "unknown"


def test_who_reads_the_tier_can_be_opened_by_a_lower_one() -> None:
    reading = BASE.replace("limits:", "  - {id: r, when: [\"tier == 'limits'\"], effect: deny}\nlimits:", 1)
    assert direction(reading, reading.replace("tier: limits,", "tier: approvals,")) == "unknown"


def test_changes_come_part_by_part_with_what_differs() -> None:
    new = BASE.replace("args.amount <= 50", "args.amount <= 60").replace("max: 500", "max: 400")
    found = difference(compiled(BASE), compiled(new), at=NOW)
    assert [(c.part, c.name, c.word, c.direction, [d.text for d in c.details]) for c in found.changes] == [
        ("rule", "small", "changed", "loosens", ["when: args.amount <= 50 → args.amount <= 60 (matches more)"]),
        ("limit", "cap", "changed", "tightens", ["max: 500 → 400"]),
    ]
    assert (found.direction, found.is_tightening) == ("loosens", False)


@pytest.mark.parametrize(
    ("strong", "weak", "expected"),
    [
        ("args.a > 5", "args.a > 4", True),
        ("args.a > 5", "args.a >= 5", True),
        ("args.a >= 5", "args.a > 5", False),
        ("args.a < 4", "args.a <= 4.0", True),
        ("args.a > 5", "args.b > 4", False),
        ("args.a > 5", "args.a < 9", False),
        ("args.a  ==  1", "args.a == 1", True),
        ("args.a > 5 || true", "args.a > 4", False),
    ],
)
def test_a_clause_implies_another_where_both_bound_one_place(strong: str, weak: str, expected: bool) -> None:
    assert implies(strong, weak) is expected


@pytest.mark.parametrize(
    ("wide", "narrow", "expected"),
    [("*", "a.*", True), ("a.*", "a.b.*", True), ("a.*", "*", False), ("*.x", "a.*.x", True), ("a*b", "a*", False)],
)
def test_a_pattern_covers_another_where_every_name_of_it_fits(wide: str, narrow: str, expected: bool) -> None:
    assert covers([wide], [narrow]) is expected


# Small steps of what people do to a document; most of them loosen, some tighten, many are both in a row.
def _rule(draw: st.DrawFn, document: dict[str, Any], change: Callable[[dict[str, Any]], None]) -> None:
    if document["rules"]:
        change(draw(st.sampled_from(document["rules"])))


def _step(draw: st.DrawFn, document: dict[str, Any]) -> None:
    clause = draw(st.sampled_from([*CLAUSES, "args.amount > 40", "args.amount > 60", "args.amount <= 90"]))
    effects = ["allow", "require_approval", "deny"]
    span = draw(st.sampled_from(["1m", "2h", "9h"]))
    steps: list[Callable[[], object]] = [
        lambda: document["rules"].append({**draw(rules()), "id": draw(st.sampled_from(["n1", "n2"]))}),
        lambda: document["rules"] and document["rules"].pop(),
        lambda: _rule(draw, document, lambda rule: rule.update(when=[*rule["when"], clause])),
        lambda: _rule(draw, document, lambda rule: rule.update(when=rule["when"][1:])),
        lambda: _rule(draw, document, lambda rule: rule.update(when=[clause])),
        lambda: _rule(draw, document, lambda rule: rule.update(effect=draw(st.sampled_from(effects)))),
        lambda: _rule(draw, document, lambda rule: rule.update(tools=draw(st.sampled_from([["*"], ["pay"], ["p*"]])))),
        lambda: _rule(draw, document, lambda rule: rule.update(reviewers=draw(needs))),
        lambda: _rule(draw, document, lambda rule: rule.update(reject_quorum=draw(st.integers(1, 3)))),
        lambda: _rule(draw, document, lambda rule: rule.update(execute_within=span)),
        lambda: _rule(draw, document, lambda rule: rule.pop("expires_in", None)),
        lambda: document["defaults"].update(effect=draw(st.sampled_from(effects))),
        lambda: document["defaults"].update(reviewers=draw(needs)),
        lambda: document["defaults"].update(expires_in=span, reject_quorum=draw(st.integers(1, 3))),
        lambda: document["agents"]["otto"].update(tier=draw(st.sampled_from(["draft", "approvals", "limits"]))),
        lambda: document["agents"]["otto"].update(tools=draw(st.sampled_from([{"pay": {}}, {"*": {"tier": "draft"}}]))),
        lambda: document["agents"]["otto"].update(versions={"v1": draw(st.sampled_from(["live", "blocked"]))}),
        lambda: document.update(limits=[{**limit, "max": 50} for limit in document["limits"]]),
        lambda: document.update(limits=[]),
        lambda: document.update(
            freezes=[{"id": "f", "from": "2026-01-01T00:00:00Z", "to": "2027-01-01T00:00:00Z", "tools": ["p*"]}]
        ),
    ]
    draw(st.sampled_from(steps))()


@st.composite
def pairs(draw: st.DrawFn) -> tuple[dict[str, Any], dict[str, Any]]:
    old: dict[str, Any] = json.loads(json.dumps(draw(documents)))
    for key in ("rules",):
        old[key] = list({rule["id"]: rule for rule in old[key]}.values())
    new: dict[str, Any] = json.loads(json.dumps(old))
    for _ in range(draw(st.integers(1, 2))):
        _step(draw, new)
    for document in (old, new):
        document["rules"] = [
            {key: value for key, value in rule.items() if value != []}
            for rule in {rule["id"]: rule for rule in document["rules"]}.values()
        ]
        if document["defaults"].get("reviewers") == []:
            del document["defaults"]["reviewers"]
    return old, new


def answer(policy: Policy, call: Context, label: str | None) -> Verdict:
    state = policy.version_state(call.agent, label=label, has_manifest=label is not None)
    call = replace(call, manifest=state)
    history = {charge.id: call.history.get("cap", 0) for charge in limits_for(policy, call)}
    return evaluate(policy, replace(call, history=history))


def looser(before: Verdict, after: Verdict) -> list[str]:
    """In which respects the second answer is looser than the first."""
    if RANK[after.effect] != RANK[before.effect]:
        return ["effect"] if RANK[after.effect] < RANK[before.effect] else []
    if after.effect == "deny":
        return []
    old, new = before.obligations, after.obligations
    had = {need.group: need.quorum for need in new.needs}
    found = {
        "needs": any(need.quorum > had.get(need.group, 0) for need in old.needs),
        "reject_quorum": after.effect == "require_approval" and new.reject_quorum > old.reject_quorum,
        "checks": not set(new.checks) >= set(old.checks),
        "second person": old.second_person_for_edits and not new.second_person_for_edits,
        "expires_in": new.expires_in > old.expires_in,
        "execute_within": new.execute_within > old.execute_within,
        "no grant": before.no_grant and not after.no_grant,
    }
    return [name for name, is_so in found.items() if is_so]


@settings(max_examples=examples(100))
@given(pairs(), st.lists(calls, min_size=3, max_size=8), st.sampled_from([None, "v1", "v2"]))
def test_no_call_gets_a_looser_answer_from_what_provably_tightens(
    pair: tuple[dict[str, Any], dict[str, Any]], asked: list[Context], label: str | None
) -> None:
    old, new = (compile_document(parse(json.dumps(document))) for document in pair)
    if not difference(old, new, at=NOW).is_tightening:
        return
    for call in asked:
        assert looser(answer(old, call, label), answer(new, call, label)) == []


@given(documents)
def test_a_document_changes_nothing_against_itself(document: dict[str, object]) -> None:
    policy = compile_document(parse(json.dumps(document)))
    assert difference(policy, policy, at=NOW).changes == ()
