"""Whoever is erased leaves what they froze, ran and judged: their name goes, and the database lets nothing else go."""

from typing import Any

import pytest
from django.db import DatabaseError, models, transaction

from feedback import queries, services
from feedback.models import DatasetVersion, EvalRun, GateResult, JudgeCalibration, Label, Look, Outcome
from tests.cast import Stage
from tests.feedback.taking_part import take_part

NOBODY = "Erased person"
# Whether a mark says when the name went.
KEEPS: dict[type[Any], bool] = {DatasetVersion: False, EvalRun: False, GateResult: True, JudgeCalibration: True}
OTHER: dict[type[Any], Any] = {
    models.CharField: "x",
    models.JSONField: {"x": 1},
    models.IntegerField: 77,
    models.FloatField: 0.77,
    models.DateTimeField: "2020-01-01T00:00:00Z",
    models.ForeignKey: "x",
}


@pytest.fixture
def took_part(stage: Stage) -> Stage:
    take_part(stage, "ada", "Ask Grace")
    return stage


def forget(stage: Stage) -> None:
    services.forget_person(at=stage.at, workspace_id=stage.id, user_id=stage.people["ada"], name="Ada", instead=NOBODY)


def other(field: Any) -> Any:
    if isinstance(field, models.BooleanField):
        return models.Case(models.When(**{field.name: True}, then=False), default=True)
    return next(value for kind, value in OTHER.items() if isinstance(field, kind))


def refused(model: type[Any], **values: Any) -> bool:
    try:
        with transaction.atomic():
            model.everywhere.update(**values)
            transaction.set_rollback(True)
    except DatabaseError:
        return True
    return False


@pytest.mark.parametrize("model", KEEPS, ids=lambda model: model.__name__)
def test_the_name_goes_and_takes_nothing_along(took_part: Stage, model: type[Any]) -> None:
    mark = {"erased_at": took_part.at} if KEEPS[model] else {}
    assert not refused(model, by_name=NOBODY, **mark)
    fields = [field for field in model._meta.concrete_fields if field.name not in {"by_name", "erased_at"}]
    assert [one.name for one in fields if not refused(model, by_name=NOBODY, **mark, **{one.name: other(one)})] == []
    assert refused(model, by_name="Ben", **mark)
    model.everywhere.update(by_name=NOBODY, **mark)
    assert refused(model, by_name="Ada", **mark)
    with pytest.raises(DatabaseError), transaction.atomic():
        model.everywhere.all()._raw_delete("default")


def test_a_look_keeps_its_verdict_and_an_outcome_what_it_found(took_part: Stage) -> None:
    forget(took_part)
    look = Look.everywhere.get(reviewer_id=took_part.people["ada"])
    assert (look.reviewer_name, look.verdict, look.comment, look.answer) == (NOBODY, "reject", "", None)
    outcome = Outcome.everywhere.get()
    assert (outcome.by_name, outcome.right, outcome.comment) == (NOBODY, False, "")
    assert services.said_by(took_part.id, took_part.people["ada"]) == []


def test_a_version_keeps_its_hash_and_whoever_else_took_part_their_name(took_part: Stage) -> None:
    before = queries.find_version(took_part.id, DatasetVersion.everywhere.get().pk)
    services.forget_person(
        at=took_part.at, workspace_id=took_part.id, user_id=took_part.people["ben"], name="Ben", instead=NOBODY
    )
    assert queries.find_version(took_part.id, before.id) == before
    forget(took_part)
    after = queries.find_version(took_part.id, before.id)
    assert (before.by_name, after.by_name) == ("Ada", NOBODY)
    assert (after.manifest_sha256, after.manifest) == (before.manifest_sha256, before.manifest)


def test_another_workspace_keeps_its_ada(took_part: Stage, other: Stage) -> None:
    services.forget_person(
        at=other.at, workspace_id=other.id, user_id=took_part.people["ada"], name="Ada", instead=NOBODY
    )
    assert DatasetVersion.everywhere.get().by_name == "Ada"
    label = Label.everywhere.get()
    about = services.said_about(took_part.id, [label.action_id])
    assert len(about) == 2
    assert about == services.said_by(took_part.id, took_part.people["ada"])
