import json
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from approvals import strict_json
from approvals.json_fault import ADVICE
from approvals.strict_json import Refused, canonical, parse
from tests.json_trees import strict_trees, trees

FRAGMENTS = [
    "{", "}", "[", "]", ",", ":", '"', "\\", "\\u0000", "\\ud83d", "\\ude00", "\\u00e9", "é", "\U0001f600", "\ufeff",
    "0", "-", ".", "e", "E+", "9007199254740991", "9007199254740992", "9007199254740993.0", "1e16", "1e20", "1e21",
    "1e400", "1e-400", "0.10", "0.1000000000000000055", "-0", "1e99999999", "NaN", "-Infinity", "nul", "true", " ",
    "\n", "\t", "\x00", "\x1f", "\x7f", "\xa0", '"a":1,"a":2', "[" * 33,
]  # fmt: skip
PLANTS = [
    ("NaN", "not_a_number", ""),
    ("-Infinity", "not_a_number", ""),
    ("9007199254740992", "number_out_of_range", ""),
    ("-9007199254740992", "number_out_of_range", ""),
    ("9007199254740992.0", "number_out_of_range", ""),
    ("1e20", "number_out_of_range", ""),
    ("1e400", "number_out_of_range", ""),
    ("1" * 5000, "number_out_of_range", ""),
    ("1e-400", "number_not_exact", ""),
    ("1e-" + "9" * 5000, "number_not_exact", ""),
    ("0.1000000000000000055", "number_not_exact", ""),
    (r'"a\ud800b"', "lone_surrogate", ""),
    (r'"\ude00\ud83d"', "lone_surrogate", ""),
    (r'{"\ud800":1}', "lone_surrogate", ""),
    (r'"a\u0000"', "nul_character", ""),
    (r'{"\u0000":1}', "nul_character", ""),
    ('{"a":1,"b":2,"a":1}', "duplicate_key", "/a"),
    (r'{"a":1,"\u0061":2}', "duplicate_key", "/a"),
    ('{"a/b~":{},"a/b~":{}}', "duplicate_key", "/a~1b~0"),
    ('{"":[],"":[]}', "duplicate_key", "/"),
    ("[" * 40 + "]" * 40, "too_deep", None),
    ("[" + "0," * 1000 + "0]", "too_many_items", ""),
    ("{" + ",".join(f'"k{n}":0' for n in range(1001)) + "}", "too_many_items", ""),
    ("tru", "not_json", ""),
    ("01", "not_json", None),
    ("'a'", "not_json", ""),
    ('"\t"', "not_json", ""),
    (r'"\x"', "not_json", ""),
    ('"\udcff"', "bad_encoding", ""),
    ('{"\udcff":1}', "bad_encoding", ""),
    ("\udcc0", "bad_encoding", ""),
]


def outcome(raw: bytes) -> tuple[str, ...]:
    try:
        return ("accepted", repr(parse(raw)))
    except Refused as refused:
        return (refused.code, refused.pointer, refused.detail)


def exact_outcome(raw: bytes) -> tuple[str, ...]:
    try:
        return ("accepted", repr(strict_json._exact(raw, small=False)))
    except Refused as refused:
        return (refused.code, refused.pointer, refused.detail)


def refusal(text: str) -> tuple[str, str]:
    with pytest.raises(Refused) as refused:
        parse(text.encode(errors="surrogateescape"))
    return refused.value.code, refused.value.pointer


@st.composite
def texts(draw: st.DrawFn) -> bytes:
    tree = draw(trees)
    compact = draw(st.booleans())
    text = json.dumps(tree, ensure_ascii=draw(st.booleans()), separators=(",", ":") if compact else None)
    for _ in range(draw(st.integers(0, 3))):
        start = draw(st.integers(0, len(text)))
        text = text[:start] + draw(st.sampled_from(FRAGMENTS)) + text[start + draw(st.integers(0, 2)) :]
    raw = text.encode()
    if draw(st.integers(0, 9)) == 0:
        at = draw(st.integers(0, len(raw)))
        raw = raw[:at] + draw(st.binary(max_size=2)) + raw[at:]
    return raw


@settings(deadline=None, max_examples=1000)
@given(texts())
@example(b"1e+16")
@example(b"9007199254740992.0")
@example(b"[-0.0,-0,0e9,1.0,1e2]")
@example(b'"\\u0000"')
@example(b'{"a":1,"a":1}')
@example(b"[" * 33 + b"]" * 33)
@example(b"[" + b"0," * 1000 + b"0]")
@example(b"[" + b"0," * 999 + b"0]")
@example(b"[" + b"[]," * 40 + b"0]")
def test_both_doors_agree_in_outcome_and_value(raw: bytes) -> None:
    assert outcome(raw) == exact_outcome(raw)


