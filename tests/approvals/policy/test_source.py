"""What no policy text may hold, each refused at its line."""

import pytest

from approvals.policy.errors import PolicyError
from approvals.policy.source import load


def test_words_of_yaml_1_2_only() -> None:
    text = 'a: no\nb: 12:30\nc: 007\nd: 2.50\ne: true\nf: ~\ng: "1"\nh: 2026-12-24\ni: -3\n'
    expected = {
        "a": "no",
        "b": "12:30",
        "c": "007",
        "d": 2.5,
        "e": True,
        "f": None,
        "g": "1",
        "h": "2026-12-24",
        "i": -3,
    }
    assert load(text).value == expected


def test_every_value_knows_its_line_and_every_scalar_its_text() -> None:
    source = load("a:\n  - x: 2.50\n  - y/z: 1\n")
    assert source.lines == {"": 1, "/a": 2, "/a/0": 2, "/a/0/x": 2, "/a/1": 3, "/a/1/y~1z": 3}
    assert source.texts == {"/a/0/x": "2.50", "/a/1/y~1z": "1"}


@pytest.mark.parametrize(
    ("sentence", "text", "pointer", "code", "line"),
    [
        ("a key that stands twice", "a: 1\nb: {c: 1, c: 2}", "/b/c", "duplicate_key", 2),
        ("an alias", "a: 1\nb: *x", "", "alias", 2),
        ("an anchor", "a: &x 1", "", "anchor", 1),
        ("an anchored list, the first step of a bomb", "a: &x [1, 1]\nb: [2]", "", "anchor", 1),
        ("a tag that builds objects", "a: !!python/object/apply:os.system [x]", "", "tag", 1),
        ("a tag on a scalar", "a: !!str 1", "", "tag", 1),
        ("a second document", "a: 1\n---\nb: 2", "", "many_documents", 2),
        ("a key that is no word", "? [a]\n: 1", "", "bad_key", 1),
        ("brackets that never close", "a: [1", "", "bad_yaml", 2),
        ("a control character", "a: \x00", "", "bad_yaml", None),
        ("a lone surrogate", "a: \ud800", "", "bad_yaml", None),
        ("lists forty-one deep", "[" * 41 + "]" * 41, "", "too_deep", 1),
        ("lists a hundred thousand deep", "[" * 100_000, "", "too_deep", 1),
        ("a number beyond 2^53-1", "a:\n  - 9007199254740992", "/a/0", "number_too_big", 2),
        ("a number of a thousand digits", "a: " + "9" * 1000, "/a", "number_too_big", 1),
        ("a number beyond doubles", "a: 1e999", "/a", "number_too_big", 1),
        ("nothing at all", "", "", "empty", 1),
        ("a text over 256 KiB", "a: " + "x" * 262_144, "", "too_large", None),
    ],
)
def test_refused(sentence: str, text: str, pointer: str, code: str, line: int | None) -> None:
    with pytest.raises(PolicyError) as refused:
        load(text)
    assert [(problem.pointer, problem.code, problem.line) for problem in refused.value.problems] == [
        (pointer, code, line)
    ], sentence


def test_text_of_exactly_256_kib_is_read() -> None:
    assert load("a: " + "x" * 262_141).value == {"a": "x" * 262_141}
