import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.architecture.source import ROOT

TESTS = """
import pytest

@pytest.mark.process
@pytest.mark.parametrize("address", ["ada@demo.example"])
def test_runs(address): pass

@pytest.mark.postgres
def test_rows(): pass

@pytest.mark.redis
@pytest.mark.postgres
def test_wakes(): pass
"""
SKIPPING = """
import pytest

@pytest.mark.skip
def test_later(): pass

@pytest.mark.xfail
def test_broken(): assert False
"""
OPENING = """
import pytest

@pytest.fixture
def db(): pass

@pytest.fixture
def transactional_db(): pass

@pytest.fixture
def django_db_setup(): pass

@pytest.fixture
def stage(db): pass

@pytest.fixture
def committed(django_db_setup): pass

@pytest.fixture(autouse=True)
def nothing_believed(): pass

@pytest.mark.parametrize("number", [1, 2])
def test_counts(number): pass

def test_submits(stage): pass

def test_races(committed): pass

def test_commits(transactional_db): pass

class TestQueries:
    @pytest.fixture(autouse=True)
    def rows(self, db): pass

    def test_asks(self): pass

@pytest.mark.django_db
def test_reads(): pass

@pytest.mark.process
def test_starts(): pass

@pytest.mark.redis
def test_wakes(): pass
"""
CHOSEN = {"DATABASE_URL", "REDIS_URL", "BROWSER"}


def run(folder: Path, source: str, *options: str, **chosen: str) -> tuple[int, list[str]]:
    (folder / "test_it.py").write_text(source)
    (folder / "pytest.ini").write_text(
        "[pytest]\nmarkers =\n    django_db\n    postgres\n    redis\n    browser\n    process\n"
    )
    mine = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST_")}
    environment = {name: value for name, value in mine.items() if name not in CHOSEN} | chosen
    environment |= {"PYTHONPATH": str(ROOT), "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}
    command = [sys.executable, "-m", "pytest", "-q", "-p", "tests.plugins.suites", *options, str(folder)]
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)
    return done.returncode, done.stdout.splitlines()


@pytest.mark.parametrize("workers", [(), ("-p", "xdist", "-n", "2", "--dist", "loadfile")])
def test_without_services_their_tests_are_left_out_and_named(tmp_path: Path, workers: tuple[str, ...]) -> None:
    code, lines = run(tmp_path, TESTS, *workers)
    assert code == 0
    assert [line for line in lines if line.startswith("Left out")] == [
        "Left out: 2 tests that need PostgreSQL. To run: DATABASE_URL=postgresql://user@host:5432/name make test",
        "Left out: 1 test that needs Redis. To run: REDIS_URL=redis://host:6379/0 make test",
    ]


def test_a_chosen_service_runs_the_tests_that_need_only_it(tmp_path: Path) -> None:
    code, lines = run(tmp_path, TESTS, DATABASE_URL="postgresql://postgres@127.0.0.1/x")
    assert code == 0
    assert [line for line in lines if line.startswith("Left out")] == [
        "Left out: 1 test that needs Redis. To run: REDIS_URL=redis://host:6379/0 make test"
    ]
    assert lines[-1].startswith("2 passed, 1 deselected")


def test_sqlite_does_not_count_as_postgresql(tmp_path: Path) -> None:
    code, lines = run(tmp_path, TESTS, DATABASE_URL="sqlite:///x.sqlite3", REDIS_URL="redis://127.0.0.1:6379/0")
    assert code == 0
    assert lines[-1].startswith("1 passed, 2 deselected")


def test_no_skips_refuses_a_skip_and_an_expected_failure(tmp_path: Path) -> None:
    assert run(tmp_path, SKIPPING)[0] == 0
    code, lines = run(tmp_path, SKIPPING, "--no-skips")
    assert code == 1
    assert [line for line in lines if line.startswith("Refused")] == [
        "Refused by --no-skips: test_it.py::test_later was skipped or failed expectedly",
        "Refused by --no-skips: test_it.py::test_broken was skipped or failed expectedly",
    ]


def test_no_skips_refuses_a_file_that_skips_itself(tmp_path: Path) -> None:
    code, _ = run(tmp_path, "import pytest\npytest.skip('not today', allow_module_level=True)", "--no-skips")
    assert code != 0


@pytest.mark.parametrize("workers", [(), ("-p", "xdist", "-n", "2", "--dist", "loadfile")])
def test_a_test_that_no_run_reached_is_named(tmp_path: Path, workers: tuple[str, ...]) -> None:
    ran = tmp_path / "ran.txt"
    assert run(tmp_path, TESTS, f"--record-ran={ran}", *workers)[0] == 0
    code, lines = run(tmp_path, TESTS, "--collect-only", f"--all-ran={ran}")
    assert code == 1
    assert [line for line in lines if line.startswith("Never")] == [
        "Never ran: test_it.py::test_rows",
        "Never ran: test_it.py::test_wakes",
    ]
    both = {"DATABASE_URL": "postgres://postgres@127.0.0.1/x", "REDIS_URL": "redis://127.0.0.1:6379/0"}
    assert run(tmp_path, TESTS, f"--record-ran={ran}", *workers, **both)[0] == 0
    assert run(tmp_path, TESTS, "--collect-only", f"--all-ran={ran}")[0] == 0


@pytest.mark.parametrize("workers", [(), ("-p", "xdist", "-n", "2", "--dist", "loadfile")])
def test_a_second_database_leaves_out_what_opens_none_and_nothing_else(
    tmp_path: Path, workers: tuple[str, ...]
) -> None:
    """And what was left out counts as reached where another run reached it."""
    redis = {"REDIS_URL": "redis://127.0.0.1:6379/0"}
    ran = tmp_path / "ran.txt"
    options = ("--databases-only", f"--record-ran={ran}", *workers)
    code, lines = run(tmp_path, OPENING, *options, **redis)
    assert code == 0
    assert [line for line in lines if line.startswith("Left out")] == [
        "Left out: 2 tests that open no database, as --databases-only asks"
    ]
    assert sorted(ran.read_text().splitlines()) == [
        "test_it.py::TestQueries::test_asks",
        "test_it.py::test_commits",
        "test_it.py::test_races",
        "test_it.py::test_reads",
        "test_it.py::test_starts",
        "test_it.py::test_submits",
        "test_it.py::test_wakes",
    ]
    code, lines = run(tmp_path, OPENING, "--collect-only", f"--all-ran={ran}")
    assert code == 1
    assert [line for line in lines if line.startswith("Never")] == [
        "Never ran: test_it.py::test_counts[1]",
        "Never ran: test_it.py::test_counts[2]",
    ]
    assert run(tmp_path, OPENING, f"--record-ran={ran}")[0] == 0
    assert run(tmp_path, OPENING, "--collect-only", f"--all-ran={ran}")[0] == 0
