"""Absences are told to others; nobody gets or loses a right by one."""

from datetime import timedelta
from typing import Any

import pytest

from accounts import errors, queries, services
from accounts.queries import Away
from audit.actor import OPERATOR
from tests.accounts.records import facts, last, secrets_of
from tests.cast import Stage

DAY = timedelta(days=1)


def enter(stage: Stage, name: str = "ben", **changed: Any) -> str:
    given: dict[str, Any] = {
        "actor": OPERATOR,
        "at": stage.at,
        "workspace_id": stage.id,
        "user_id": stage.people[name],
        "begins_at": stage.at,
        "ends_at": stage.at + 3 * DAY,
        **changed,
    }
    return services.enter_absence(**given)


def cancel(stage: Stage, absence_id: str, name: str = "ben") -> None:
    services.cancel_absence(
        actor=OPERATOR, at=stage.at, workspace_id=stage.id, user_id=stage.people[name], absence_id=absence_id
    )


def test_ben_is_away_and_ada_is_asked_meanwhile(stage: Stage) -> None:
    absence_id = enter(stage, delegate_id=stage.people["vera"], note="Skiing")
    assert queries.away(stage.id, ["reviewers"], stage.at) == [
        Away("reviewers", stage.people["ben"], "Ben", stage.at + 3 * DAY, "Vera")
    ]
    [row] = queries.absences(stage.id, stage.at)
    assert (row.id, row.name, row.delegate, row.note, row.is_now) == (absence_id, "Ben", "Vera", "Skiing", True)
    fact = last("absence:entered", stage.id)
    assert (fact["subject"], fact["data"]["person"]) == ({"type": "absence", "id": absence_id}, stage.people["ben"])
    assert secrets_of("absence:entered", stage.id) == [{"note": "Skiing"}]


def test_nobody_gets_or_loses_a_right_by_it(stage: Stage) -> None:
    enter(stage, delegate_id=stage.people["vera"])
    assert (stage.member("vera").role, stage.member("vera").groups) == ("viewer", ())
    assert stage.member("ben").groups == ("finance", "reviewers")
    assert stage.review("ben", stage.submit()).state == "approved"


def test_one_is_away_only_while_it_lasts(stage: Stage) -> None:
    enter(stage, begins_at=stage.at + DAY, ends_at=stage.at + 2 * DAY)
    groups = ["finance", "reviewers"]
    days = [queries.away(stage.id, groups, stage.at + n * DAY / 2) for n in range(5)]
    assert [[person.group for person in away] for away in days] == [[], [], groups, groups, []]
    assert [row.is_now for row in queries.absences(stage.id, stage.at)] == [False]
    assert queries.absences(stage.id, stage.at + 2 * DAY) == []


def test_of_two_that_overlap_the_last_end_counts(stage: Stage) -> None:
    enter(stage)
    enter(stage, ends_at=stage.at + 5 * DAY)
    assert [person.until for person in queries.away(stage.id, ["finance"], stage.at)] == [stage.at + 5 * DAY]


def test_a_cancelled_absence_is_over(stage: Stage) -> None:
    absence_id = enter(stage)
    cancel(stage, absence_id)
    assert (queries.absences(stage.id, stage.at), queries.away(stage.id, ["finance"], stage.at)) == ([], [])
    assert last("absence:cancelled", stage.id)["data"] == {"person": stage.people["ben"]}
    with pytest.raises(errors.AlreadyOver):
        cancel(stage, absence_id)


def test_one_cancels_only_ones_own(stage: Stage) -> None:
    absence_id = enter(stage)
    with pytest.raises(errors.NotFound):
        cancel(stage, absence_id, "ada")
    assert len(queries.absences(stage.id, stage.at)) == 1


@pytest.mark.parametrize(
    ("begins", "ends", "field"), [(1, 1, "back"), (2, 1, "back"), (-3, 0, "back"), (0, 367, "back")]
)
def test_times_that_make_no_absence_are_refused(stage: Stage, begins: int, ends: int, field: str) -> None:
    with pytest.raises(errors.Invalid) as refused:
        enter(stage, begins_at=stage.at + begins * DAY, ends_at=stage.at + ends * DAY)
    assert refused.value.field == field
    assert facts("absence:entered", stage.id) == []


def test_a_delegate_is_somebody_else_of_this_workspace(stage: Stage, other: Stage) -> None:
    for delegate in (stage.people["ben"], other.people["cleo"], "usr_nobody"):
        with pytest.raises(errors.Invalid) as refused:
            enter(stage, delegate_id=delegate)
        assert refused.value.field == "delegate"


@pytest.mark.parametrize("note", ["x" * 201, "two\nlines", "hidden\u202e"])
def test_a_note_is_one_visible_line(stage: Stage, note: str) -> None:
    with pytest.raises(errors.Invalid) as refused:
        enter(stage, note=note)
    assert refused.value.field == "note"


def test_a_stranger_has_no_absence_here(stage: Stage, other: Stage) -> None:
    with pytest.raises(errors.NotFound):
        enter(stage, user_id=other.people["cleo"])
    enter(stage)
    assert queries.absences(other.id, other.at) == []


def test_there_are_not_endlessly_many(stage: Stage) -> None:
    for n in range(services.absences.MOST):
        enter(stage, ends_at=stage.at + (n + 1) * DAY)
    with pytest.raises(errors.Conflict):
        enter(stage)
