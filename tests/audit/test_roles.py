"""Three roles on PostgreSQL: the app's cannot touch what was written, and can do all of its own work."""

from collections.abc import Iterator
from contextlib import contextmanager
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.db import DatabaseError, connection, transaction

from audit import guards, roles
from audit.roles import LOG, Roles
from tests.approvals.presses import spend
from tests.audit.logging_events import keep, keeper, nothing_is_lost, write
from tests.audit.test_append_only import APPEND_ONLY, decided
from tests.cast import Stage

# Of the server, not of the database, so the names are those of tests; the test's own transaction takes them back.
ROLES = Roles("test_log_owner", "test_log_app", "test_log_sequencer")
KEPT = sorted({*guards.STAYS, *APPEND_ONLY})
pytestmark = pytest.mark.postgres


@pytest.fixture
def told(stage: Stage, tmp_path: Path) -> Stage:
    """A stage with a decision in its log, and the roles set up."""
    view = stage.submit()
    stage.review("ben", view)
    keep(keeper(tmp_path), stage.at)
    with connection.cursor() as cursor:
        cursor.execute("set constraints all immediate")
    roles.apply(ROLES)
    return stage


@contextmanager
def acting_as(role: str) -> Iterator[None]:
    with connection.cursor() as cursor:
        cursor.execute(f"set role {role}")
    try:
        yield
    finally:
        with connection.cursor() as cursor:
            cursor.execute("reset role")


def refusal(statement: str) -> str:
    with pytest.raises(DatabaseError) as refused, transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)
    return str(refused.value).splitlines()[0]


@pytest.mark.parametrize("role", [ROLES.app, ROLES.sequencer])
@pytest.mark.parametrize("table", KEPT)
def test_neither_app_nor_sequencer_changes_what_was_written(told: Stage, table: str, role: str) -> None:
    with acting_as(role):
        found = {
            refusal(statement.format(table=table))
            for statement in (
                "delete from {table}",
                "truncate {table}",
                "truncate {table} cascade",
            )
        }
        assert found == {f"permission denied for table {table}"}
        for statement in (
            "alter table {table} disable trigger all",
            "drop table {table} cascade",
            "alter table {table} add column x int",
            "drop trigger {table}_append_only on {table}",
        ):
            assert refusal(statement.format(table=table)) in {
                f"must be owner of table {table}",
                f"must be owner of relation {table}",
            }


@pytest.mark.parametrize("table", guards.STAYS)
def test_no_role_updates_the_log(told: Stage, tmp_path: Path, table: str) -> None:
    if table == "audit_tile":
        write(told.at, 256, told.id)
        keep(keeper(tmp_path), told.at)
    column = {"audit_event": "kind", "audit_log": "origin", "audit_logkey": "vkey"}.get(table, "log_id")
    for role in (ROLES.app, ROLES.sequencer):
        with acting_as(role):
            assert refusal(f"update {table} set {column} = {column}") == f"permission denied for table {table}"
    with acting_as(ROLES.owner):
        assert refusal(f"update {table} set {column} = {column}") == f"{table} is append-only"


def test_nobody_but_a_superuser_switches_the_guards_off(told: Stage) -> None:
    for role in (ROLES.app, ROLES.sequencer, ROLES.owner):
        with acting_as(role):
            said = refusal("set session_replication_role = replica")
            assert said == 'permission denied to set parameter "session_replication_role"'


@pytest.mark.parametrize("table", [*LOG, "audit_unsignedlog"])
def test_the_app_does_not_write_the_log(told: Stage, table: str) -> None:
    with acting_as(ROLES.app):
        assert refusal(f"insert into {table} select * from {table}") == f"permission denied for table {table}"


def test_the_app_does_not_take_an_event_out_of_the_queue(told: Stage) -> None:
    told.submit()
    with acting_as(ROLES.app):
        assert refusal("delete from audit_pendingevent") == "permission denied for table audit_pendingevent"
    with acting_as(ROLES.sequencer):
        assert refusal("delete from audit_pendingevent") == "an event waits until it is a leaf"


def test_the_moment_of_recording_is_the_databases_whoever_writes(told: Stage) -> None:
    with acting_as(ROLES.app), connection.cursor() as cursor:
        cursor.execute(
            "insert into audit_event (id, workspace_id, kind, subject_type, subject_id, action_id, actor_kind,"
            " actor_id, door, occurred_at, recorded_at, body) select 'evt_x', workspace_id, kind, subject_type,"
            " subject_id, action_id, actor_kind, actor_id, door, occurred_at, '2001-01-01', body from audit_event"
            " limit 1"
        )
        cursor.execute("select recorded_at > now() - interval '1 day' from audit_event where id = 'evt_x'")
        assert cursor.fetchone() == (True,)


def test_the_app_and_the_sequencer_can_do_their_work(told: Stage, tmp_path: Path) -> None:
    with acting_as(ROLES.app):
        view = told.submit()
        told.review("ben", view)
        spend(told, decided(told))
        told.review("ada", told.submit(), "reject")
    with acting_as(ROLES.sequencer):
        keep(keeper(tmp_path), told.at)
    nothing_is_lost(told.id)


def test_the_check_names_what_a_role_may_too_much(told: Stage) -> None:
    assert guards.missing_roles() == ["The database role is a superuser, who can switch every guard off."]
    with acting_as(ROLES.owner):
        tables = ", ".join(sorted(guards.STAYS))
        assert guards.missing_roles() == [f"The database role owns {tables}, and an owner can switch guards off."]
    with acting_as(ROLES.app):
        assert guards.missing_roles() == []
    with connection.cursor() as cursor:
        cursor.execute(f"grant update, truncate on audit_leaf to {ROLES.app}")
    with acting_as(ROLES.app):
        assert guards.missing_roles() == ["The database role may UPDATE, TRUNCATE audit_leaf."]


def test_to_set_them_up_again_takes_away_what_came_in_between(told: Stage) -> None:
    with connection.cursor() as cursor:
        cursor.execute(f"grant all on audit_event to {ROLES.app}")
    said = StringIO()
    options = {"owner": ROLES.owner, "app": ROLES.app, "sequencer": ROLES.sequencer}
    call_command("audit", "roles", **options, stdout=said)
    with acting_as(ROLES.app):
        assert guards.missing_roles() == []
    assert said.getvalue().startswith("Set. Give test_log_app and test_log_sequencer passwords")
    with (
        acting_as(ROLES.app),
        pytest.raises(CommandError, match="Run it as the role that owns the database"),
        transaction.atomic(),
    ):
        call_command("audit", "roles", **options)


def test_the_sql_can_be_printed_for_somebody_else_to_run(db: None) -> None:
    said = StringIO()
    call_command("audit", "roles", "--print", stdout=said)
    lines = said.getvalue().splitlines()
    assert lines[0] == 'create role "countersign_owner" nologin;'
    assert 'grant select, insert on "audit_event" to "countersign_app";' in lines
    assert 'grant select on "audit_leaf" to "countersign_app";' in lines
