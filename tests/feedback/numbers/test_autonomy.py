"""What earns a right, what never does, and what ends it."""

from dataclasses import replace

import numpy
import pytest
from scipy.integrate import quad

from feedback.autonomy import NEVER, Record, Rule, Scope, e_value, e_value_against, judge, lost

REFUND = Scope("crm.note", reversible=True)
CLEAN = Record((True,) * 59, reviewers=2, days=14)


def test_59_of_59_by_two_reviewers_earn_it() -> None:
    found = judge(REFUND, CLEAN, Rule())
    assert (found.earned, found.n, found.failed, found.wanted) == (True, 59, 0, 59)
    assert found.lower == pytest.approx(0.05 ** (1 / 59))


def test_58_of_58_do_not() -> None:
    assert judge(REFUND, replace(CLEAN, good=(True,) * 58), Rule()).missing == (
        "1 more decisions: the record is looked at when 59 are complete",
    )


@pytest.mark.parametrize(
    ("scope", "record", "missing"),
    [
        (replace(REFUND, never="payment"), CLEAN, "nothing can earn it: people always decide a payment"),
        (replace(REFUND, reversible=False), CLEAN, "a tool whose effect can be taken back"),
        (REFUND, replace(CLEAN, severe=1), "a record without a severe error"),
        (REFUND, replace(CLEAN, reviewers=1), "2 different reviewers"),
        (REFUND, replace(CLEAN, days=13), "14 days between the first and the last decision"),
        (REFUND, replace(CLEAN, alerts=1), "no open alert"),
    ],
)
def test_one_thing_missing_is_enough(scope: Scope, record: Record, missing: str) -> None:
    assert judge(scope, record, Rule()).missing == (missing,)


def test_a_workspace_may_ask_for_more() -> None:
    rule = Rule(least_agreement=0.7, needs_refusal=True)
    assert len(judge(REFUND, CLEAN, rule).missing) == 2
    assert judge(REFUND, replace(CLEAN, agreement_low=0.71, refused=True), rule).earned


def test_however_long_the_record_a_payment_never() -> None:
    for never in NEVER:
        long = replace(CLEAN, good=(True,) * 5000)
        assert not judge(replace(REFUND, never=never), long, Rule()).earned


def test_later_successes_rescue_no_failed_look() -> None:
    record = replace(CLEAN, good=(True,) * 30 + (False,) + (True,) * 400)
    found = judge(REFUND, record, Rule())
    assert found.lower > 0.95
    assert not found.earned


def test_later_failures_count() -> None:
    assert not judge(REFUND, replace(CLEAN, good=(True,) * 59 + (False,) * 3), Rule()).earned


def test_a_workspace_may_allow_failures_with_more_decisions() -> None:
    rule = Rule(failures=1)
    assert judge(REFUND, replace(CLEAN, good=(False,) + (True,) * 92), rule).earned
    assert not judge(REFUND, replace(CLEAN, good=(False,) * 2 + (True,) * 91), rule).earned


def test_one_look_is_wrong_at_most_once_in_twenty() -> None:
    """At a true success rate of exactly the target, with 600 decisions and a look after each."""
    generator = numpy.random.Generator(numpy.random.PCG64(9))
    earned = [
        judge(REFUND, replace(CLEAN, good=tuple((generator.random(80) < 0.95).tolist())), Rule()).earned
        for _ in range(2000)
    ]
    assert sum(earned) / 2000 <= 0.055


def test_the_e_value_is_a_mean_over_rates() -> None:
    good = [True] * 80 + [False] * 2
    density, _ = quad(lambda p: (p / 0.95) ** 80 * ((1 - p) / 0.05) ** 2, 0.95, 1)
    assert e_value(good, 0.95) == pytest.approx(density / 0.05, rel=1e-3)


def test_looking_all_the_time_is_wrong_at_most_once_in_twenty() -> None:
    generator = numpy.random.Generator(numpy.random.PCG64(4))
    crossed = 0
    for _ in range(300):
        good = (generator.random(400) < 0.95).tolist()
        crossed += any(e_value(good[:n], 0.95) >= 20 for n in range(1, 401, 3))
    assert crossed / 300 <= 0.05


def test_a_severe_error_ends_it_at_once_and_so_does_an_alert() -> None:
    assert lost((), 0.95, severe=1) == "a severe error"
    assert lost((), 0.95, alerts=1) == "an open alert"
    assert lost((True,) * 50, 0.95) == ""


def test_audits_that_find_too_much_end_it() -> None:
    good = (True,) * 20 + (False,) * 6
    assert e_value_against(good, 0.95) > 20
    assert lost(good, 0.95) == "audits show fewer than 95% right (6 of 26 were wrong)"
