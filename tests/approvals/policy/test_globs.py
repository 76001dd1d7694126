import fnmatch
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from approvals.policy.globs import closeness, fits


@pytest.mark.parametrize(
    ("pattern", "name", "answer"),
    [
        ("crm.*", "crm.note", True),
        ("crm.*", "crm.note.add", True),
        ("crm.*", "crm", False),
        ("*.delete", "crm.delete", True),
        ("*.delete", "crm.deleted", False),
        ("*", "", True),
        ("a*a", "a", False),
        ("a*b*c", "abbc", True),
        ("CRM.*", "crm.note", False),
        ("crm.note", "crm.note", True),
        ("crm.note", "crmXnote", False),
    ],
)
def test_names_that_fit(pattern: str, name: str, *, answer: bool) -> None:
    assert fits(pattern, name) is answer


@given(st.text("ab*.", max_size=8), st.text("ab.", max_size=12))
def test_same_answer_as_the_standard_library(pattern: str, name: str) -> None:
    assert fits(pattern, name) is fnmatch.fnmatchcase(name, pattern)


def test_many_stars_cost_no_more_than_the_name() -> None:
    started = time.perf_counter()
    assert fits("*a" * 90 + "*b", "a" * 20_000) is False
    assert time.perf_counter() - started < 1


def test_a_plain_name_is_closer_than_a_pattern() -> None:
    assert sorted(["crm.note", "*", "crm.*"], key=closeness) == ["*", "crm.*", "crm.note"]
