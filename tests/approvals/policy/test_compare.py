"""A new document against the one before it."""

import pytest

from approvals.policy.compare import check_against
from approvals.policy.document import parse

BASE = "type: object, required: [a], properties: {a: {type: string}, b: {type: integer}}"


def tool(schema: str, version: int = 1) -> str:
    return f"name: x\ntools:\n  t:\n    version: {version}\n    schema: {{{schema}}}\n"


def test_a_changed_schema_under_the_same_version_is_refused() -> None:
    found = check_against(parse(tool(BASE)), parse(tool("type: object")))
    assert [(problem.pointer, problem.code, problem.line) for problem in found.refused] == [
        ("/tools/t/version", "schema_changed", 4)
    ]
    assert check_against(parse(tool(BASE, 2)), parse(tool("type: object"))).refused != ()
    assert check_against(parse(tool(BASE)), parse(tool("type: object", 2))).refused == ()


def test_words_that_yaml_reads_alike_are_one_schema() -> None:
    again = "properties: {b: {type: integer}, a: {'type': string}}, required: [a], type: object"
    assert check_against(parse(tool(BASE)), parse(tool(again))) == check_against(parse(tool(BASE)), parse(tool(BASE)))


def test_a_number_that_became_a_flag_is_a_change() -> None:
    assert len(check_against(parse(tool("default: 1")), parse(tool("default: true"))).refused) == 1


@pytest.mark.parametrize(
    ("schema", "expected"),
    [
        (BASE, []),
        (f"{BASE}, title: A refund", []),
        ("type: object, properties: {a: {type: string}, b: {type: integer}}", []),
        (BASE.replace("[a]", "[a, b]"), [("/required", "b is required now")]),
        (
            "type: object, required: [a], properties: {a: {type: string, maxLength: 3}, b: {type: integer}}",
            [("/properties/a", "a: maxLength is new")],
        ),
        (
            "type: object, required: [a], properties: {a: {type: number}, b: {type: integer}}",
            [("/properties/a", "a: type changed")],
        ),
        (
            "type: object, required: [a], additionalProperties: false, properties: {a: {type: string}}",
            [
                ("/properties", "b is not accepted any more"),
                ("/additionalProperties", "properties that are not listed are refused now"),
            ],
        ),
    ],
)
def test_what_breaks_for_callers_is_told_not_refused(schema: str, expected: list[tuple[str, str]]) -> None:
    found = check_against(parse(tool(BASE)), parse(tool(schema, 2)))
    assert [(problem.pointer, problem.detail) for problem in found.incompatible] == [
        (f"/tools/t/schema{under}", detail) for under, detail in expected
    ]
    assert found.refused == ()


def test_new_and_removed_tools_are_no_change() -> None:
    found = check_against(parse("name: x\ntools: {old: {}}"), parse(tool(BASE)))
    assert (found.refused, found.incompatible) == ((), ())
