"""Two processes count the same actions and one of them is killed in the middle: no number is lost or doubled."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import quote

import pytest
from django.db import connection

from approvals.models import RollupCell
from tests.cast import Stage
from tests.flows.parts import until

pytestmark = [pytest.mark.race, pytest.mark.postgres, pytest.mark.process]
ROOT = Path(__file__).resolve().parents[2]
ACTIONS = 60


@contextmanager
def counting() -> Iterator[subprocess.Popen[str]]:
    """A process of its own over this test's database, ready to go."""
    known = connection.settings_dict
    login = f"{quote(known['USER'])}:{quote(known['PASSWORD'] or '')}@{known['HOST']}:{known['PORT'] or 5432}"
    environment = {**os.environ, "DATABASE_URL": f"postgresql://{login}/{known['NAME']}", "REDIS_URL": ""}
    environment |= {"DJANGO_SETTINGS_MODULE": "config.settings"}
    command = [sys.executable, "-m", "tests.flows.counter"]
    process = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    try:
        assert process.stdout.readline() == "ready\n"
        yield process
    finally:
        process.kill()
        process.wait()
        process.stdout.close()


def counted(span: str) -> int:
    return sum(RollupCell.everywhere.filter(span=span).values_list("proposed", flat=True))


def test_a_kill_in_the_middle_loses_and_doubles_nothing(open_stage: Stage) -> None:
    with counting() as killed, counting() as survivor:
        assert killed.stdout is not None
        for n in range(ACTIONS):
            open_stage.submit(at=datetime.now(UTC))
            if n == ACTIONS // 2:
                assert killed.stdout.readline() == ".\n"
                killed.kill()
        until(lambda: counted("hour") == ACTIONS, 60, "every action is counted")
        survivor.kill()
    assert (counted("hour"), counted("day")) == (ACTIONS, ACTIONS)
