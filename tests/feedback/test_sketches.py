"""Sketches: what is nearly the same is found, what is not is left alone, and every machine draws the same."""

from random import Random

import pytest

from feedback import sketches
from feedback.nearness import words

RANDOM = Random(20_260_101)
LETTERS = "abcdefghijklmnopqrstuvwxyz"
WORDS = ["".join(RANDOM.choices(LETTERS, k=RANDOM.randint(3, 9))) for _ in range(500)]


def told(count: int = 60) -> list[str]:
    return RANDOM.choices(WORDS, k=count)


def planted(said: list[str], changed: int) -> str:
    """The same with so many words replaced."""
    near = list(said)
    for place in RANDOM.sample(range(len(near)), changed):
        near[place] = RANDOM.choice(WORDS)
    return " ".join(near)


def similarity(left: str, right: str) -> float:
    one, two = ({text[n : n + 5] for n in range(len(text) - 4)} for text in (left, right))
    return len(one & two) / len(one | two)


def test_a_sketch_is_this_on_every_machine() -> None:
    drawn = sketches.sketch("billing.refund", "please refund my late parcel, the shop sent it twice")
    assert drawn[:16].hex() == VECTOR
    assert len(drawn) == sketches.SIZE


VECTOR = "a4b6d06e18aff730d3c330bb7397c9eb"


def test_equal_bytes_estimate_how_similar_two_texts_are() -> None:
    for changed in (0, 1, 3, 6, 12, 30):
        said = told()
        one, two = " ".join(said), planted(said, changed)
        found = sketches.alike(sketches.sketch("t", one), sketches.sketch("t", two))
        assert found == pytest.approx(similarity(one, two), abs=0.13)


def test_planted_near_duplicates_are_found_among_others_and_no_others_are() -> None:
    texts = [told() for _ in range(150)]
    near = [planted(said, 1) for said in texts]
    assert min(similarity(" ".join(said), other) for said, other in zip(texts, near, strict=True)) > 0.8
    drawn = [sketches.sketch("t", text) for text in [*(" ".join(said) for said in texts), *near]]
    found = sketches.near(range(300), drawn)
    assert sorted(map(tuple, found.tolist())) == [(n, n + 150) for n in range(150)]
    backwards = sketches.near(range(299, -1, -1), drawn[::-1])
    assert backwards.tolist() == found.tolist()


def test_many_texts_of_one_form_are_all_found() -> None:
    said = told(120)
    drawn = [sketches.sketch("t", planted(said, 1)) for _ in range(80)]
    tied = set(sketches.near(range(80), drawn).ravel().tolist())
    assert tied == set(range(80))


def test_another_tool_and_a_few_letters_are_like_nothing() -> None:
    text = " ".join(told())
    assert sketches.alike(sketches.sketch("a", text), sketches.sketch("b", text)) < 0.1
    assert sketches.sketch("a", "too short") == b""
    assert sketches.near([1, 2], [b"", b""]).tolist() == []


def test_numbers_are_no_words_and_a_call_without_words_says_nothing() -> None:
    assert words({"id": "cus_1", "note": "Late parcel 7"}, "Please refund 80") == "please refund #\n#\nlate parcel #"
    assert words({"id": "cus_1", "amount": 7}, "") == ""
