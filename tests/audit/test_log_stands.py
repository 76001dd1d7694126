"""What happens to the rest of the database, and to the database as a whole, does not reach the log."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import orjson
import pytest
from django.db import connection
from pytest_django.fixtures import Settings

from audit.guards import STAYS
from audit.models import Event, Leaf
from tests.audit.logging_events import keep, keeper
from tests.audit.test_keys import dump
from tests.cast import Stage
from tests.tampering import tampering

ROOT = Path(__file__).resolve().parents[2]
LOG = (*STAYS, "audit_disclosure", "audit_pendingevent")


def test_no_table_of_the_log_depends_on_another(db: None) -> None:
    """Nothing cascades into it: no person, workspace or key that is deleted, and no table that is emptied."""
    with connection.cursor() as cursor:
        relations = {
            table: {other for _, other in connection.introspection.get_relations(cursor, table).values()}
            for table in connection.introspection.table_names(cursor)
        }
    assert {table: relations[table] for table in LOG} == {table: set() for table in LOG}
    assert [table for table, others in relations.items() if others & set(LOG)] == []


@pytest.mark.postgres
def test_emptying_everything_else_leaves_the_log(stage: Stage, tmp_path: Path) -> None:
    stage.review("ben", stage.submit())
    keep(keeper(tmp_path), stage.at)
    before = (Event.objects.count(), Leaf.objects.count())
    with tampering() as cursor:
        cursor.execute("truncate accounts_workspace, accounts_user cascade")
        cursor.execute("select count(*) from accounts_membership")
        assert cursor.fetchone() == (0,)
    assert (Event.objects.count(), Leaf.objects.count()) == before


@pytest.fixture
def restored(open_stage: Stage, tmp_path: Path) -> Iterator[str]:
    """The name of a database made of a dump of this one."""
    open_stage.review("ben", open_stage.submit(), "reject", reason_code="other", comment="No.")
    keep(keeper(tmp_path / "heads"), open_stage.at)
    name = f"{connection.settings_dict['NAME']}_restored"
    run("psql", "--command", f'drop database if exists "{name}"', database="postgres")
    run("psql", "--command", f'create database "{name}"', database="postgres")
    run("psql", "--set", "ON_ERROR_STOP=1", database=name, given=dump())
    yield name
    run("psql", "--command", f'drop database "{name}"', database="postgres")


def run(program: str, *options: str, database: str, given: str = "") -> None:
    named: dict[str, Any] = connection.settings_dict
    place = ["--host", named["HOST"], "--port", str(named["PORT"]), "--username", named["USER"], "--quiet"]
    secret = {**os.environ, "PGPASSWORD": named["PASSWORD"] or ""}
    command = [program, *place, *options, database]
    subprocess.run(command, input=given, env=secret, capture_output=True, text=True, check=True)


@pytest.mark.postgres
@pytest.mark.process
def test_a_dump_that_is_restored_verifies_deeply(restored: str, tmp_path: Path, settings: Settings) -> None:
    """Also its guards are there, and the values open with the key."""
    named: dict[str, Any] = connection.settings_dict
    address = f"postgresql://{named['USER']}:{named['PASSWORD']}@{named['HOST']}:{named['PORT']}/{restored}"
    environ = {
        **os.environ,
        "DATABASE_URL": address,
        "COUNTERSIGN_LOG_HEADS_DIR": str(tmp_path / "heads"),
        "COUNTERSIGN_DISCLOSURE_KEY": settings.DISCLOSURE_KEY,
        "COUNTERSIGN_DATA_DIR": str(tmp_path / "data"),
        "COUNTERSIGN_DEBUG": "1",
        "PYTHONPATH": "sdk",
    }
    command = [sys.executable, "manage.py", "audit", "verify", "--deep", "--workspace", "demo", "--json"]
    done = subprocess.run(command, cwd=ROOT, env=environ, capture_output=True, text=True, check=False)
    told = orjson.loads(done.stdout.splitlines()[-1])
    assert (done.returncode, told["faults"], told["deep"]) == (10, [], True)
