"""Statements run through libpq answer, fail and join transactions as those of a cursor do."""

from datetime import UTC, datetime
from typing import Any

import pytest
from django.db import IntegrityError, OperationalError, ProgrammingError, connection, transaction

from tenancy import prepared, sql

pytestmark = pytest.mark.postgres
AT = datetime(2026, 11, 20, 12, 30, tzinfo=UTC)
VALUES: list[Any] = ["é", 7, 2**40, None, AT, b"\x00\xff", ["a", "b"], True, '{"a": [1]}']
STATEMENT = (
    b"select $1::text a, $2::int b, $3::bigint c, $4::text d, $5::timestamptz e, $6::bytea f, $7::text[] g,"
    b" $8::boolean h, $9::jsonb i"
)


@pytest.mark.django_db
def test_values_come_back_as_they_went(monkeypatch: pytest.MonkeyPatch) -> None:
    expected = prepared.Answer(
        list("abcdefghi"), [("é", 7, 2**40, None, AT, b"\x00\xff", ["a", "b"], True, {"a": [1]})]
    )
    assert sql.execute(STATEMENT, VALUES) == expected
    assert sql.execute(STATEMENT, VALUES) == expected
    monkeypatch.setattr(prepared, "MOST", 0)
    assert sql.execute(STATEMENT, VALUES) == expected


@pytest.mark.django_db
def test_a_value_may_be_of_another_type_the_next_time() -> None:
    for value, told in ((1, "smallint"), (2.5, "double precision"), (2**40, "bigint"), (True, "boolean")):
        assert sql.execute(b"select pg_typeof($1)::text, $1 is null", [value]).rows == [(told, value is None)]


@pytest.mark.django_db
def test_an_error_is_the_one_that_django_knows_and_names_the_constraint() -> None:
    with transaction.atomic():
        sql.execute(b"create temporary table once (a int constraint only_once primary key)", [])
        assert sql.execute(b"insert into once values ($1)", [1]) == ([], [])
        with pytest.raises(IntegrityError, match="only_once"), transaction.atomic():
            sql.execute(b"insert into once values ($1)", [1])
        assert sql.execute(b"select count(*) from once", []).rows == [(1,)]
    with pytest.raises(ProgrammingError, match="nowhere"):
        sql.execute(b"select * from nowhere", [])


def test_what_runs_in_a_transaction_is_rolled_back_with_it(committed: None) -> None:
    sql.execute(b"create table rolled (a int)", [])
    try:
        with transaction.atomic():
            sql.execute(b"insert into rolled values ($1)", [1])
            transaction.set_rollback(True)
        assert sql.execute(b"select count(*) from rolled", []).rows == [(0,)]
    finally:
        sql.execute(b"drop table rolled", [])


def test_a_connection_that_was_cut_is_said_and_the_next_one_works(committed: None) -> None:
    assert sql.execute(b"select 1", []).rows == [(1,)]
    [[pid]] = sql.execute(b"select pg_backend_pid()", []).rows
    other = connection.copy()
    try:
        with other.cursor() as cursor:
            cursor.execute("select pg_terminate_backend(%s, 5000)", [pid])
    finally:
        other.close()
    with pytest.raises(OperationalError):
        sql.execute(b"select 1", [])
    connection.close_if_unusable_or_obsolete()
    assert sql.execute(b"select 1", []).rows == [(1,)]


def test_a_rollback_leaves_prepared_what_was(committed: None) -> None:
    assert sql.execute(b"select 41 + $1", [1]).rows == [(42,)]
    with transaction.atomic():
        sql.execute(b"select 40 + $1", [1])
        transaction.set_rollback(True)
    assert sql.execute(b"select 41 + $1", [1]).rows == [(42,)]
