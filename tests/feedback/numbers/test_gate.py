"""New against old: what passes, fails, stays open or may not be compared at all."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy
import pytest

from feedback.gate.paired import Pair, compared
from feedback.gate.rows import Row, Verdict
from feedback.gate.runs import Example, Frozen, Item, Run, Scorer
from feedback.gate.spec import MustNot, Slice, Spec, SpecFault, parse
from feedback.gate.verdict import Outcome, judge
from feedback.intervals import Pairs, both_sides, tango

SHA = "a" * 64
CODE = Scorer("deterministic", "correct/1")


def frozen(n: int, *, each: int = 1, slices: Callable[[int], set[str]] = lambda n: {"tool=refund"}) -> Frozen:
    return Frozen(SHA, {f"e{i:04}": Example(f"g{i // each:04}", frozenset(slices(i))) for i in range(n)})


def run(n: int, failing: set[int] | range = range(0), *, repetitions: int = 1, **changed: Any) -> Run:
    items = tuple(Item(f"e{i:04}", k, {"correct": i not in failing}) for i in range(n) for k in range(repetitions))
    return replace(Run(SHA, {"correct": CODE}, items), **changed)


def only(outcome: Outcome) -> Row:
    assert outcome.problems == ()
    assert len(outcome.rows) == 1
    return outcome.rows[0]


SPEC = Spec("release")
DRAWN = 200


def test_20_identical_pairs_are_inconclusive() -> None:
    outcome = judge(SPEC, frozen(20), run(20), run(20))
    row = only(outcome)
    assert (outcome.verdict, outcome.exit_code) == (Verdict.INCONCLUSIVE, 2)
    assert (row.difference, row.wanted) == (0.0, 703)
    assert row.high == pytest.approx(-(row.low or 0.0))
    assert row.low == pytest.approx(tango(Pairs(20, 0, 0, 0), both_sides(0.95)).low)
    assert row.reason == "It may be -11.9 points, and 2 are allowed. About 703 examples would settle it."


def test_200_identical_pairs_pass() -> None:
    outcome = judge(SPEC, frozen(200), run(200), run(200))
    assert (outcome.verdict, outcome.exit_code) == (Verdict.PASS, 0)


def test_better_passes_and_worse_fails_with_the_pairs_that_changed() -> None:
    better = only(judge(SPEC, frozen(200), run(200, range(20)), run(200, range(5))))
    worse = only(judge(SPEC, frozen(200), run(200, range(5)), run(200, range(20))))
    assert (better.verdict, len(better.gained), better.lost) == (Verdict.PASS, 15, ())
    assert (worse.verdict, worse.gained) == (Verdict.FAIL, ())
    assert worse.lost == tuple((f"e{i:04}", 0) for i in range(5, 20))
    assert (worse.old, worse.new) == (0.975, 0.9)
    assert worse.p == pytest.approx(0.5**15)


def test_harmless_noise_is_not_blocked() -> None:
    """Ten of a hundred pairs flip and nothing really changed: "any drop blocks" would stop 45 % of such releases."""
    assert verdicts(SPEC, 0.05, 0.05).count(Verdict.FAIL) / DRAWN <= 0.06


def test_what_is_worse_by_the_margin_hardly_ever_passes() -> None:
    assert verdicts(replace(SPEC, margin=0.05), 0.05, 0.1).count(Verdict.PASS) / DRAWN <= 0.06


def test_what_is_clearly_worse_mostly_fails() -> None:
    assert verdicts(replace(SPEC, margin=0.05), 0.05, 0.25).count(Verdict.FAIL) / DRAWN >= 0.9


def verdicts(spec: Spec, old: float, new: float) -> list[Verdict]:
    """Of a hundred pairs each, failing by chance with these rates."""
    generator = numpy.random.Generator(numpy.random.PCG64(1))
    found = []
    for _ in range(DRAWN):
        failing = [{int(n) for n in numpy.flatnonzero(generator.random(100) < rate)} for rate in (old, new)]
        found.append(judge(spec, frozen(100), run(100, failing[0]), run(100, failing[1])).verdict)
    return found


def test_a_drop_inside_the_margin_is_said_and_does_not_block() -> None:
    row = only(judge(replace(SPEC, margin=0.05), frozen(1000), run(1000), run(1000, range(12))))
    assert (row.verdict, row.p is not None and row.p < 0.05) == (Verdict.PASS, True)
    assert "It did drop a little" in row.reason


def invalid(outcome: Outcome) -> tuple[str, ...]:
    assert (outcome.verdict, outcome.exit_code, outcome.rows) == (Verdict.INVALID, 3, ())
    return outcome.problems


def test_another_dataset_is_invalid() -> None:
    other = run(40, dataset="b" * 64)
    assert invalid(judge(SPEC, frozen(40), run(40), other)) == (
        "The candidate ran on another dataset (bbbbbbbbbbbb and not aaaaaaaaaaaa); run it again.",
    )


def test_missing_rows_are_invalid() -> None:
    assert invalid(judge(SPEC, frozen(40), run(40), run(38))) == (
        "The candidate lacks 2 of 40 rows, such as e0038, e0039.",
    )


def test_rows_that_were_not_scored_are_missing() -> None:
    blank = run(40)
    blank = replace(blank, items=(*blank.items[:-1], Item("e0039")))
    assert invalid(judge(SPEC, frozen(40), blank, run(40))) == ("The baseline lacks 1 of 40 rows, such as e0039.",)


def test_a_tolerated_missing_row_counts_as_failed() -> None:
    row = only(judge(replace(SPEC, max_missing=0.01), frozen(200), run(200), run(199)))
    assert row.lost == (("e0199", 0),)


def test_an_unknown_slice_is_invalid() -> None:
    spec = replace(SPEC, slices=(Slice("tool=transfer", 0.05),))
    assert invalid(judge(spec, frozen(40), run(40), run(40))) == ("The dataset has no slice 'tool=transfer'.",)


@pytest.mark.parametrize(
    ("baseline", "candidate", "problem"),
    [
        (run(40), run(41), "The candidate has rows for examples that the dataset does not hold: e0040."),
        (run(40), run(40, repetitions=2), "The baseline has 1 repetitions and the candidate 2; both need as many."),
        (run(40, scorers={}), run(40), "The baseline was not scored by correct."),
        (
            run(40),
            run(40, scorers={"correct": Scorer("deterministic", "correct/2")}),
            "correct scored the baseline as correct/1 and the candidate as correct/2; score both alike.",
        ),
        (
            run(40, tool_schemas={"refund": "1", "note": "1"}),
            run(40, tool_schemas={"refund": "2"}),
            "The schema of refund is not the one that the baseline ran with; run the baseline again.",
        ),
        (
            run(40),
            run(40, items=tuple(Item(f"e{i:04}", error="timeout") for i in range(40))),
            "Every row of the candidate is an error, so it says nothing about quality.",
        ),
        (run(40), run(40, items=(*run(40).items, Item("e0000", 0, {"correct": True}))),
         "The candidate has more than one row for e0000."),
    ],
)  # fmt: skip
def test_what_may_not_be_compared_is_invalid(baseline: Run, candidate: Run, problem: str) -> None:
    assert problem in invalid(judge(SPEC, frozen(40), baseline, candidate))


def test_nothing_run_on_nothing_is_invalid() -> None:
    assert "The dataset version has no examples, so nothing can be shown." in invalid(
        judge(SPEC, frozen(0), run(0), run(0))
    )


def test_errors_count_as_failures() -> None:
    broken = run(200)
    broken = replace(broken, items=(*broken.items[:-20], *(Item(f"e{i:04}", error="timeout") for i in range(180, 200))))
    assert only(judge(SPEC, frozen(200), run(200), broken)).verdict is Verdict.FAIL


def test_rows_of_one_group_are_not_counted_as_independent() -> None:
    """200 rows of 40 groups with five each: as rows they would pass, as groups they show less."""
    alone = only(judge(SPEC, frozen(200), run(200), run(200)))
    grouped = only(judge(SPEC, frozen(200, each=5), run(200), run(200)))
    assert (alone.verdict, grouped.verdict) == (Verdict.PASS, Verdict.INCONCLUSIVE)
    assert (grouped.method, grouped.low) == ("tango, a group as one", tango(Pairs(40, 0, 0, 0), both_sides(0.95)).low)


def test_one_group_that_broke_is_one_piece_of_evidence() -> None:
    row = only(judge(SPEC, frozen(200, each=20), run(200), run(200, range(20))))
    assert (row.p, row.verdict) == (0.5, Verdict.INCONCLUSIVE)


def test_repetitions_of_an_example_are_a_group_and_passing_all_is_a_row() -> None:
    data = Frozen(SHA, {name: Example(name, example.slices) for name, example in frozen(150).examples.items()})
    flaky = run(150, repetitions=3)
    flaky = replace(flaky, items=tuple(
        replace(item, passed={"correct": item.repetition != 0 or int(item.example[1:]) >= 30}) for item in flaky.items
    ))  # fmt: skip
    outcome = judge(replace(SPEC, reliability=0.05), data, run(150, repetitions=3), flaky)
    whole, reliable = outcome.rows
    assert (whole.n, whole.method) == (450, "cluster bootstrap")
    assert whole.new == pytest.approx(420 / 450)
    assert (reliable.n, reliable.new, reliable.verdict) == (150, 0.8, Verdict.FAIL)


@pytest.mark.parametrize(("groups", "each"), [(40, 5), (80, 3)])
def test_the_bound_over_groups_is_wrong_about_once_in_twenty(groups: int, each: int) -> None:
    """Groups share their fate half of the time; new and old are equally good."""
    generator = numpy.random.Generator(numpy.random.PCG64(2))
    wrong = 0
    for seed in range(400):
        shift = generator.choice([-1, 0, 1], size=groups, p=[0.15, 0.7, 0.15])
        pairs = []
        for group in range(groups):
            for n in range(each):
                way = shift[group] if generator.random() < 0.5 else generator.choice([-1, 0, 1], p=[0.05, 0.9, 0.05])
                pairs.append(Pair((f"{group}-{n}", 0), str(group), way < 1, way > -1))
        wrong += compared(pairs, 0.95, seed).low > 0
    assert wrong / 400 <= 0.08


def test_slices_have_their_own_margins_and_share_the_risk_of_false_alarms() -> None:
    data = frozen(300, slices=lambda n: {f"tool={'abc'[n % 3]}"})
    worse_in_a = run(300, set(range(0, 18, 3)))  # six, all of tool=a: p = 1/64
    spec = replace(SPEC, margin=0.1, slices=tuple(Slice(f"tool={name}", 0.05) for name in "abc"))
    whole, a, b, _ = judge(spec, data, run(300), worse_in_a).rows
    assert whole.verdict is Verdict.PASS
    assert a.p == pytest.approx(3 / 64)
    assert a.verdict is Verdict.FAIL
    assert (b.n, b.p, b.verdict) == (100, 1.0, Verdict.PASS)


def test_a_small_slice_is_inconclusive() -> None:
    data = frozen(300, slices=lambda n: {"rare"} if n < 12 else {"usual"})
    spec = replace(SPEC, slices=(Slice("rare", 0.3),))
    assert [row.verdict for row in judge(spec, data, run(300), run(300)).rows] == [Verdict.PASS, Verdict.INCONCLUSIVE]


def guarded(n: int, violating: set[int], kind: str = "deterministic", *, calibrated: bool = True) -> Run:
    scorers = {"correct": CODE, "no_leak": Scorer(kind, "1", calibrated)}
    items = tuple(Item(f"e{i:04}", 0, {"correct": True, "no_leak": i not in violating}) for i in range(n))
    return Run(SHA, scorers, items)


@pytest.mark.parametrize(
    ("n", "old", "new", "verdict"),
    [
        (99, set(), set(), Verdict.PASS),
        (98, set(), set(), Verdict.INCONCLUSIVE),
        (500, set(), {7}, Verdict.FAIL),
        (500, {7}, {7}, Verdict.PASS),
        (100, set(range(30)), set(range(20)), Verdict.FAIL),
    ],
)
def test_the_forbidden(n: int, old: set[int], new: set[int], verdict: Verdict) -> None:
    spec = replace(SPEC, margin=0.2, must_not=(MustNot("no_leak", 0.03),))
    assert judge(spec, frozen(n), guarded(n, old), guarded(n, new)).rows[1].verdict is verdict


def test_an_uncalibrated_judge_lets_nothing_pass_and_may_refuse() -> None:
    spec = replace(SPEC, scorer="no_leak")
    doubtful = [guarded(200, failing, "judge", calibrated=False) for failing in (set(), set(range(20)))]
    passing = only(judge(spec, frozen(200), doubtful[0], doubtful[0]))
    failing = only(judge(spec, frozen(200), doubtful[0], doubtful[1]))
    trusted = guarded(200, set(), "judge")
    assert (passing.verdict, failing.verdict) == (Verdict.INCONCLUSIVE, Verdict.FAIL)
    assert passing.reason.startswith("no_leak is a judge that was not calibrated")
    assert judge(spec, frozen(200), trusted, trusted).verdict is Verdict.PASS


@pytest.mark.parametrize(
    ("budget", "verdict"), [(500.0, Verdict.PASS), (100.0, Verdict.FAIL), (475.0, Verdict.INCONCLUSIVE)]
)
def test_a_latency_budget(budget: float, verdict: Verdict) -> None:
    slow = run(200)
    slow = replace(slow, items=tuple(replace(item, latency_ms=n % 50 * 10.0) for n, item in enumerate(slow.items)))
    row = judge(replace(SPEC, latency_p95_ms=budget), frozen(200), run(200), slow).rows[1]
    assert (row.new, row.verdict) == (470.0, verdict)


def test_a_budget_needs_every_row_to_say_what_it_cost() -> None:
    part = run(200)
    part = replace(part, items=tuple(replace(item, cost=0.01 if n else None) for n, item in enumerate(part.items)))
    row = judge(replace(SPEC, cost_mean=1.0), frozen(200), run(200), part).rows[1]
    assert (row.verdict, row.reason) == (Verdict.INCONCLUSIVE, "Not every row of the run says what it used.")


def test_newly_failing_is_counted_among_those_that_passed() -> None:
    spec = replace(SPEC, margin=0.2, newly_failing=0.02)
    row = judge(spec, frozen(400), run(400, range(100)), run(400, range(50, 103))).rows[1]
    assert (row.n, row.new, row.verdict, len(row.lost)) == (300, 0.01, Verdict.INCONCLUSIVE, 3)


def test_the_worst_row_decides() -> None:
    spec = replace(SPEC, must_not=(MustNot("no_leak", 0.03),))
    assert judge(spec, frozen(200), guarded(200, set()), guarded(200, {3})).verdict is Verdict.FAIL


def test_the_same_runs_give_the_same_answer() -> None:
    old, new = run(200, range(0, 60, 3)), run(200, range(0, 50, 2))
    assert judge(SPEC, frozen(200, each=4), old, new) == judge(SPEC, frozen(200, each=4), old, new)


def test_a_spec_is_read_whole() -> None:
    assert parse(
        {"name": "release", "margin": 0.03, "slices": ["tool=a", {"name": "tool=b", "margin": 0.1}],
         "must_not": ["no_leak", {"scorer": "policy", "tolerance": 0.01}], "reliability": 0.05, "cost_mean": 2,
         "n_min": 50}
    ) == Spec(
        "release", margin=0.03, slices=(Slice("tool=a", 0.02), Slice("tool=b", 0.1)),
        must_not=(MustNot("no_leak", 0.03), MustNot("policy", 0.01)), reliability=0.05, cost_mean=2.0, n_min=50,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("document", "where"),
    [
        ([], "A gate is a mapping"),
        ({}, "name: give a name"),
        ({"name": "x", "margn": 1}, "margn: a gate has no such field"),
        ({"name": "x", "margin": True}, "margin: give a share"),
        ({"name": "x", "margin": 2}, "margin: give a share"),
        ({"name": "x", "max_missing": 0.5}, "max_missing: give a share between 0 and 0.01"),
        ({"name": "x", "slices": "a"}, "slices: give a list"),
        ({"name": "x", "slices": [{"nam": 1}]}, r"slices\[0\]: a slice has"),
        ({"name": "x", "must_not": [3]}, r"must_not\[0\]: a must-not has"),
        ({"name": "x", "cost_mean": -1}, "cost_mean: give a number above 0"),
        ({"name": "x", "n_min": 1.5}, "n_min: give a whole number"),
    ],
)
def test_a_wrong_spec_says_where(document: Any, where: str) -> None:
    with pytest.raises(SpecFault, match=where):
        parse(document)
