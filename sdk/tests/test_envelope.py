"""JSON that means the same on both ends."""

import json
import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from countersign import UnsafeArguments
from countersign.envelope import DEPTH_MAX, dumps, envelope, same

TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"))
NUMBERS = st.integers(-(2**53) + 1, 2**53 - 1) | st.floats(allow_nan=False, allow_infinity=False)
TREES = st.recursive(
    st.none() | st.booleans() | NUMBERS | TEXT,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXT, inner, max_size=4),
    max_leaves=20,
)


@given(tree=TREES)
def test_what_is_sent_reads_back_as_it_was(tree: Any) -> None:
    assert repr(json.loads(dumps(tree))) == repr(tree)


@given(tree=TREES)
def test_a_tree_is_the_same_as_itself(tree: Any) -> None:
    assert same(tree, json.loads(dumps(tree))) is True


@given(left=TREES, right=TREES)
def test_what_is_the_same_is_equal(left: Any, right: Any) -> None:
    assert same(left, right) == same(right, left)
    if same(left, right):
        assert left == right


@pytest.mark.parametrize(("left", "right"), [(1, True), (0, False), ([1], [True]), ({"a": 1}, {"a": True}), (1, "1")])
def test_true_is_not_one(left: Any, right: Any) -> None:
    assert same(left, right) is False


def test_integral_numbers_are_one_number() -> None:
    assert same({"amount_usd": 42}, {"amount_usd": 42.0}) is True


@pytest.mark.parametrize(
    ("value", "pointer"),
    [
        ({"a/b": {"c~d": [1, math.inf]}}, "/a~1b/c~0d/1"),
        ({"amount": 2**53}, "/amount"),
        ({"amount": -(2**53)}, "/amount"),
        ({"name": "\udfff"}, "/name"),
        ({"n\0": 1}, ""),
        ({1: 1}, ""),
        ([(1, 2)], "/0"),
        ({"when": b"x"}, "/when"),
    ],
)
def test_a_refusal_points_at_the_value(value: Any, pointer: str) -> None:
    with pytest.raises(UnsafeArguments) as refused:
        dumps(value)
    assert refused.value.pointer == pointer


def test_a_circle_is_refused() -> None:
    circle: list[Any] = []
    circle.append(circle)
    with pytest.raises(UnsafeArguments, match="circle"):
        dumps(circle)


def test_the_deepest_that_is_sent() -> None:
    tree: Any = "x"
    for _ in range(DEPTH_MAX):
        tree = [tree]
    assert dumps(tree) == b"[" * DEPTH_MAX + b'"x"' + b"]" * DEPTH_MAX
    with pytest.raises(UnsafeArguments):
        dumps([tree])


def test_the_body_is_compact_utf8() -> None:
    assert dumps({"name": "Zoë", "tags": [1, 2]}) == '{"name":"Zoë","tags":[1,2]}'.encode()


def test_fields_that_are_none_are_left_out() -> None:
    body = envelope("crm.note", {"text": None}, {"summary": None, "uncertain": False})
    assert body == {"tool_call": {"name": "crm.note", "args": {"text": None}}, "uncertain": False}
