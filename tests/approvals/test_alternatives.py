"""Whoever rejects may name the call that would have been right: it is sealed, goes with its action, never runs."""

import pytest
from django.db import DatabaseError, connection, transaction

from approvals import queries
from approvals.answers import ActionView
from approvals.envelope import spelled
from approvals.errors import BadRequest
from approvals.models import Alternative, Grant
from approvals.services.erasing import erase_action
from approvals.strict_json import canonical
from audit.models import Disclosure, Event
from tenancy import scope
from tests.cast import POLICY, Stage, use_policy

ARGS = {"customer_id": "cus_1", "amount_usd": 45}
LESS = {"tool": "billing.refund", "args": ARGS}
CALL = spelled("billing.refund", canonical(ARGS))
TWO_AGAINST = POLICY.replace("defaults: {", "defaults: {reject_quorum: 2, ", 1)


def reject(stage: Stage, name: str = "ben", view: ActionView | None = None, **options: object) -> ActionView:
    given = {"reason_code": "amount_too_high", "alternative": CALL, **options}
    return stage.review(name, view or stage.submit(), "reject", **given)


def test_ben_says_what_would_have_been_right_and_nothing_may_run(stage: Stage) -> None:
    view = reject(stage)
    assert (view.state, view.grant, Grant.everywhere.count()) == ("rejected", None, 0)
    assert queries.alternative_of(view) == queries.alternative_of(queries.find(stage.id, view.id)) == LESS


def test_the_log_holds_it_sealed_and_says_nothing_of_it_in_the_open(stage: Stage) -> None:
    reject(stage)
    (event,) = Event.objects.filter(kind="action:decided")
    (sealed,) = Disclosure.objects.filter(event_id=event.pk, name="alternative")
    assert bytes(sealed.value) == CALL
    assert b'"amount_usd":45' not in bytes(event.body)


@pytest.mark.parametrize(
    ("verdict", "call", "code"),
    [
        ("approve", CALL, "alternative_without_rejection"),
        ("reject", spelled("billing.refund", canonical({"customer_id": "cus_1", "amount_usd": 80})), "same_call"),
        ("reject", spelled("mail.send", canonical({"text": "x" * 65_536})), "arguments_too_large"),
    ],
)
def test_what_is_no_other_call_is_refused(stage: Stage, verdict: str, call: bytes, code: str) -> None:
    view = stage.submit()
    with pytest.raises(BadRequest) as refused:
        stage.review("ada", view, verdict, alternative=call)
    assert (refused.value.code, refused.value.faults[0].pointer) == (code, "/alternative")
    assert queries.find(stage.id, view.id).votes == ()


def test_where_two_reject_the_newer_word_counts(stage: Stage) -> None:
    use_policy(stage, TWO_AGAINST)
    view = reject(stage, "ada")
    assert (view.state, queries.alternative_of(view)) == ("pending", None)
    last = reject(stage, "ben", view, alternative=b"")
    assert (last.state, queries.alternative_of(last)) == ("rejected", LESS)


def test_it_goes_with_its_action_and_nothing_else_changes_it(stage: Stage) -> None:
    view = reject(stage)
    for statement in ("update approvals_alternative set call = null", "delete from approvals_alternative"):
        with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(statement)
    with scope.workspace(stage.id):
        erase_action(at=stage.at, workspace_id=stage.id, action_id=view.id, because="ers_1")
    (row,) = Alternative.everywhere.all()
    assert (bytes(row.call), row.erased_at) == (b"{}", stage.at)
    assert queries.alternative_of(queries.find(stage.id, view.id)) is None
