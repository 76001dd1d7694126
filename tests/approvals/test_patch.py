"""What differs between two argument trees, place by place: nothing that JSON tells apart is passed over."""

from typing import Any

import pytest
from hypothesis import given

from approvals.material import is_material
from approvals.patch import at, between
from tests.json_trees import trees


@pytest.mark.parametrize(
    ("old", "new", "steps"),
    [
        ({"a": {"b": 1}}, {"a": {"b": True}}, [{"op": "replace", "path": "/a/b", "value": True}]),
        ({"a": [0, 1]}, {"a": [False, 1]}, [{"op": "replace", "path": "/a/0", "value": False}]),
        ({"a": {"b": 42}}, {"a": {"b": 42.0}}, []),
        ({"a/b": 1}, {"a~b": 1}, [{"op": "remove", "path": "/a~1b"}, {"op": "add", "path": "/a~0b", "value": 1}]),
    ],
)
def test_true_is_not_one_and_42_is_42_0(old: Any, new: Any, steps: list[dict[str, Any]]) -> None:
    assert between(old, new) == steps


@given(trees, trees)
def test_whatever_is_material_is_told_and_each_step_says_what_stands_there(old: Any, new: Any) -> None:
    steps = between(old, new)
    assert steps or not is_material(old, new)
    for step in steps:
        if step["op"] != "remove":
            assert at(new, step["path"]) is step["value"]
        if step["op"] != "add":
            at(old, step["path"])
    assert between(old, old) == []
