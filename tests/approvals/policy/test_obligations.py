"""What several rules ask for together."""

from datetime import timedelta

import pytest

from approvals.policy.model import Need
from approvals.policy.verdict import stricter
from tests.approvals.policy.sentences import ask

PLANS = """
escalations:
  slow: [{after: 30m, notify: [{group: reviewers}]}]
  fast: [{after: 5m, notify: [{group: reviewers}]}]
  faster-and-further: [{after: 5m, notify: [{group: reviewers}]}, {after: 9m, notify: [{group: finance}]}]
"""


def rule(name: str, rest: str, effect: str = "require_approval") -> str:
    return f"{{id: {name}, effect: {effect}, {rest}}}"


def rules(*texts: str) -> str:
    return f"rules: [{', '.join(texts)}]" + PLANS


def test_the_defaults_groups_hold_where_no_rule_names_any() -> None:
    text = "defaults: {reviewers: [{group: b}, {group: a, quorum: 2}]}\n"
    assert ask(text).needs == (Need("a", 2), Need("b", 1))
    assert ask(text + rules(rule("x", "checks: [look]"))).needs == (Need("a", 2), Need("b", 1))


def test_groups_are_united_each_at_its_highest_quorum() -> None:
    text = rules(
        rule("one", "reviewers: [{group: finance, quorum: 1}, {group: legal}]"),
        rule("two", "reviewers: [{group: finance, quorum: 3}]"),
        rule("three", "reviewers: [{group: ops}]", "allow"),
        rule("other-tool", "tools: [crm.*], reviewers: [{group: crm, quorum: 9}]"),
    )
    assert ask(text).needs == (Need("finance", 3), Need("legal", 1), Need("ops", 1))


def test_the_higher_quorum_holds_whichever_rule_comes_first() -> None:
    one, three = (rule(f"r{count}", f"reviewers: [{{group: finance, quorum: {count}}}]") for count in (1, 3))
    assert ask(rules(one, three)).needs == ask(rules(three, one)).needs == (Need("finance", 3),)


@pytest.mark.parametrize("effect", ["allow", "deny"])
def test_nobody_votes_on_what_policy_decides(effect: str) -> None:
    assert ask(rules(rule("one", "reviewers: [{group: finance}]", effect))).needs == ()


def test_the_heaviest_of_each_demand_holds() -> None:
    found = ask(
        rules(
            rule("one", "reject_quorum: 2, checks: [b, a], expires_in: 2h, target: 1h"),
            rule("two", "reject_quorum: 3, checks: [c, a], expires_in: 1h, step_up: passkey"),
            rule("three", "second_person_for_edits: true, execute_within: 1m, result_within: 2m", "allow"),
        )
    ).obligations
    assert (found.reject_quorum, found.checks, found.step_up) == (3, ("a", "b", "c"), "passkey")
    assert (found.second_person_for_edits, found.expires_in) == (True, timedelta(hours=1))
    assert (found.target, found.execute_within) == (timedelta(hours=1), timedelta(minutes=1))
    assert found.result_within == timedelta(minutes=2)


def test_defaults_hold_where_rules_are_silent() -> None:
    found = ask(rules(rule("one", "checks: [a]"))).obligations
    assert (found.reject_quorum, found.step_up, found.escalation) == (1, None, None)
    assert (found.target, found.expires_in) == (timedelta(minutes=15), timedelta(hours=4))


@pytest.mark.parametrize(
    ("named", "plan"),
    [(["slow"], "slow"), (["slow", "fast"], "fast"), (["fast", "faster-and-further"], "faster-and-further")],
)
def test_the_escalation_that_moves_on_soonest_holds(named: list[str], plan: str) -> None:
    for order in (named, named[::-1]):
        text = rules(*(rule(f"r{at}", f"escalation: {name}") for at, name in enumerate(order)))
        assert ask(text).obligations.escalation == plan


def test_what_makes_a_verdict_stricter_than_the_one_before() -> None:
    allow, deny = ask(rules(rule("a", "tools: ['*']", "allow"))), ask(rules(rule("a", "tools: ['*']", "deny")))
    one, two = (
        ask(rules(rule("a", "reviewers: [{group: f}]"))),
        ask(rules(rule("a", "reviewers: [{group: f, quorum: 2}]"))),
    )
    other = ask(rules(rule("a", "reviewers: [{group: g}]")))
    draft = ask(
        rules(rule("a", "reviewers: [{group: f}]")), agents="\nagents: {otto: {tier: draft, tools: {'*': {}}}}\n"
    )
    pairs = [(deny, allow), (deny, two), (one, allow), (two, one), (other, one), (draft, one)]
    assert [stricter(a, b) for a, b in pairs] == [True] * 6
    assert [stricter(b, a) for a, b in [(deny, allow), (deny, two), (one, allow), (two, one), (draft, one)]] == [
        False
    ] * 5
    assert [stricter(a, a) for a in (allow, deny, one, two, draft)] == [False] * 5
