"""Two documents on one past: the matrix equals a slow reference, and what people had said stands beside it."""

import json
from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from approvals.policy.backtest import Outcome, PastAction, backtest
from approvals.policy.compiled import Policy
from approvals.policy.document import parse
from approvals.policy.evaluate import Context, Verdict, compile_document, evaluate
from approvals.policy.limits import limits_for
from approvals.policy.model import EFFECTS
from tests.approvals.policy.test_properties import calls, documents
from tests.soaking import examples

START = datetime(2026, 3, 2, 9, tzinfo=UTC)
OUTCOMES: tuple[Outcome, ...] = ("approved", "edited", "rejected", "expired", "withdrawn", "waiting", "policy")
TOOLS = "tools: {pay: {schema: {type: object}, amount: {path: args.amount, currency: USD}}}\n"
OTTO = 'agents: {otto: {tier: autonomous, tools: {"*": {}}}}\n'


def policy(text: str) -> Policy:
    return compile_document(parse("name: x\n" + TOOLS + OTTO + text))


def past(n: int, amount: object, outcome: Outcome = "policy", *, ran: bool = True, minutes: int = 1) -> PastAction:
    call = Context(
        tool="pay", args={"amount": amount}, actor="otto", agent="otto", now=START + n * timedelta(minutes=minutes)
    )
    return PastAction(f"act_{n:03}", call, None, has_manifest=False, outcome=outcome, ran=ran)


def up_to(amount: float) -> Policy:
    return policy(f'rules: [{{id: small, when: ["args.amount <= {amount}"], effect: allow}}]')


def test_what_people_said_stands_beside_what_would_go_through() -> None:
    report = backtest(
        up_to(10),
        up_to(100),
        [past(0, 5), past(1, 50, "approved"), past(2, 60, "rejected", ran=False), past(3, 70, "edited"), past(4, 500)],
    )
    cells = {(cell.before, cell.after): (cell.count, cell.outcomes) for cell in report.cells if cell.count}
    assert cells == {
        ("allow", "allow"): (1, {"policy": 1}),
        ("require_approval", "allow"): (3, {"approved": 1, "edited": 1, "rejected": 1}),
        ("require_approval", "require_approval"): (1, {"policy": 1}),
    }
    assert report.headline == "3 more would go through; people had rejected 1 and edited 1 of them."
    # What people had stopped or mended comes first.
    assert [(one.id, one.outcome) for one in report.changed] == [
        ("act_002", "rejected"),
        ("act_003", "edited"),
        ("act_001", "approved"),
    ]
    assert report.changed[0].after_explanation == "Allowed because small matched: args.amount (60) <= 100."


def test_load_is_counted_by_the_hour() -> None:
    actions = [past(n, 50, minutes=20) for n in range(6)]
    load = backtest(up_to(10), up_to(100), actions).load
    assert (load.asked_before, load.asked_after, load.busiest_before, load.busiest_after, load.hours) == (
        6,
        0,
        3,
        0,
        1.67,
    )
    assert load.by_hour[9:11] == ((3, 0), (3, 0))


def test_rules_that_never_fired_and_clauses_that_break_are_told() -> None:
    new = policy(
        "rules:\n"
        '  - {id: never, when: ["args.amount > 1000"], effect: deny}\n'
        '  - {id: broken, when: ["args.missing == 1"], effect: deny}\n'
    )
    report = backtest(up_to(10), new, [past(0, 5), past(1, 50)])
    assert report.silent_rules == ("never",)
    assert [(e.rule, e.clause, e.count) for e in report.new_errors] == [("broken", "args.missing == 1", 2)]


@pytest.mark.parametrize(("effect", "expected"), [("allow", "require_approval"), ("deny", "deny")])
def test_a_clause_that_breaks_lets_nothing_through(effect: str, expected: str) -> None:
    broken = policy(f'rules: [{{id: broken, when: ["args.missing == 1"], effect: {effect}}}]')
    report = backtest(up_to(0), broken, [past(0, 5)])
    assert [cell.after for cell in report.cells if cell.count] == [expected]


def test_limits_are_counted_afresh_on_both_sides() -> None:
    cap = "limits: [{id: cap, tools: [pay], sum: args.amount, per: agent, window: 10m, max: 100}]\n"
    free = policy("rules: [{id: all, effect: allow}]")
    capped = policy(cap + "rules: [{id: all, effect: allow}]")
    actions = [past(n, 50) for n in range(4)] + [past(12, 50)]
    report = backtest(free, capped, actions)
    assert [one.id for one in report.changed] == ["act_002", "act_003"]


def test_an_empty_past_has_an_empty_report() -> None:
    report = backtest(up_to(1), up_to(2), [])
    assert (report.total, report.first_at, report.headline) == (
        0,
        "",
        "Nothing more would go through without a person.",
    )
    assert json.loads(json.dumps(report.tree()))["total"] == 0


class Slow:
    """A reference that keeps every use for ever and sums them anew for each call."""

    def __init__(self, document: dict[str, Any]) -> None:
        self.policy = compile_document(parse(json.dumps(document)))
        self.uses: list[tuple[str, str, datetime, Decimal]] = []

    def answer(self, one: PastAction) -> Verdict:
        state = self.policy.version_state(one.call.agent, label=one.label, has_manifest=one.has_manifest)
        call = replace(one.call, manifest=state)
        charges = limits_for(self.policy, call)
        history = {
            charge.id: sum(
                (
                    amount
                    for name, key, at, amount in self.uses
                    if (name, key) == (charge.id, charge.key)
                    and (charge.window is None or at > call.now - charge.window)
                ),
                Decimal(0),
            )
            for charge in charges
        }
        verdict = evaluate(self.policy, replace(call, history=history))
        runs = verdict.effect == "allow" or (verdict.effect == "require_approval" and one.ran)
        if runs and not verdict.no_grant:
            self.uses += [(charge.id, charge.key, call.now, charge.amount) for charge in charges]
        return verdict


@st.composite
def pasts(draw: st.DrawFn) -> list[PastAction]:
    found, now = [], START
    for n, call in enumerate(draw(st.lists(calls, max_size=12))):
        now += timedelta(minutes=draw(st.integers(0, 40)))
        outcome = draw(st.sampled_from(OUTCOMES))
        label = draw(st.sampled_from([None, "v1"]))
        asked = replace(call, now=now, manifest=None, history={})
        found.append(PastAction(f"act_{n:02}", asked, label, label is not None, outcome, draw(st.booleans())))
    return found


@settings(max_examples=examples(60))
@given(documents, documents, pasts())
def test_the_matrix_equals_a_slow_reference(
    before: dict[str, Any], after: dict[str, Any], actions: list[PastAction]
) -> None:
    one, two = Slow(before), Slow(after)
    pairs = [(one.answer(action), two.answer(action)) for action in actions]
    expected = Counter((a.effect, b.effect, action.outcome) for action, (a, b) in zip(actions, pairs, strict=True))
    report = backtest(one.policy, two.policy, actions)
    found = {
        (cell.before, cell.after, outcome): count for cell in report.cells for outcome, count in cell.outcomes.items()
    }
    assert found == dict(expected)
    assert [(cell.before, cell.after) for cell in report.cells] == [(a, b) for a in EFFECTS for b in EFFECTS]
    asked = [sum(verdict.effect == "require_approval" for verdict in side) for side in zip(*pairs, strict=True)]
    assert [report.load.asked_before, report.load.asked_after] == (asked or [0, 0])
    fired = {rule for _, verdict in pairs for rule in verdict.matched}
    assert set(report.silent_rules) == {rule.id for rule in two.policy.document.rules} - fired
