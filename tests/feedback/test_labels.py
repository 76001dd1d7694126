"""Which kind a decision is, and what counts as a material change."""

from typing import Any

import pytest
from hypothesis import given

from approvals.states import Source, State
from feedback.labels import LabelKind, is_material, kind_of
from tests.json_trees import trees


@pytest.mark.parametrize(
    ("outcome", "source", "edited", "kind"),
    [
        (State.APPROVED, Source.PEOPLE, False, LabelKind.APPROVED),
        (State.APPROVED, Source.PEOPLE, True, LabelKind.APPROVED_WITH_CHANGES),
        (State.REJECTED, Source.PEOPLE, False, LabelKind.REJECTED),
        (State.EXPIRED, Source.TIMEOUT, False, LabelKind.EXPIRED),
        (State.WITHDRAWN, Source.AGENT, False, LabelKind.WITHDRAWN),
        (State.APPROVED, Source.POLICY, False, LabelKind.ALLOWED_BY_POLICY),
        (State.REJECTED, Source.POLICY, False, LabelKind.DENIED_BY_POLICY),
        (State.REJECTED, Source.STOP_SWITCH, False, LabelKind.STOPPED),
    ],
)
def test_the_kind_says_what_happened(outcome: str, source: str, edited: bool, kind: LabelKind) -> None:
    assert kind_of(outcome, source, edited=edited) is kind


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("Refund for late delivery", "refund for  late delivery "),
        ("STRASSE", "straße"),
        (1, 1.0),
        ({"note": "a b", "n": [1, 2]}, {"n": [1.0, 2], "note": "A\tB"}),
        (None, None),
        (True, True),
    ],
)
def test_looks_are_cosmetic(old: Any, new: Any) -> None:
    assert not is_material(old, new)
    assert not is_material(new, old)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (80, 45),
        ("80", 80),
        (1, True),
        (0, False),
        (0, None),
        ("", None),
        ("cus_1", "cus_2"),
        ({"a": 1}, {"A": 1}),
        ({"a": 1}, {"a": 1, "b": None}),
        ([1, 2], [2, 1]),
        ([1], [1, 1]),
        ({"a": []}, {"a": {}}),
    ],
)
def test_everything_else_is_material(old: Any, new: Any) -> None:
    assert is_material(old, new)
    assert is_material(new, old)


@given(trees)
def test_no_change_is_no_material_change(tree: Any) -> None:
    assert not is_material(tree, tree)


@given(trees, trees)
def test_it_does_not_matter_which_came_first(one: Any, other: Any) -> None:
    assert is_material(one, other) == is_material(other, one)
