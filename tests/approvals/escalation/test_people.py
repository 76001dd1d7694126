"""Whom a level calls: groups, rotations and single people, each once, and why somebody is not told."""

from datetime import UTC, datetime, timedelta

import pytest

from approvals.escalation import calls
from approvals.escalation.people import Called, Directory, Missed, Person, resolve
from approvals.escalation.people import calls as called_by
from approvals.policy.model import Recipient, Schedule

AT = datetime(2026, 11, 20, 9, tzinfo=UTC)
BACK = AT + timedelta(days=1)
DESK = Schedule("desk", "UTC", "daily", ("ada", "ben"), "09:00", None, AT.date())


def person(name: str, *groups: str, away: str | None = None, votes: bool = True) -> Person:
    """`away` names who stands in, "" for nobody."""
    address = f"{name}@example.com"
    until = None if away is None else BACK
    return Person(name, name.title(), address, "reviewer", groups, votes, True, until, away or "")


def told(people: list[Person], *recipients: Recipient, voters: tuple[str, ...] = ()) -> dict[str, str]:
    """By name: as what they are told, or in brackets why not."""
    named = called_by(recipients, Directory(people), {"desk": DESK}, AT)
    heard, missed = resolve(named, lambda each: "has voted" if each.user_id in voters else "")
    return {**{c.person.name: c.via for c in heard}, **{m.who: f"({m.why})" for m in missed}}


def group(name: str) -> Recipient:
    return Recipient("group", name)


def test_a_group_is_everybody_whose_vote_counts_in_it() -> None:
    people = [person("ada", "finance"), person("ben", "finance", "reviewers"), person("vera", "finance", votes=False)]
    assert told(people, group("finance")) == {"Ada": "group finance", "Ben": "group finance"}
    assert told(people, group("finance"), group("reviewers")) == {"Ada": "group finance", "Ben": "group finance"}


def test_who_is_away_is_stood_in_for_or_missed() -> None:
    people = [person("ada", "finance", away="ben"), person("ben"), person("eve", "finance", away="")]
    assert told(people, group("finance")) == {
        "Ben": "for Ada, who is away",
        "Eve": "(away until 21 Nov 2026, 09:00 UTC, and nobody stands in)",
    }


def test_two_who_stand_in_for_each_other_are_both_missed() -> None:
    people = [person("ada", "finance", away="ben"), person("ben", "finance", away="ada")]
    assert set(told(people, group("finance"))) == {"Ada", "Ben"}
    assert [why[0] for why in told(people, group("finance")).values()] == ["(", "("]


def test_an_empty_group_and_an_unknown_person_reach_nobody() -> None:
    assert told([person("ada")], group("finance"), Recipient("person", "zoe")) == {
        "group finance": "(nobody is there under this name)",
        "zoe": "(nobody is there under this name)",
    }


def test_who_has_voted_is_not_told_again() -> None:
    people = [person("ada", "finance"), person("ben", "finance")]
    assert told(people, group("finance"), voters=("ada",)) == {"Ada": "(has voted)", "Ben": "group finance"}


@pytest.mark.parametrize(
    ("ada", "ben", "found"),
    [
        (None, None, {"Ada": "on call for desk"}),
        ("ben", None, {"Ben": "on call for desk"}),
        ("", None, {"Ben": "on call for desk"}),
        ("", "", {"on call for desk": "(everybody of the rotation is away or gone)"}),
        ("eve", "", {"Eve": "on call for desk"}),
    ],
)
def test_on_call_is_whose_turn_it_is_or_who_stands_in(ada: str | None, ben: str | None, found: dict[str, str]) -> None:
    people = [person("ada", away=ada), person("ben", away=ben), person("eve")]
    assert told(people, Recipient("oncall", "desk")) == found


def test_who_left_is_passed_over_in_the_rotation() -> None:
    assert told([person("ben")], Recipient("oncall", "desk")) == {"Ben": "on call for desk"}


@pytest.mark.parametrize(
    ("name", "found"),
    [("ada", "ada"), ("ADA@example.com", "ada"), ("ada@other.example", None), ("zoe", None), ("ben", None)],
)
def test_a_name_is_an_address_or_what_stands_before_its_at(name: str, found: str | None) -> None:
    bens = [Person(f"usr_{n}", "Ben", f"ben@{n}.example", "reviewer", (), True, True) for n in (1, 2)]
    named = Directory([person("ada"), *bens]).named(name)
    assert (named.user_id if named else None) == found


@pytest.mark.parametrize(
    ("given", "why"),
    [
        ({}, ""),
        ({"voters": frozenset({"ada"})}, "has voted"),
        ({"owner_id": "ada"}, "owns otto, so somebody else decides"),
        ({"asked_by": "ADA@example.com"}, "it was asked for on their behalf"),
        ({"asked_by": "ada@example.org"}, ""),
    ],
)
def test_who_may_not_decide_it_is_not_told(given: dict[str, str], why: str) -> None:
    usual = {"voters": frozenset[str](), "owner_id": "eve", "agent": "otto", "asked_by": ""}
    assert calls.barred(person("ada"), **{**usual, **given}) == why  # type: ignore[arg-type]


def test_values_say_what_they_are() -> None:
    ada = person("ada")
    assert resolve([Called(ada, "x"), Called(ada, "y"), Missed("z", "w")], lambda each: "") == (
        (Called(ada, "x"),),
        (Missed("z", "w"),),
    )
