"""The one way through the guards of rows that nobody rewrites: a value is blanked, marked, and nothing else."""

from typing import Any

import pytest
from django.db import DatabaseError, models, transaction

from approvals import services, strict_json
from approvals.models import (
    ActivePolicy,
    Decision,
    IncidentEntry,
    Message,
    PolicyActivation,
    PolicySignature,
    PolicyVersion,
    Review,
    Revision,
    Snapshot,
)
from approvals.services import incidents
from audit.actor import OPERATOR, Door
from feedback import capture
from feedback.models import Label
from tests.approvals.presses import ask
from tests.cast import POLICY, Stage
from tests.compliance.conftest import deliver

NOBODY = "Erased person"
BLANK: dict[type[Any], dict[str, Any]] = {
    Revision: {"args": b"{}", "digest": b"", "changes": [], "author_name": NOBODY},
    Review: {"user_name": NOBODY, "digest": b"", "comment": ""},
    Decision: {"changes": [], "comment": ""},
    Snapshot: {"facts": {}, "facts_sha256": ""},
    Message: {"author_name": NOBODY, "text": ""},
    PolicyVersion: {"author_name": NOBODY},
    PolicySignature: {"user_name": NOBODY},
    PolicyActivation: {"by_name": NOBODY},
    IncidentEntry: {"by": NOBODY, "text": "", "data": {}},
    Label: {"proposed": {}, "final": None, "patch": [], "comment": "", "context": {}},
}
OTHER: dict[type[Any], Any] = {
    models.CharField: "x",
    models.TextField: "x",
    models.JSONField: {"x": 1},
    models.BinaryField: b"x",
    models.IntegerField: 77,
    models.DateTimeField: "2020-01-01T00:00:00Z",
}


@pytest.fixture
def rows(stage: Stage) -> Stage:
    """One row at least in each of the tables."""
    view = stage.submit()
    ask(stage, "ben", view, "Why?")
    args = strict_json.canonical({"customer_id": "cus_1", "amount_usd": 70})
    stage.review("ada", view, args=args, reason_code="amount_too_high", comment="Cap.")
    deliver(capture.capture, "feedback")
    said: dict[str, Any] = {"at": stage.at, "workspace_id": stage.id}
    made = services.propose_policy(
        actor=OPERATOR, text=POLICY.replace("amount_usd <= 50", "amount_usd <= 60"), note="", **said
    )
    base_id = ActivePolicy.everywhere.get(workspace_id=stage.id).version_id
    actor = stage.member("ada").actor(Door.WEB, "password")
    services.sign_policy(actor=actor, proposal_id=made.proposal_id, base_id=base_id, **said)
    incidents.open_incident(actor=OPERATOR, title="x", severity="low", text="y", **said)
    return stage


def refused(rows: models.QuerySet[Any], **values: Any) -> bool:
    try:
        with transaction.atomic():
            rows.update(**values)
            transaction.set_rollback(True)
    except DatabaseError:
        return True
    return False


@pytest.mark.parametrize("model", BLANK, ids=lambda model: model.__name__)
def test_a_value_goes_only_with_its_mark(rows: Stage, model: type[Any]) -> None:
    found = model.everywhere.all()
    assert found.exists()
    answers = [refused(found, **BLANK[model]), refused(found, **BLANK[model], erased_at=rows.at)]
    assert answers == [True, False]


@pytest.mark.parametrize("model", BLANK, ids=lambda model: model.__name__)
def test_the_mark_lets_no_column_become_anything_else(rows: Stage, model: type[Any]) -> None:
    kept = [field for field in model._meta.concrete_fields if field.name != "erased_at"]
    passed = [
        field.name
        for field in kept
        if not refused(model.everywhere.all(), **{field.name: other(field)}, erased_at=rows.at)
    ]
    assert passed == []


def other(field: Any) -> Any:
    """A value of the field's type that stands in no row and is not blank."""
    if isinstance(field, models.ForeignKey):
        return "x"
    if isinstance(field, models.BooleanField):
        return models.Case(models.When(**{field.name: True}, then=False), default=True)
    return next(value for kind, value in OTHER.items() if isinstance(field, kind))


@pytest.mark.parametrize("model", BLANK, ids=lambda model: model.__name__)
def test_what_was_erased_does_not_come_back(rows: Stage, model: type[Any]) -> None:
    found = model.everywhere.all()
    found.update(**BLANK[model], erased_at=rows.at)
    fields = [model._meta.get_field(name) for name in BLANK[model]]
    assert [field.name for field in fields if not refused(found, **{field.name: other(field)}, erased_at=rows.at)] == []
    assert refused(found, erased_at=None)
    assert refused(found, erased_at="2020-01-01T00:00:00Z")


@pytest.mark.parametrize("model", BLANK, ids=lambda model: model.__name__)
def test_no_row_goes(rows: Stage, model: type[Any]) -> None:
    with pytest.raises(DatabaseError), transaction.atomic():
        model.everywhere.all()._raw_delete("default")


@pytest.mark.parametrize(
    ("people", "is_refused"),
    [
        ([{"id": "ada", "name": NOBODY}], False),
        ([{"id": "ada", "name": "Mallory"}], True),
        ([{"id": "ben", "name": NOBODY}], True),
        ([], True),
        ([{"id": "ada", "name": NOBODY}, {"id": "ben", "name": NOBODY}], True),
    ],
)
def test_of_who_decided_only_the_name_goes(rows: Stage, people: list[dict[str, str]], is_refused: bool) -> None:
    made = [{**one, "id": rows.people[one["id"]]} for one in people]
    assert refused(Decision.everywhere.all(), decided_by=made, erased_at=rows.at) is is_refused
