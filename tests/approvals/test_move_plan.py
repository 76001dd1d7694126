"""A move goes to its row by the row's id, however many actions wait."""

import pytest
from django.db import connection

from tests.cast import Stage

pytestmark = pytest.mark.postgres


def walked(index: str) -> int:
    """Entries that this transaction took from the index."""
    with connection.cursor() as cursor:
        cursor.execute("select pg_stat_get_xact_tuples_returned(%s::regclass)", [index])
        return int(cursor.fetchone()[0])


def test_a_decision_does_not_walk_the_queue(stage: Stage) -> None:
    """Which index a young table is read through is chance; so those by id go, and the queue must not do instead."""
    with connection.cursor() as cursor:
        cursor.execute("set constraints all immediate")
        cursor.execute("alter table approvals_action drop constraint approvals_action_pkey cascade")
        cursor.execute("drop index action_newest")
        cursor.execute("set local enable_seqscan = off")
    waiting = [stage.submit() for _ in range(10)]
    before = walked("action_queue")
    assert [stage.review("ada", view).state for view in waiting] == ["approved"] * 10
    assert walked("action_queue") == before


def test_a_decision_finds_the_key_of_its_action_by_index(stage: Stage) -> None:
    """A column of another collation than the id that it is joined to can only be read from end to end."""
    with connection.cursor() as cursor:
        cursor.execute("set local enable_seqscan = off")
    waiting = [stage.submit() for _ in range(10)]
    before = walked("audit_subjectkey")
    assert [stage.review("ada", view).state for view in waiting] == ["approved"] * 10
    assert walked("audit_subjectkey") == before
