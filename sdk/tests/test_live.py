"""The flows of testkit.live against the product that the environment names."""

from pathlib import Path

import pytest

from testkit.live import *  # noqa: F403
from testkit.live import LiveServer


@pytest.fixture
def server(tmp_path: Path) -> LiveServer:
    return LiveServer.from_environment(tmp_path)
