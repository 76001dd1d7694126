"""The guards of the log stand, and a check says so loudly when one does not."""

from datetime import datetime
from pathlib import Path

import pytest
from django.core.checks import run_checks
from django.core.management import CommandError, call_command
from django.db import DatabaseError, connection, transaction

from audit import guards
from audit.models import Checkpoint, Event, Leaf, Log, LogKey, PendingEvent
from audit.models import Tile as FullTile
from tests.audit.logging_events import keep, keeper, write

on_postgresql = connection.vendor == "postgresql"
LOG_TABLES = ("audit_log", "audit_logkey", "audit_leaf", "audit_tile", "audit_checkpoint")


def run(statement: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement)


def refused(statement: str) -> str:
    with pytest.raises(DatabaseError) as refusal, transaction.atomic():
        run(statement)
    return str(refusal.value).splitlines()[0]


@pytest.fixture
def kept(db: None, at: datetime, tmp_path: Path) -> None:
    """A log in which every table has a row."""
    write(at, 257)
    keep(keeper(tmp_path), at)
    rows = [Log, LogKey, Leaf, FullTile, Checkpoint]
    assert [model.objects.exists() for model in rows] == [True] * 5  # type: ignore[attr-defined]


@pytest.mark.parametrize("table", LOG_TABLES)
def test_what_is_in_the_log_is_neither_changed_nor_deleted_nor_replaced(kept: None, table: str) -> None:
    column = {"audit_log": "origin", "audit_logkey": "vkey"}.get(table, "log_id")
    assert refused(f"update {table} set {column} = {column}") == f"{table} is append-only"
    assert refused(f"delete from {table}") == f"{table} is append-only"
    if not on_postgresql:
        said = refused(f"insert or replace into {table} select * from {table} order by 1 desc, 2 desc limit 1")
        assert said in {f"{table} is append-only", "a signed tree only grows"}


@pytest.mark.postgres
@pytest.mark.parametrize("table", [*LOG_TABLES, "audit_pendingevent"])
def test_no_table_of_the_log_is_emptied(kept: None, table: str) -> None:
    message = "an event waits until it is a leaf" if table == "audit_pendingevent" else f"{table} is append-only"
    for statement in (f"truncate {table}", f"truncate {table} cascade"):
        assert refused(statement) == message
    run("set local session_replication_role = replica")
    assert refused(f"truncate {table}") == message


def test_an_event_leaves_the_queue_only_as_a_leaf(kept: None, at: datetime) -> None:
    write(at)
    told = "an event waits until it is a leaf"
    assert refused("delete from audit_pendingevent") == told
    assert refused("update audit_pendingevent set workspace_id = 'wsp_2'") == told
    if not on_postgresql:
        assert refused("insert or replace into audit_pendingevent select * from audit_pendingevent") == told
    assert PendingEvent.objects.count() == 1


def test_the_database_takes_no_moment_of_recording_but_its_own(db: None) -> None:
    moment = "'2001-01-01 00:00:00+00:00'" if on_postgresql else "'2001-01-01 00:00:00'"
    insert = (
        "insert into audit_event (id, workspace_id, kind, subject_type, subject_id, action_id, actor_kind, actor_id,"
        f" door, occurred_at, recorded_at, body) values ('evt_x', 'w', 'k', 's', 's', '', 'a', 'a', 'd',"
        f" {moment}, {moment}, '')"
    )
    if on_postgresql:
        run(insert)
        assert Event.objects.get().recorded_at.year > 2001
    else:
        assert refused(insert) == "the database says when an event was recorded"


def test_nothing_is_missing_after_the_migrations(db: None) -> None:
    assert guards.missing_triggers() == []
    assert [found.id for found in run_checks(databases=["default"]) if found.id == "audit.E001"] == []


def test_a_check_names_each_guard_that_is_gone(db: None) -> None:
    name = "audit_leaf_append_only" if on_postgresql else "audit_leaf_no_update"
    run(f"drop trigger {name} on audit_leaf" if on_postgresql else f"drop trigger {name}")
    sentence = f"The trigger {name} of audit_leaf is missing."
    assert guards.missing_triggers() == [sentence]
    assert [found.msg for found in run_checks(databases=["default"]) if found.id == "audit.E001"] == [sentence]
    with pytest.raises(CommandError, match=r"\d missing"):
        call_command("audit", "guards")
    # It asks the database, so plain `check` leaves it out.
    assert [found for found in run_checks() if (found.id or "").startswith("audit.")] == []


@pytest.mark.postgres
def test_a_guard_that_a_session_could_switch_off_is_named(db: None) -> None:
    run("alter table audit_tile enable trigger audit_tile_never_empty")
    assert guards.missing_triggers() == ["The trigger audit_tile_never_empty of audit_tile is not ENABLE ALWAYS."]


def test_an_installation_before_the_log_is_not_told_off(db: None) -> None:
    """`migrate` checks first, and must be able to bring the guards."""
    run("alter table audit_leaf rename to audit_leaf_later")
    assert (guards.missing_triggers(), guards.missing_roles()) == ([], [])
