"""Hands the workers of pytest-xdist what takes longest first, so that none is left alone with it at the end.

A file stays on one worker. By itself xdist begins with the files of most tests, and a file that starts real processes
has few.
"""

from collections import Counter
from pathlib import Path

import pytest

# A test that starts processes lasts as long as so many others.
PROCESS = 50


def pytest_configure(config: pytest.Config) -> None:
    if hasattr(config.option, "loadscopereorder"):
        config.option.loadscopereorder = False


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if not hasattr(config, "workerinput"):
        return
    weights = Counter[Path]()
    for item in items:
        weights[item.path] += PROCESS if item.get_closest_marker("process") else 1
    items.sort(key=lambda item: -weights[item.path])
