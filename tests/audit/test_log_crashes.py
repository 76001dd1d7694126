"""A keeper of the log that is killed at every point loses nothing, skips nothing and signs one tree a size."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from django.db import connection

from audit.heads import Heads
from audit.note import Checkpoint as Head
from audit.note import Signer, signed
from tests.architecture.source import ROOT
from tests.audit.logging_events import KEY


def address() -> str:
    """The test database, as a variable that another process can use."""
    settings = connection.settings_dict
    if connection.vendor == "sqlite":
        return f"sqlite:///{settings['NAME']}"
    where = f"{settings['HOST']}:{settings['PORT']}" if settings["PORT"] else settings["HOST"]
    return f"postgresql://{settings['USER']}:{settings['PASSWORD']}@{where}/{settings['NAME']}"


@pytest.mark.process
def test_killed_before_every_statement_it_goes_on_where_it_was(committed: None, tmp_path: Path) -> None:
    ended = subprocess.run(
        [sys.executable, "-m", "tests.audit.crashing", str(tmp_path)],
        cwd=ROOT,
        env={**os.environ, "DATABASE_URL": address()},
        capture_output=True,
        text=True,
        timeout=400,
    )
    assert ended.returncode == 0, ended.stderr
    assert json.loads(ended.stdout)["kills"] > 20


def test_a_head_that_was_half_written_is_not_read(tmp_path: Path) -> None:
    head = Head("example.com/log", 3, bytes(32))
    Heads(tmp_path).keep("wsp_1", bytes(signed(head.text, [Signer("example.com/log", KEY)])))
    (tmp_path / "wsp_1.new").write_bytes(b"example.com/lo")
    assert Heads(tmp_path).newest("wsp_1") == head
