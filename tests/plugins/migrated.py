"""A database whose migrations ran once; whoever needs one takes a copy.

To migrate from nothing takes longer than a hundred tests, and every worker of pytest-xdist and every product that a
test starts would do it again. The copy lives as long as the run, in the folder that the environment names as
`MIGRATED_ONCE`; whoever names one beforehand, as the merge lane does for its runs on one PostgreSQL, shares it between
runs and clears it away.
"""

import fcntl
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import psycopg
from django.db import connection
from django.test.utils import setup_databases

from bench import _instance

MINE: Path | None = None
if "MIGRATED_ONCE" not in os.environ:
    MINE = Path(tempfile.mkdtemp(prefix="countersign-migrated-"))
    os.environ["MIGRATED_ONCE"] = str(MINE)
PLACE = Path(os.environ["MIGRATED_ONCE"])
SQLITE = PLACE / "migrated.sqlite3"
# Holds the name of the database.
POSTGRESQL = PLACE / "postgresql"


def pytest_unconfigure() -> None:
    if MINE is None:
        return
    if POSTGRESQL.is_file():
        with psycopg.connect(_url(), autocommit=True) as postgresql:
            postgresql.execute(f'drop database if exists "{POSTGRESQL.read_text()}"'.encode())
    shutil.rmtree(MINE, ignore_errors=True)


def set_up() -> Any:
    """The test database; what this returns goes to `teardown_databases`."""
    made: dict[str, Any] = {"verbosity": 0, "interactive": False, "serialized_aliases": set()}
    if connection.vendor == "postgresql":
        connection.settings_dict["TEST"]["TEMPLATE"] = _on_postgresql()
        return setup_databases(**made)
    shutil.copyfile(_on_sqlite(), connection.settings_dict["TEST"]["NAME"])
    return setup_databases(**made, keepdb=True)


@contextmanager
def database(data_dir: Path, name: str) -> Iterator[str]:
    """The address of a database for a product that a test starts on `data_dir`; "" where it is the file in there."""
    if _url():
        with _instance.database(_url(), name, template=_on_postgresql()) as url:
            yield url
        return
    shutil.copyfile(_on_sqlite(), data_dir / "countersign.sqlite3")
    yield ""


def _url() -> str:
    """ "" where PostgreSQL was not chosen."""
    url = os.environ.get("DATABASE_URL", "")
    return url if url.startswith(("postgres://", "postgresql://")) else ""


def _on_sqlite() -> Path:
    with _alone():
        if not SQLITE.is_file():
            making = PLACE / "making.sqlite3"
            _migrate(f"sqlite:///{making}")
            making.rename(SQLITE)
    return SQLITE


def _on_postgresql() -> str:
    with _alone():
        if not POSTGRESQL.is_file():
            parts = urlsplit(_url())
            name = f"{parts.path.strip('/')}_migrated"
            with psycopg.connect(_url(), autocommit=True) as postgresql:
                postgresql.execute(f'drop database if exists "{name}"'.encode())
                postgresql.execute(f'create database "{name}"'.encode())
            _migrate(urlunsplit(parts._replace(path=f"/{name}")))
            POSTGRESQL.write_text(name)
    return POSTGRESQL.read_text()


@contextmanager
def _alone() -> Iterator[None]:
    PLACE.mkdir(parents=True, exist_ok=True)
    with (PLACE / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _migrate(url: str) -> None:
    command = [sys.executable, "manage.py", "migrate", "--no-input", "--skip-checks", "-v0"]
    subprocess.run(command, cwd=_instance.ROOT, env={**os.environ, "DATABASE_URL": url}, check=True)
