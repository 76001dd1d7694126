"""Nobody is called faster than Slack allows, what was pressed goes first, and nobody sleeps."""

import os
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pytest_django.fixtures import Settings

from console.slack import budget
from console.slack.budget import Local, Rate

RATE = Rate(1.0, 4)


@pytest.fixture(params=["process", pytest.param("redis", marks=pytest.mark.redis)])
def key(request: pytest.FixtureRequest, settings: Settings) -> str:
    settings.REDIS_URL = os.environ["REDIS_URL"] if request.param == "redis" else ""
    return f"test:{uuid4()}"


def asked(key: str, now: float, *, is_pressed: bool = False) -> float:
    return round(budget.wait(key, RATE, now=now, is_pressed=is_pressed), 3)


def test_bulk_leaves_a_reserve_to_what_was_pressed(key: str) -> None:
    assert [asked(key, 100.0) for _ in range(2)] == [0, 0]
    assert asked(key, 100.0) > 0
    assert [asked(key, 100.0, is_pressed=True) for _ in range(2)] == [0, 0]
    assert asked(key, 100.0, is_pressed=True) == 1


def test_each_in_bulk_gets_a_place_of_its_own_in_the_line(key: str) -> None:
    places = [asked(key, 100.0) for _ in range(8)]
    assert places == [0, 0, 1, 2, 3, 4, 5, 6]
    assert asked(key, 101.0) == 0


def test_what_slack_wants_left_alone_is(key: str) -> None:
    budget.rest(key, seconds=30, now=100.0)
    assert asked(key, 110.0, is_pressed=True) == 20
    assert asked(key, 131.0, is_pressed=True) == 0


def test_without_redis_the_process_keeps_to_it_by_itself(settings: Settings) -> None:
    settings.REDIS_URL = "redis://127.0.0.1:1/0"
    key = f"test:{uuid4()}"
    assert [asked(key, 100.0) for _ in range(3)] == [0, 0, 1]


@given(st.lists(st.tuples(st.floats(0, 3), st.booleans()), max_size=60))
def test_never_more_than_the_rate(steps: list[tuple[float, bool]]) -> None:
    buckets, now, taken = Local(), 0.0, 0
    for pause, is_pressed in steps:
        now += pause
        taken += buckets.take("key", RATE, 0.0 if is_pressed else 2.0, now) == 0
    assert taken <= RATE.at_once + now * RATE.a_second + 1e-6
