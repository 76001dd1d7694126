"""Gives a test process its own data directory, secrets and Redis database, before Django's settings are read.

A worker of pytest-xdist inherits the controller's environment and must not share what stands there. Its PostgreSQL and
SQLite test databases get names of their own from pytest-django.
"""

import os
import shutil
import tempfile
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

from config.environment import make_secrets

WORKER = os.environ.get("PYTEST_XDIST_WORKER", "")


def of_worker(url: str, worker: str) -> str:
    """`redis://host/0` for the controller becomes `/1` for gw0, `/2` for gw1, and so on."""
    parts = urlsplit(url)
    number = int(parts.path.strip("/") or 0) + 1 + int(worker.removeprefix("gw"))
    return urlunsplit(parts._replace(path=f"/{number}"))


FOLDER: Path | None = None
if WORKER or "COUNTERSIGN_DATA_DIR" not in os.environ:
    FOLDER = Path(tempfile.mkdtemp(prefix="countersign-tests-"))
    make_secrets(FOLDER)
    os.environ["COUNTERSIGN_DATA_DIR"] = str(FOLDER)
if WORKER and os.environ.get("REDIS_URL"):
    os.environ["REDIS_URL"] = of_worker(os.environ["REDIS_URL"], WORKER)
os.environ.setdefault("COUNTERSIGN_DEBUG", "1")
os.environ.setdefault("COUNTERSIGN_EMAIL_BACKEND", "django.core.mail.backends.locmem.EmailBackend")
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")


def pytest_unconfigure() -> None:
    if FOLDER is not None:
        shutil.rmtree(FOLDER, ignore_errors=True)
