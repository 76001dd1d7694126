"""What is new, what is gone, which mixes moved: against scipy and statsmodels, and quiet where nothing moved."""

from math import log

import numpy
import pytest
from scipy.stats import chi2
from statsmodels.stats.multitest import multipletests

from feedback import features
from feedback.drift.mix import Novelty, moved, novelty

TEXT, NUMBER = ("argument:note", "text"), ("argument:amount", "number")


def test_what_was_never_seen_is_new_and_what_was_usual_is_gone() -> None:
    then = {TEXT: 40, NUMBER: 2}
    assert novelty(then, {("argument:memo", "text"): 1}, 40, 20) == Novelty((("argument:memo", "text"),), (TEXT,))
    assert not novelty(then, then, 40, 20)


def test_a_rare_thing_may_be_missing_for_a_week() -> None:
    """A place in one of twenty calls is missing in 134 calls one time in a thousand, and in 135 less often."""
    assert [bool(novelty({NUMBER: 50}, {}, 998, n)) for n in (134, 135)] == [False, True]
    assert 0.95**134 > 0.001 > 0.95**135
    assert [bool(novelty({NUMBER: 30}, {}, 30, n)) for n in (2, 3)] == [False, True]


def test_with_fewer_than_thirty_before_nothing_is_new() -> None:
    assert [bool(novelty({TEXT: n}, {NUMBER: 5}, n, 5)) for n in (29, 30)] == [False, True]


def test_a_mix_that_moved_alarms_by_the_index_and_an_adjusted_p() -> None:
    then = {"confidence": {"low": 300, "high": 700}, "door": {"web": 500, "slack": 500}, "all": {"": 1000}}
    now = {"confidence": {"low": 240, "high": 160}, "door": {"web": 205, "slack": 195}, "all": {"": 400}}
    found = {row.feature: row for row in moved(then, now, lambda name: True)}
    by_hand = (0.6 - 0.3) * log(0.6 / 0.3) + (0.4 - 0.7) * log(0.4 / 0.7)
    assert found["confidence"].shift.index == pytest.approx(by_hand)
    raw = [chi2.sf(row.shift.index / (1 / 400 + 1 / 1000), 1) for row in found.values()]
    assert [row.p for row in found.values()] == pytest.approx(list(multipletests(raw, method="fdr_bh")[1]))
    assert {name: row.alert for name, row in found.items()} == {"confidence": True, "door": False}


def test_a_quiet_mix_rarely_alarms_and_few_calls_never() -> None:
    generator = numpy.random.Generator(numpy.random.PCG64(3))

    def drawn(n: int) -> dict[str, int]:
        return {str(place): int(x) for place, x in enumerate(generator.multinomial(n, [0.1] * 10))}

    alarmed = sum(moved({"x": drawn(800)}, {"x": drawn(250)}, lambda name: True)[0].alert for _ in range(300))
    assert alarmed <= 3
    assert not moved({"x": {"a": 150, "b": 0}}, {"x": {"a": 0, "b": 150}}, lambda name: True)[0].alert


@pytest.mark.parametrize(
    ("number", "told"),
    [(0, "0"), (1, "1 to 2"), (33, "20 to 50"), (999.9, "500 to 1000"), (1000, "1000 to 2000"), (-1.5, "-2 to -1"),
     (0.003, "0.002 to 0.005"), (5e-9, "5e-09 to 1e-08"), (10**18, "1e+18 to 2e+18")],
)  # fmt: skip
def test_numbers_fall_into_ranges(number: float, told: str) -> None:
    assert features.ranged(number) == told


def test_a_call_is_its_shape_and_no_text_of_it() -> None:
    args = {
        "to": "a@b.example",
        "amount": 70,
        "ok": True,
        "lines": [{"n": 1}, {"n": 1.5}],
        "map": {"a@b.example": None},
    }
    claims = {
        "confidence": 1.0,
        "agent_version": {"model": "m-2", "prompt_sha256": "ab"},
        "trace": {"sources": [{"uri": "https://kb.example/refunds?token=1", "version": "3"}, {"uri": "kb"}]},
    }
    assert features.of_call(args, claims) == {
        ("all", ""),
        ("confidence", "0.9 to 1"),
        ("argument:to", "text"),
        ("argument:amount", "50 to 100"),
        ("argument:ok", "true"),
        ("argument:lines", "list"),
        ("argument:lines[]", "object"),
        ("argument:lines[].n", "1 to 2"),
        ("argument:map", "object"),
        ("argument:map.*", "null"),
        ("model", "m-2"),
        ("prompt", "ab"),
        ("source:kb.example", "3"),
        ("source:unnamed", "read"),
    }
