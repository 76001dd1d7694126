"""A frozen version is the same in a database that was restored from a backup: same hash, same bytes in every format."""

import os
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import pytest
from django.db import connection

from audit.actor import OPERATOR
from feedback import services
from feedback.export.formats import FORMATS
from feedback.services import exporting
from tests.audit.test_keys import dump
from tests.audit.test_log_stands import run
from tests.cast import Stage
from tests.feedback.learning import dataset, frozen
from tests.feedback.test_dataset_export import export
from tests.feedback.test_loader_files import GOLD, school

pytestmark = pytest.mark.process

ROOT = Path(__file__).resolve().parents[2]
# What somebody on the other machine does: freezes again, which finds nothing new, and exports what stood there.
THERE = """
import sys
from pathlib import Path
from django.utils import timezone
from audit.actor import OPERATOR
from audit.actor import OPERATOR
from feedback import services
from feedback.services import exporting
workspace, dataset, version, folder, *names = {given!r}
given = dict(actor=OPERATOR, at=timezone.now(), workspace_id=workspace)
again = services.freeze(dataset_id=dataset, **given)
for name in names:
    exporting.export_to(version_id=version, format_name=name, folder=Path(folder) / name, **given)
print(again.id, again.manifest_sha256)
"""


@contextmanager
def restored(tmp_path: Path) -> Iterator[str]:
    """The address of a database that was made of a backup of this one."""
    named: dict[str, Any] = connection.settings_dict
    if connection.vendor == "sqlite":
        target = tmp_path / "restored.sqlite3"
        with closing(sqlite3.connect(named["NAME"])) as source, closing(sqlite3.connect(target)) as copy:
            source.backup(copy)
        yield f"sqlite:///{target}"
        return
    name = f"{named['NAME']}_exported"
    run("psql", "--command", f'drop database if exists "{name}"', database="postgres")
    run("psql", "--command", f'create database "{name}"', database="postgres")
    try:
        run("psql", "--set", "ON_ERROR_STOP=1", database=name, given=dump())
        yield f"postgresql://{named['USER']}:{named['PASSWORD']}@{named['HOST']}:{named['PORT']}/{name}"
    finally:
        run("psql", "--command", f'drop database "{name}"', database="postgres")


def there(address: str, data: Path, *given: str) -> list[str]:
    environ = {
        **os.environ,
        "DATABASE_URL": address,
        "COUNTERSIGN_DATA_DIR": str(data),
        "COUNTERSIGN_DEBUG": "1",
        "PYTHONPATH": os.pathsep.join(filter(None, ["sdk", os.environ.get("PYTHONPATH", "")])),
    }
    command = [sys.executable, "manage.py", "shell", "-v0", "-c", THERE.format(given=given)]
    done = subprocess.run(command, cwd=ROOT, env=environ, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout.split()


def bytes_of(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}


def test_a_version_that_came_back_from_a_backup_exports_the_same_bytes(open_stage: Stage, tmp_path: Path) -> None:
    school(open_stage)
    made = dataset(open_stage)
    gold = services.Given("gold-1", [{"role": "user", "content": "Write to a and b"}], [], [GOLD], [], "", {})
    services.add_examples(
        actor=OPERATOR, at=open_stage.at, workspace_id=open_stage.id, dataset_id=made.id, given=[gold]
    )
    version = frozen(open_stage, made)
    names = [form.name for form in exporting.formats()]
    assert set(FORMATS) - set(names) <= {"parquet"}
    for name in names:
        export(open_stage, version, name, tmp_path / "here" / name)
    with restored(tmp_path) as address:
        told = there(address, tmp_path / "data", open_stage.id, made.id, version.id, str(tmp_path / "there"), *names)
    assert told == [version.id, version.manifest_sha256]
    here = bytes_of(tmp_path / "here")
    assert len(here) > 4 * len(names)
    assert bytes_of(tmp_path / "there") == here
