"""The stop switch as values: whom it covers, and that it only tightens."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from approvals.policy.evaluate import evaluate
from approvals.policy.model import RANK
from approvals.policy.stops import (
    Call,
    Mode,
    Reach,
    Stop,
    bars_approval,
    bars_running,
    covers,
    gravest_stop,
    is_for_good,
)
from approvals.policy.verdict import Verdict
from tests.approvals.policy.sentences import call, policy

AT = datetime(2026, 3, 2, 8, tzinfo=UTC)
ALLOW = "rules: [{id: small, tools: [billing.refund], effect: allow}]\n"
DENY = "rules: [{id: never, tools: [billing.refund], effect: deny}]\n"


def stop(mode: Mode, reach: Reach = "workspace", target: str = "", stop_id: str = "stp_1") -> Stop:
    return Stop(stop_id, mode, reach, target, target, "", "Ben", AT)


def under(text: str, *stops: Stop, **changes: object) -> Verdict:
    return evaluate(policy(text), call(stops=stops, **changes))


REFUND = Call("otto", "billing.refund", writes=True, version_id="ver_1")


@pytest.mark.parametrize(
    ("sentence", "reach", "target", "covered"),
    [
        ("the workspace is everything", "workspace", "", True),
        ("its own agent", "agent", "otto", True),
        ("another agent", "agent", "lotte", False),
        ("the tool by its name", "tool", "billing.refund", True),
        ("a group of tools", "tool", "billing.*", True),
        ("a name that only begins so", "tool", "billing", False),
        ("its own version", "version", "ver_1", True),
        ("another version", "version", "ver_2", False),
    ],
)
def test_whom_it_covers(sentence: str, reach: Reach, target: str, *, covered: bool) -> None:
    assert covers(stop("pause", reach, target), REFUND) is covered, sentence


@pytest.mark.parametrize(
    ("sentence", "text", "mode", "effect", "code"),
    [
        ("paused, what would pass waits", ALLOW, "pause", "require_approval", None),
        ("paused, a denial stays one", DENY, "pause", "deny", "denied_by_rule"),
        ("forced, people are asked", ALLOW, "force_approvals", "require_approval", None),
        ("forced, a denial stays one", DENY, "force_approvals", "deny", "denied_by_rule"),
        ("writes are denied", ALLOW, "deny_writes", "deny", "stopped"),
        ("and the switch says so before any rule", DENY, "deny_writes", "deny", "stopped"),
    ],
)
def test_what_it_makes_of_a_verdict(sentence: str, text: str, mode: Mode, effect: str, code: str | None) -> None:
    verdict = under(text, stop(mode))
    assert (verdict.effect, verdict.reason_code) == (effect, code), sentence


def test_the_explanation_names_the_switch() -> None:
    assert under(ALLOW, stop("deny_writes", "agent", "otto")).explanation == (
        "Denied because the stop switch is on: writes of agent otto are denied."
    )


def test_reads_go_on_while_writes_are_denied() -> None:
    text = ALLOW.replace("billing.refund", "crm.note")
    assert under(text, stop("deny_writes"), tool="crm.note", args={}).effect == "deny"
    read = Call("otto", "crm.read", writes=False, version_id=None)
    assert bars_running([stop("deny_writes")], read, by_people=False) is None
    assert bars_running([stop("pause")], read, by_people=False) == stop("pause")


def test_a_tool_that_nobody_described_counts_as_one_that_writes() -> None:
    verdict = under("defaults: {effect: allow}\n", stop("deny_writes"), tool="who.knows", args={})
    assert (verdict.effect, verdict.reason_code) == ("deny", "stopped")


@pytest.mark.parametrize(
    ("mode", "approves", "runs", "runs_by_people", "for_good"),
    [
        ("pause", False, False, False, False),
        ("force_approvals", True, False, True, True),
        ("deny_writes", False, False, False, True),
    ],
)
def test_what_it_keeps_from_being_approved_and_from_running(
    mode: Mode, *, approves: bool, runs: bool, runs_by_people: bool, for_good: bool
) -> None:
    on = [stop(mode)]
    assert (bars_approval(on, REFUND) is None) is approves
    assert (bars_running(on, REFUND, by_people=False) is None) is runs
    assert (bars_running(on, REFUND, by_people=True) is None) is runs_by_people
    assert is_for_good(on[0]) is for_good


def test_of_several_switches_the_one_that_ends_most_is_told() -> None:
    pause, deny, block = stop("pause"), stop("deny_writes"), stop("block", "version", "ver_1")
    assert bars_running([pause, deny], REFUND, by_people=True) == deny
    assert bars_running([pause, deny, block], REFUND, by_people=True) == block
    assert gravest_stop([pause, deny]) == deny
    assert gravest_stop([pause, stop("deny_writes", "agent", "lotte")], "otto") == pause
    assert gravest_stop([]) is None


STOPS = st.builds(
    stop,
    st.sampled_from(["pause", "force_approvals", "deny_writes"]),
    st.sampled_from(["workspace", "agent", "tool"]),
    st.sampled_from(["otto", "lotte", "billing.*", "billing.refund", "*", "crm.note"]),
)


@given(st.sampled_from([ALLOW, DENY, "", "defaults: {effect: deny}\n"]), st.lists(STOPS, max_size=4), STOPS)
def test_one_more_switch_never_loosens(text: str, stops: list[Stop], more: Stop) -> None:
    before, after = under(text, *stops), under(text, *stops, more)
    assert RANK[after.effect] >= RANK[before.effect]
    assert (bars_approval(stops, REFUND) is None) or (bars_approval([*stops, more], REFUND) is not None)
    for by_people in (True, False):
        held = bars_running(stops, REFUND, by_people=by_people)
        assert held is None or bars_running([*stops, more], REFUND, by_people=by_people) is not None
