"""The current workspace: without one nothing scoped is read, inside one nothing else is seen."""

import threading

import pytest
from django.db import connection, transaction

from approvals.models import Action, PolicyVersion
from tenancy import scope
from tenancy.scope import NoWorkspace
from tests.cast import Stage


@pytest.mark.parametrize("read", [lambda: Action.objects.count(), lambda: list(Action.objects.all()), scope.current])
def test_outside_a_workspace_a_scoped_read_fails_and_says_what_to_do(stage: Stage, read: object) -> None:
    with pytest.raises(NoWorkspace, match=r"Enter one with `scope.workspace\(id\)`"):
        read()  # type: ignore[operator]


def test_inside_a_workspace_only_its_rows_are_there(stage: Stage, other: Stage) -> None:
    stage.submit()
    with scope.workspace(stage.id):
        assert (Action.objects.count(), PolicyVersion.objects.count()) == (1, 1)
    with scope.workspace(other.id):
        assert (Action.objects.count(), PolicyVersion.objects.count()) == (0, 0)
        assert Action.objects.filter(workspace_id=stage.id).update(risk="low") == 0
    assert Action.everywhere.count() == 1


def test_workspaces_nest_and_an_error_leaves_them_as_they_were() -> None:
    with scope.workspace("outer"):
        with pytest.raises(ValueError), scope.workspace("inner"):  # noqa: PT012
            assert scope.current() == "inner"
            raise ValueError
        assert scope.current() == "outer"
    with pytest.raises(NoWorkspace):
        scope.current()


def test_another_thread_is_in_no_workspace() -> None:
    seen: list[str] = []

    def look() -> None:
        try:
            seen.append(scope.current())
        except NoWorkspace:
            seen.append("none")

    with scope.workspace("here"):
        thread = threading.Thread(target=look)
        thread.start()
        thread.join()
    assert seen == ["none"]


def test_acting_is_a_transaction_that_an_error_undoes(stage: Stage) -> None:
    stage.submit()
    with pytest.raises(ValueError), scope.acting(stage.id):  # noqa: PT012
        assert connection.in_atomic_block
        Action.objects.update(risk="low")
        raise ValueError
    assert Action.everywhere.get().risk == "medium"


@pytest.mark.postgres
def test_the_database_knows_the_workspace_for_the_length_of_the_transaction(open_stage: Stage) -> None:
    def known() -> str | None:
        with connection.cursor() as cursor:
            cursor.execute("select current_setting('countersign.workspace', true)")
            found: str | None = cursor.fetchone()[0]
            return found

    with scope.acting(open_stage.id):
        assert known() == open_stage.id
    assert not known()
    with transaction.atomic():
        assert not known()
