"""Splits: shares that hold, groups and near-duplicates on one side, and nothing that ever moves."""

from collections import Counter
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from feedback.nearness import cluster, key
from feedback.splits import DEFAULT, NAMES, TORN, Pin, kinds, placed, split_of

VECTOR = ["train", "train", "train", "train", "holdout", "train"]
GIVEN: dict[str, Any] = {"salt": "countersign", "shares": DEFAULT}


def keys(*numbers: int) -> Any:
    return np.array(numbers, dtype=np.int64)


def test_the_split_of_a_group_is_this_on_every_machine() -> None:
    assert [split_of("countersign", group, DEFAULT) for group in (0, 1, -1, 7, 42, 2**62)] == VECTOR


def test_the_shares_hold_over_many_groups() -> None:
    counts = Counter(split_of("s", key("group", str(n)), DEFAULT) for n in range(20_000))
    assert [round(counts[name] / 200) for name in NAMES] == [80, 10, 10]
    assert {split_of("s", n, {"eval": 100}) for n in range(50)} == {"eval"}


def test_a_thousand_more_groups_move_nobody() -> None:
    groups = [key("group", str(n)) for n in range(2_000)]
    near = [key("cluster", str(n)) for n in range(2_000)]
    before = placed(keys(*groups[:1000]), keys(*near[:1000]), [], **GIVEN)
    pins = [Pin(groups[n], near[n], NAMES[split]) for n, split in enumerate(before.tolist())]
    after = placed(keys(*groups), keys(*near), pins, **GIVEN)
    assert after[:1000].tolist() == before.tolist()
    # And without the pins, because the hash alone decides where nothing is tied together.
    assert placed(keys(*groups), keys(*near), [], **GIVEN)[:1000].tolist() == before.tolist()


@given(
    st.lists(st.tuples(st.integers(0, 12), st.integers(100, 112)), min_size=1, max_size=40),
    st.integers(0, 40),
    st.text(max_size=3),
    st.lists(st.tuples(st.integers(100, 112), st.integers(100, 112)), max_size=6),
)
def test_what_was_frozen_stays_and_nothing_near_is_on_two_sides(
    rows: list[tuple[int, int]], frozen: int, salt: str, near_pairs: list[tuple[int, int]]
) -> None:
    tied = np.array(near_pairs, dtype=np.int64).reshape(-1, 2)
    options: dict[str, Any] = {"salt": salt, "shares": {"train": 40, "eval": 30, "holdout": 30}, "near": tied}
    groups, near = keys(*(row[0] for row in rows)), keys(*(row[1] for row in rows))
    first = placed(groups[:frozen], near[:frozen], [], **options)
    pins = [Pin(*rows[n], NAMES[split]) for n, split in enumerate(first.tolist())]
    found = placed(groups, near, pins, **options).tolist()
    assert found[:frozen] == first.tolist()
    for column in (0, 1):
        sides: dict[int, set[int]] = {}
        for row, split in zip(rows, found, strict=True):
            if split != TORN:
                sides.setdefault(row[column], set()).add(split)
        assert {len(side) for side in sides.values()} <= {1}
    for one, other in near_pairs:
        assert len(sides.get(one, set()) | sides.get(other, set())) <= 1


def test_an_example_that_would_tie_two_splits_is_left_out() -> None:
    pins = [Pin(1, 10, "train"), Pin(2, 20, "eval")]
    assert placed(keys(1, 2, 1, 3), keys(10, 20, 20, 20), pins, **GIVEN).tolist() == [0, 1, TORN, 1]


def test_only_what_ties_two_splits_is_left_out_and_the_rest_goes_where_it_is_near() -> None:
    pins = [Pin(1, 10, "train"), Pin(2, 20, "eval")]
    bridge = np.array([(10, 30), (20, 30), (40, 10), (50, 40)], dtype=np.int64)
    found = placed(keys(1, 2, 3, 4, 5), keys(10, 20, 30, 40, 50), pins, near=bridge, **GIVEN)
    assert found.tolist() == [0, 1, TORN, 0, 0]


def test_two_conversations_of_two_splits_leave_out_what_both_of_them_say() -> None:
    pins = [Pin(1, 10, "train"), Pin(2, 20, "eval")]
    assert placed(keys(1, 2), keys(30, 30), pins, **GIVEN).tolist() == [TORN, TORN]


def test_what_is_near_hangs_together_and_is_counted_once() -> None:
    groups, clusters = keys(*range(40)), keys(*range(100, 140))
    near = np.array([(100 + n, 101 + n) for n in range(0, 40, 2)], dtype=np.int64)
    found = placed(groups, clusters, [], near=near, **GIVEN)
    assert found[::2].tolist() == found[1::2].tolist()
    assert kinds(clusters, near) == 20


REFUND = {"customer_id": "cus_1", "amount_usd": 80, "note": "Late parcel, please refund order 123"}


@pytest.mark.parametrize(
    ("changed", "same"),
    [
        ({"note": "late  parcel, please refund order 77812"}, True),
        ({"amount_usd": 81.5, "customer_id": "cus_99812"}, True),
        ({"note": "Never arrived, please refund order 123"}, False),
        ({"currency": "EUR"}, False),
    ],
)
def test_numbers_names_of_rows_and_looks_make_no_other_call(changed: dict[str, Any], same: bool) -> None:
    assert (cluster("refund", REFUND, "") == cluster("refund", {**REFUND, **changed}, "")) is same


def test_with_few_words_the_names_of_rows_count_and_with_none_the_numbers_do() -> None:
    def of(**args: Any) -> int:
        return cluster("refund", args, "")

    assert of(id="cus_1", amount=1) == of(id="cus_1", amount=2)
    assert of(id="cus_1", amount=1) != of(id="cus_2", amount=1)
    assert of(amount=1) != of(amount=2)
    assert cluster("a", {"x": 1}, "") != cluster("b", {"x": 1}, "")
