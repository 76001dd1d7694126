"""Raw SQL against the guards: what is written once stays, whoever holds the connection."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction

from approvals import queries
from approvals.answers import ActionView
from audit.models import Disclosure, Event
from tenancy import ids
from tests.approvals.presses import ask, spend
from tests.cast import Stage

APPEND_ONLY = (
    "audit_event",
    "approvals_revision",
    "approvals_review",
    "approvals_decision",
    "approvals_snapshot",
    "approvals_message",
    "approvals_policyversion",
)
# What tells the rows of a table apart, where it is no id of their own.
KEYS = {
    "approvals_revision": ("action_id", "n"),
    "approvals_snapshot": ("action_id",),
    "audit_disclosure": ("event_id", "n"),
}
on_postgresql = connection.vendor == "postgresql"
REPLACE = (
    "insert into {table} select * from {table} on conflict ({keys}) do update set {key} = excluded.{key}"
    if on_postgresql
    else "insert or replace into {table} select * from {table}"
)


def key_of(table: str) -> str:
    return KEYS.get(table, ("id",))[0]


def run(statement: str, *values: Any) -> int:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement, values)
        return int(cursor.rowcount)


def refused(statement: str, *values: Any) -> str:
    """What the database says; fails when it says nothing."""
    with pytest.raises(DatabaseError) as refusal:
        run(statement, *values)
    assert isinstance(refusal.value, IntegrityError)
    return str(refusal.value).splitlines()[0]


def decided(stage: Stage) -> ActionView:
    return queries.page(stage.id, state="approved")[0]


def count(table: str) -> int:
    with connection.cursor() as cursor:
        cursor.execute(f"select count(*) from {table}")
        return int(cursor.fetchone()[0])


@pytest.fixture
def told(stage: Stage) -> Stage:
    """A stage on which every append-only table holds a row."""
    view = stage.submit()
    ask(stage, "ada", view)
    stage.review("ben", view)
    return stage


@pytest.mark.parametrize("table", APPEND_ONLY)
def test_no_row_is_changed(told: Stage, table: str) -> None:
    assert count(table) > 0
    assert refused(f"update {table} set {key_of(table)} = {key_of(table)}") == f"{table} is append-only"


@pytest.mark.parametrize("table", APPEND_ONLY)
def test_no_row_is_deleted(told: Stage, table: str) -> None:
    assert refused(f"delete from {table}") == f"{table} is append-only"


@pytest.mark.postgres
@pytest.mark.parametrize("table", APPEND_ONLY)
def test_no_table_is_emptied(told: Stage, table: str) -> None:
    run("set constraints all immediate")
    assert refused(f"truncate {table} cascade").endswith("is append-only")


@pytest.mark.postgres
def test_no_session_setting_switches_the_guards_off(told: Stage) -> None:
    run("set local session_replication_role = replica")
    assert refused("update audit_event set kind = 'x'") == "audit_event is append-only"


@pytest.mark.parametrize("table", [*APPEND_ONLY, "audit_disclosure"])
def test_no_row_is_replaced_under_its_own_id(told: Stage, table: str) -> None:
    before = count(table)
    keys = ", ".join(KEYS.get(table, ("id",)))
    assert refused(REPLACE.format(table=table, keys=keys, key=key_of(table))) == f"{table} is append-only"
    assert count(table) == before > 0


@pytest.mark.parametrize("table", ["approvals_review", "approvals_decision"])
def test_no_row_is_pushed_out_by_a_twin_with_another_id(told: Stage, table: str) -> None:
    run(f"create temporary table twin as select * from {table}")
    run(f"update twin set {key_of(table)} = 'twin'")
    refused(("insert" if on_postgresql else "insert or replace") + f" into {table} select * from twin")
    with connection.cursor() as cursor:
        cursor.execute(f"select count(*) from {table} where {key_of(table)} = 'twin'")
        assert cursor.fetchone() == (0,)


@pytest.mark.parametrize(
    ("table", "change", "message"),
    [
        ("approvals_action", "revision = 9", "a final state never changes"),
        ("approvals_grant", "spent_at = null", "a spent grant never changes"),
    ],
)
def test_what_ended_is_not_replaced_by_another_end(told: Stage, table: str, change: str, message: str) -> None:
    spend(told, decided(told))
    run(f"create temporary table twin as select * from {table}")
    run(f"update twin set {change}")
    column = change.split()[0]
    if on_postgresql:
        upsert = f"insert into {table} select * from twin on conflict (id) do update set {column} = excluded.{column}"
        assert refused(upsert) == message
    else:
        assert refused(f"insert or replace into {table} select * from twin").endswith("is never replaced")


def test_disclosures_are_erased_but_never_changed(told: Stage) -> None:
    kept = Event.objects.count()
    assert refused("update audit_disclosure set value = salt") == "audit_disclosure is append-only"
    assert run("delete from audit_disclosure where name = 'args'") == 1
    assert (Event.objects.count(), Disclosure.objects.filter(name="args").count()) == (kept, 0)


@pytest.mark.parametrize(
    "change", ["state = 'pending', decided_at = null", "state = 'rejected'", "revision = 2", "decided_at = expires_at"]
)
def test_a_final_action_stays_as_it_ended(told: Stage, change: str) -> None:
    assert refused(f"update approvals_action set {change}") == "a final state never changes"


def test_an_expiry_comes_closer_but_never_moves_away(stage: Stage) -> None:
    view = stage.submit()
    sooner, later = view.expires_at - timedelta(hours=1), view.expires_at + timedelta(seconds=1)
    update = "update approvals_action set expires_at = %s where id = %s"
    assert run(update, sooner, view.id) == 1
    assert refused(update, later, view.id) == "an expiry is never extended"


def test_a_state_is_one_of_the_five_and_ends_with_its_moment(stage: Stage) -> None:
    stage.submit()
    assert "action_state_known" in refused("update approvals_action set state = 'done', decided_at = created_at")
    assert "action_decided_iff_final" in refused("update approvals_action set state = 'approved'")


def test_a_grant_is_never_extended_and_a_spent_one_never_unspent(told: Stage) -> None:
    later = told.at + timedelta(days=1)
    assert refused("update approvals_grant set expires_at = %s", later) == "a grant is never extended"
    spend(told, decided(told))
    for change in ("spent_at = null", "spent_at = issued_at", "revoked_at = issued_at"):
        assert refused(f"update approvals_grant set {change}") == "a spent grant never changes"


@pytest.mark.postgres
def test_the_database_says_when_an_event_was_recorded(told: Stage) -> None:
    Event(id=ids.new("evt"), occurred_at=told.at, recorded_at=told.at - timedelta(days=9), body=b"{}").save()
    newest = Event.objects.get(body=b"{}")
    assert newest.recorded_at > told.at
