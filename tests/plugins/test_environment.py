import os
from pathlib import Path

import pytest
from django.conf import settings
from django.db import connection

from tests.plugins.environment import FOLDER, WORKER, of_worker


@pytest.mark.parametrize(
    ("worker", "found"), [("gw0", "redis://127.0.0.1:6379/1"), ("gw2", "redis://127.0.0.1:6379/3")]
)
@pytest.mark.parametrize("url", ["redis://127.0.0.1:6379/0", "redis://127.0.0.1:6379"])
def test_a_worker_has_a_redis_database_of_its_own(url: str, worker: str, found: str) -> None:
    assert of_worker(url, worker) == found


@pytest.mark.django_db
def test_a_worker_has_a_test_database_and_a_data_directory_of_its_own() -> None:
    name = str(connection.settings_dict["NAME"])
    if FOLDER is not None:
        assert Path(os.environ["COUNTERSIGN_DATA_DIR"]) == settings.DATA_DIR == FOLDER
    assert name.endswith(f"_{WORKER}") or not WORKER
