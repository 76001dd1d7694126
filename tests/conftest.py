"""What every test may ask for: the cast, the moment, and databases that keep what is committed."""

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from django.conf import settings
from django.db import connection
from django.test.utils import teardown_databases
from hypothesis import settings as hypothesis_settings
from pytest_django.plugin import DjangoDbBlocker

from accounts.services import usage
from agents_api import auth
from approvals import beside, policies
from approvals.services.submit import forget_versions
from audit import keys
from feedback import queries
from outbox import wake
from tests import cast, hearing, rehearsal, soaking, wiping
from tests.plugins import migrated

# Argon2 is slow on purpose, and nearly every test makes people; what tests of logging in need they say themselves.
settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]

hypothesis_settings.load_profile("soak" if soaking.SOAK else "lane")


@pytest.fixture(autouse=True)
def nothing_believed() -> None:
    """What a process believes for some seconds must not pass from one test to the next: their stages share ids."""
    keys.forget_all()
    policies.forget_all()
    beside.forget_all()
    forget_versions()
    auth._kept.clear()
    usage._noted.clear()
    queries.forget_reasons()


@pytest.fixture
def at() -> datetime:
    """The moment of the test. Real, because the database's clock decides what is over."""
    return datetime.now(UTC)


@pytest.fixture
def stage(db: None, at: datetime) -> cast.Stage:
    """The workspace `demo` with its cast, inside the test's own transaction."""
    return rehearsal.stage(at)


@pytest.fixture
def other(stage: cast.Stage, at: datetime) -> cast.Stage:
    """Cleo's workspace beside it."""
    return cast.set_other_stage(at)


@pytest.fixture(scope="session")
def django_db_setup(
    django_test_environment: None, django_db_modify_db_settings: None, django_db_blocker: DjangoDbBlocker
) -> Iterator[None]:
    """Instead of pytest-django's, which migrates in each process and makes a test database only where it sees a test
    with `db`: a run of nothing but stories that commit would wipe the database that the environment names.
    """
    with django_db_blocker.unblock():
        made = migrated.set_up()
    yield
    with django_db_blocker.unblock():
        if connection.vendor == "postgresql":
            let_go()
        teardown_databases(made, verbosity=0)


def let_go() -> None:
    """A listener that some request woke lives as long as its process, and PostgreSQL drops nothing that is in use."""
    with connection.cursor() as cursor:
        hearing.close(wake.listener)
        cursor.execute(
            "select pg_terminate_backend(pid) from pg_stat_activity"
            " where datname = current_database() and pid <> pg_backend_pid()"
        )


@pytest.fixture
def committed(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[None]:
    """A database whose commits are real, for tests with several connections; wiped afterwards."""
    with django_db_blocker.unblock():
        wiping.wipe()
        try:
            yield
        finally:
            wiping.wipe()


@pytest.fixture
def open_stage(committed: None, at: datetime) -> cast.Stage:
    """The workspace `demo`, committed, so that every connection sees it."""
    return rehearsal.stage(at)
