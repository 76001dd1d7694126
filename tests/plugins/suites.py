"""Chooses the suites that the environment names, and says which were left out.

A service is never found by itself: `DATABASE_URL` and `REDIS_URL` choose PostgreSQL and Redis, `BROWSER=1` chooses
Chromium. A test whose suite was not chosen is deselected, not skipped, so that a skip always stands out:

--no-skips          a skipped or expectedly failing test fails the run
--databases-only    leaves out what opens no database, which says the same on each: for a second run, on another one
--record-ran=FILE   appends the id of every test that ran
--all-ran=FILE      with --collect-only: fails when a collected test is not in FILE
"""

import os
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

NO_DATABASE = "no database"
# Without one of these pytest-django refuses a test every query, and a test that starts the product is marked. Its
# `django_db_blocker` stands beside every test and says nothing.
OPENING = {"db", "transactional_db", "live_server", "django_db_setup"}
MARKERS = ("django_db", "postgres", "redis", "browser", "process", "race")

LEFT_OUT = pytest.StashKey[dict[str, int]]()
NEVER_RAN = pytest.StashKey[list[str]]()
RAN: list[str] = []


@dataclass(frozen=True, slots=True)
class Suite:
    marker: str
    needs: str
    chosen: Callable[[], bool]
    how: str


SUITES = (
    Suite(
        "postgres",
        "PostgreSQL",
        lambda: os.environ.get("DATABASE_URL", "").startswith(("postgres://", "postgresql://")),
        "DATABASE_URL=postgresql://user@host:5432/name make test",
    ),
    Suite("redis", "Redis", lambda: bool(os.environ.get("REDIS_URL")), "REDIS_URL=redis://host:6379/0 make test"),
    Suite("browser", "Chromium", lambda: os.environ.get("BROWSER") == "1", "BROWSER=1 make test"),
)


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("suites")
    group.addoption("--no-skips", action="store_true", help="fail the run when a test was skipped or failed expectedly")
    group.addoption("--databases-only", action="store_true", help="leave out the tests that open no database")
    group.addoption("--record-ran", type=Path, metavar="FILE", help="append the id of every test that ran")
    group.addoption("--all-ran", type=Path, metavar="FILE", help="with --collect-only: every test must be in FILE")


def pytest_configure(config: pytest.Config) -> None:
    config.stash[LEFT_OUT] = {}
    config.stash[NEVER_RAN] = []


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if record := config.option.all_ran:
        ran = set(record.read_text().splitlines())
        config.stash[NEVER_RAN] = [item.nodeid for item in items if item.nodeid not in ran]
        return
    absent = [suite for suite in SUITES if not suite.chosen()]
    left_out = [(item, suite) for item in items for suite in absent if item.get_closest_marker(suite.marker)]
    config.stash[LEFT_OUT] = dict(Counter(suite.marker for _, suite in left_out))
    gone = {item for item, _ in left_out}
    if config.option.databases_only:
        same = {item for item in items if not _opens_a_database(item)}
        config.stash[LEFT_OUT][NO_DATABASE] = len(same)
        gone |= same
    if gone:
        config.hook.pytest_deselected(items=sorted(gone, key=lambda item: item.nodeid))
        items[:] = [item for item in items if item not in gone]


def _opens_a_database(item: pytest.Item) -> bool:
    fixtures = set(getattr(item, "fixturenames", OPENING))
    return bool(fixtures & OPENING) or any(item.get_closest_marker(name) for name in MARKERS)


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    if report.when == "call":
        RAN.append(report.nodeid)


@pytest.hookimpl(tryfirst=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    config = session.config
    if hasattr(config, "workeroutput"):  # under xdist the controller speaks for its workers
        config.workeroutput["left_out"] = config.stash[LEFT_OUT]
        return
    if record := config.option.record_ran:
        with record.open("a") as file:
            file.writelines(f"{nodeid}\n" for nodeid in RAN)
    if config.stash[NEVER_RAN] or (config.option.no_skips and any(_hidden(config))):
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: object) -> None:
    worker: dict[str, dict[str, int]] = getattr(node, "workeroutput", {})
    config: pytest.Config = node.config  # type: ignore[attr-defined]  # xdist has no types
    config.stash[LEFT_OUT] = worker.get("left_out", {})


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    left_out = config.stash[LEFT_OUT]
    for suite in SUITES:
        if count := left_out.get(suite.marker):
            tests = "1 test that needs" if count == 1 else f"{count} tests that need"
            terminalreporter.write_line(f"Left out: {tests} {suite.needs}. To run: {suite.how}")
    if count := left_out.get(NO_DATABASE):
        tests = "1 test that opens" if count == 1 else f"{count} tests that open"
        terminalreporter.write_line(f"Left out: {tests} no database, as --databases-only asks")
    if config.option.no_skips:
        for nodeid in _hidden(config):
            terminalreporter.write_line(f"Refused by --no-skips: {nodeid} was skipped or failed expectedly", red=True)
    for nodeid in config.stash[NEVER_RAN]:
        terminalreporter.write_line(f"Never ran: {nodeid}", red=True)


def _hidden(config: pytest.Config) -> Iterator[str]:
    reporter = config.pluginmanager.get_plugin("terminalreporter")
    assert isinstance(reporter, pytest.TerminalReporter)
    for outcome in ("skipped", "xfailed"):
        for report in reporter.stats.get(outcome, []):
            yield report.nodeid
