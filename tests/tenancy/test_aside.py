"""What is done beside: in order, on a connection of its own, and no more of it once somebody failed."""

from threading import Event, Timer, current_thread
from typing import Any

import pytest
from django.db import connection, transaction

from tenancy import aside, scope

PATIENCE = 10


def told() -> tuple[str, Any]:
    connection.ensure_connection()
    return current_thread().name, connection.connection


@pytest.mark.postgres
def test_it_has_a_thread_a_connection_and_the_same_workspace(committed: None) -> None:
    mine = told()
    with scope.workspace("wsp_1"), aside.beside() as database:
        name, theirs = database.start(told).result()
        assert database.start(scope.current).result() == "wsp_1"
        assert not theirs.closed
    assert name.startswith("aside")
    assert theirs is not mine[1]
    assert theirs.closed
    assert not mine[1].closed


@pytest.mark.postgres
def test_a_failure_is_told_and_what_did_not_begin_never_does(committed: None) -> None:
    done, begun, goes_on = list[str](), Event(), Event()

    def slow() -> None:
        begun.set()
        goes_on.wait(PATIENCE)
        done.append("slow")

    def fails(_: str) -> None:
        raise LookupError("no such label")

    with pytest.raises(LookupError, match="no such label"), aside.beside() as database:
        database.start(fails, "lbl_1").result()
    with pytest.raises(LookupError, match="no such label"), aside.beside() as database:  # noqa: PT012
        database.start(slow)
        database.start(done.append, "never")
        begun.wait(PATIENCE)
        Timer(0.2, goes_on.set).start()
        fails("lbl_2")
    assert done == ["slow"]


def test_inside_a_transaction_all_is_done_at_once_where_its_rows_can_be_seen(committed: None) -> None:
    with transaction.atomic(), aside.beside() as database:
        assert database.start(told).result() == told()