@settings(deadline=None, max_examples=300)
@given(strict_trees, st.booleans(), st.booleans())
def test_what_can_be_signed_is_accepted_in_any_spacing_and_spelling(tree: Any, ascii_only: bool, spaced: bool) -> None:
    text = json.dumps(tree, ensure_ascii=ascii_only, indent=1 if spaced else None)
    assert repr(parse(text.encode())) == repr(tree)


@settings(deadline=None, max_examples=300)
@given(strict_trees)
def test_canonical_text_parses_to_the_same_value(tree: Any) -> None:
    assert parse(canonical(tree)) == tree


@settings(deadline=None, max_examples=300)
@given(texts())
def test_whatever_is_accepted_has_canonical_bytes_that_are_accepted(raw: bytes) -> None:
    try:
        tree = parse(raw)
    except Refused:
        return
    assert parse(canonical(tree)) == tree


@settings(deadline=None, max_examples=300)
@given(strict_trees, st.lists(st.text(max_size=4).filter(lambda s: "\0" not in s) | st.integers(0, 3), max_size=6),
       st.sampled_from(PLANTS))  # fmt: skip
def test_a_refusal_points_at_the_fault(tree: Any, path: list[str | int], plant: tuple[str, str, str | None]) -> None:
    fault, code, inner = plant
    before = json.dumps(tree)
    text, pointer = fault, ""
    for part in reversed(path):
        if isinstance(part, int):
            text = "[" + f"{before}," * part + text + f" ,{before}]"
            pointer = f"/{part}{pointer}"
        else:
            name = json.dumps(part, ensure_ascii=False)
            text = f'{{"another": {before}, {name}: {text}}}'
            pointer = "/" + part.replace("~", "~0").replace("/", "~1") + pointer
    found_code, found_pointer = refusal(text)
    assert found_code == code
    if inner is not None:
        assert found_pointer == pointer + inner


@pytest.mark.parametrize(
    ("text", "code", "pointer"),
    [
        ("", "not_json", ""),
        (" ", "not_json", ""),
        ("{} {}", "not_json", ""),
        ("[1,2", "not_json", ""),
        ("[1,]", "not_json", "/1"),
        ('{"a" 1}', "not_json", "/a"),
        ('{"a":1 "b":2}', "not_json", ""),
        ('{"a":1,}', "not_json", ""),
        ("{a:1}", "not_json", ""),
        ('{"a":[{"b":tru}]}', "not_json", "/a/0/b"),
        ('{"a":01}', "not_json", ""),
        ("\ufeff{}", "bad_encoding", ""),
        ('{"a":{"b":NaN,"b":1,', "not_a_number", "/a/b"),
        ("[" * 33 + "]" * 33, "too_deep", "/0" * 32),
        ("[" * 100_000, "too_deep", "/0" * 32),
    ],
)
def test_the_first_fault_in_reading_order_is_named(text: str, code: str, pointer: str) -> None:
    assert refusal(text) == (code, pointer)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("9007199254740991", 9007199254740991),
        ("-9007199254740991", -9007199254740991),
        ("42.00", 42.0),
        ("1e21", 1e21),
        ("1E+2", 100.0),
        ("1e00000002", 100.0),
        ("0.1", 0.1),
        ("0e" + "9" * 5000, 0.0),
        ("5e-324", 5e-324),
        (r'"\ud83d\ude00"', "\U0001f600"),
        (r'"\\u0000"', "\\u0000"),
        ("[" * 32 + "]" * 32, json.loads("[" * 32 + "]" * 32)),
        ("[" + "0," * 999 + "0]", [0] * 1000),
    ],
)
def test_what_lies_just_inside_the_limits_is_accepted(text: str, value: Any) -> None:
    assert repr(parse(text.encode())) == repr(value)


def test_every_code_is_reached_by_a_planted_fault() -> None:
    assert sorted({code for _, code, _ in PLANTS}) == sorted(ADVICE)


def test_a_refusal_says_what_to_do_and_where() -> None:
    with pytest.raises(Refused) as refused:
        parse(b'{"a": 1, "b": tru}')
    assert refused.value.detail == (
        "This is not JSON (RFC 8259): a value is missing or misspelt at character 15. "
        "Send one JSON value and nothing after it."
    )
