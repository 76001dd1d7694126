"""What the database itself refuses, whoever asks."""

from collections.abc import Callable

import pytest
from django.db import Error, transaction

from approvals.models import Action, Look, Retraction, Review
from tests.approvals.presses import look, undo
from tests.cast import Stage

BIG = {"customer_id": "cus_1", "amount_usd": 800}
FORBIDDEN: dict[str, Callable[[], object]] = {
    "a look is made earlier": lambda: Look.everywhere.update(first_at="2020-01-01T00:00:00Z"),
    "a look is deleted": lambda: Look.everywhere.all()._raw_delete("default"),
    "a retraction is changed": lambda: Retraction.everywhere.update(because="x"),
    "a retraction is deleted": lambda: Retraction.everywhere.all()._raw_delete("default"),
    "a vote is changed": lambda: Review.everywhere.update(verdict="reject"),
    "a vote is deleted": lambda: Review.everywhere.all()._raw_delete("default"),
    "a final state has a window": lambda: Action.everywhere.exclude(state="pending").update(
        closing_at="2030-01-01T00:00:00Z"
    ),
}


@pytest.mark.parametrize("what", FORBIDDEN)
def test_it_is_refused_that(stage: Stage, what: str) -> None:
    view = stage.submit(args=BIG)
    look(stage, "ada", view)
    stage.review("ada", view)
    undo(stage, "ada", view)
    stage.review("ben", view, "reject")
    with pytest.raises(Error), transaction.atomic():
        FORBIDDEN[what]()
