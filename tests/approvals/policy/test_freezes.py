"""Freezes: between two moments calls wait for people or are refused, whatever the rules say."""

from datetime import UTC, datetime, timedelta

import pytest

from approvals.policy.document import parse
from approvals.policy.evaluate import Context, Verdict, compile_document, evaluate

BEGINS, ENDS = datetime(2026, 12, 24, tzinfo=UTC), datetime(2027, 1, 2, tzinfo=UTC)
POLICY = """\
name: x
tools: {pay: {schema: {type: object}}, crm.note: {schema: {type: object}}, crm.wipe: {schema: {type: object}}}
agents: {otto: {tier: autonomous, tools: {"*": {}}}}
rules: [{id: all, effect: allow}, {id: no-wipe, tools: [crm.wipe], effect: deny}]
freezes: [{id: year-end, from: 2026-12-24T00:00:00Z, to: 2027-01-02T00:00:00Z, tools: ["pay", "crm.wipe"]%s}]
"""


def verdict(at: datetime, tool: str = "pay", more: str = "") -> Verdict:
    policy = compile_document(parse(POLICY % more))
    return evaluate(policy, Context(tool=tool, args={}, actor="otto", agent="otto", now=at))


@pytest.mark.parametrize(
    ("at", "effect"),
    [
        (BEGINS - timedelta(microseconds=1), "allow"),
        (BEGINS, "require_approval"),
        (ENDS - timedelta(microseconds=1), "require_approval"),
        (ENDS, "allow"),
    ],
)
def test_it_holds_from_its_beginning_until_before_its_end(at: datetime, effect: str) -> None:
    assert verdict(at).effect == effect


def test_it_says_so_and_counts_as_a_question_of_its_own() -> None:
    found = verdict(BEGINS)
    assert found.explanation == "A person must approve because freeze year-end holds until 2027-01-02 00:00 UTC."
    assert (found.flags, found.questions, found.rule) == (("freeze",), ("freeze",), None)


def test_tools_that_it_does_not_name_go_on() -> None:
    assert verdict(BEGINS, "crm.note").effect == "allow"


def test_it_opens_nothing_that_is_denied() -> None:
    assert (verdict(BEGINS, "crm.wipe").effect, verdict(BEGINS, "crm.wipe").rule) == ("deny", "no-wipe")


def test_one_that_denies_refuses_with_a_word_of_its_own() -> None:
    found = verdict(BEGINS, more=", effect: deny")
    assert (found.effect, found.reason_code) == ("deny", "freeze")
