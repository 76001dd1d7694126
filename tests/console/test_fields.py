"""The edit form holds exactly what the arguments hold, and gives back exactly what was typed."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from approvals import strict_json
from console import fields
from tests.json_trees import strict_trees

SCHEMA: dict[str, Any] = {
    "type": "object",
    "required": ["who", "count"],
    "properties": {
        "who": {"type": "string"},
        "count": {"type": "integer", "minimum": 1},
        "rate": {"type": "number"},
        "currency": {"enum": ["EUR", "USD"]},
        "urgent": {"type": "boolean"},
        "tags": {"type": "array"},
    },
}
ARGS: dict[str, Any] = {"who": "cus_1", "count": 2, "rate": 0.5, "currency": "EUR", "urgent": False, "tags": ["a"]}

objects = st.dictionaries(st.text(max_size=8).filter(lambda name: "\0" not in name), strict_trees, max_size=5)


def drawn(args: dict[str, Any], schema: dict[str, Any] | None = SCHEMA) -> dict[str, fields.Field]:
    return {field.name: field for field in fields.drawn(args, schema)}


def typed(args: dict[str, Any], **changes: str) -> tuple[dict[str, Any], dict[str, str]]:
    """What comes back when these fields are typed over, and the errors by name."""
    form = fields.drawn(args, SCHEMA)
    sent = {field.key: changes.get(field.name, field.text) for field in form}
    tree, answered = fields.read(form, sent)
    return tree, {field.name: field.error for field in answered if field.error}


def test_each_type_has_its_input() -> None:
    assert {name: field.kind for name, field in drawn(ARGS).items()} == {
        "who": "text",
        "count": "integer",
        "rate": "number",
        "currency": "choice",
        "urgent": "choice",
        "tags": "json",
    }


def test_without_a_schema_the_values_say_which_input() -> None:
    args = {**ARGS, "nothing": None, "letter": "one\ntwo"}
    assert {name: field.kind for name, field in drawn(args, None).items()} == {
        "who": "text",
        "count": "integer",
        "rate": "number",
        "currency": "text",
        "urgent": "choice",
        "tags": "json",
        "nothing": "json",
        "letter": "lines",
    }


def test_arguments_that_the_schema_does_not_know_stand_last() -> None:
    assert list(drawn({"extra": 1, **ARGS}))[-1] == "extra"


def test_a_value_of_another_type_than_declared_is_edited_as_json() -> None:
    assert drawn({**ARGS, "count": "two"})["count"].kind == "json"
    assert drawn({**ARGS, "urgent": 1})["urgent"].kind == "json"


def test_a_value_outside_its_list_is_edited_by_its_own_type() -> None:
    assert drawn({**ARGS, "currency": "XXX"})["currency"].kind == "text"


def test_text_with_invisible_characters_is_edited_as_escapes() -> None:
    field = drawn({**ARGS, "who": "a\u202eb"})["who"]
    assert (field.kind, field.text) == ("json", '"a\\u202eb"')
    assert typed({**ARGS, "who": "a\u202eb"}) == ({**ARGS, "who": "a\u202eb"}, {})


def test_bounds_are_said() -> None:
    assert drawn(ARGS)["count"].hint == "At least 1"


def test_what_is_typed_comes_back_with_its_type() -> None:
    changed = typed(ARGS, who="cus_2", count="3", rate="0.25", currency='"USD"', urgent="true", tags='["b"]')
    assert changed == (
        {"who": "cus_2", "count": 3, "rate": 0.25, "currency": "USD", "urgent": True, "tags": ["b"]},
        {},
    )


@pytest.mark.parametrize(
    ("name", "text", "error"),
    [
        ("count", "2.5", "Write a whole number, such as 42."),
        ("count", "true", "Write a whole number, such as 42."),
        ("count", "", "Needed here. Fill it in."),
        ("count", "9007199254740993", "Write a whole number, such as 42."),
        ("rate", "0,5", "Write a number with a point, such as 42.5."),
        ("rate", '"0.5"', "Write a number with a point, such as 42.5."),
        ("currency", '"GBP"', "Choose one of the list."),
    ],
)
def test_what_is_no_value_of_its_kind_is_refused_with_advice(name: str, text: str, error: str) -> None:
    assert typed(ARGS, **{name: text})[1] == {name: error}


def test_a_duplicate_name_in_json_is_refused() -> None:
    assert list(typed(ARGS, tags='[{"a": 1, "a": 2}]')[1]) == ["tags"]


def test_an_empty_field_leaves_out_what_is_optional_and_keeps_a_text_that_was_there() -> None:
    assert typed(ARGS, rate="", urgent="") == ({k: v for k, v in ARGS.items() if k not in {"rate", "urgent"}}, {})
    assert typed(ARGS, who="") == ({**ARGS, "who": ""}, {})


def test_line_breaks_come_back_as_they_were() -> None:
    args = {**ARGS, "who": "one\ntwo"}
    assert typed(args, who="one\r\ntwo") == (args, {})


@given(objects)
def test_a_form_that_nobody_touched_changes_nothing(args: dict[str, Any]) -> None:
    form = fields.drawn(args, None)
    sent = {field.key: field.text.replace("\n", "\r\n") for field in form}
    tree, answered = fields.read(form, sent)
    assert [field.error for field in answered] == [""] * len(form)
    assert strict_json.canonical(tree) == strict_json.canonical(args)


@given(objects)
def test_raw_json_reads_back_as_the_same_arguments(args: dict[str, Any]) -> None:
    assert strict_json.canonical(strict_json.parse(fields.pretty(args).encode())) == strict_json.canonical(args)
