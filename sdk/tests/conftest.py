"""The SDK's tests run against a small server of their own; the flows of test_live.py need a running product."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from countersign import Countersign
from testkit.api import QUICK, FakeApi, serving

LIVE = {"COUNTERSIGN_URL", "COUNTERSIGN_DEMO_JSON"} <= os.environ.keys()
collect_ignore = [] if LIVE else ["test_live.py"]


def pytest_report_header() -> str:
    how = "set COUNTERSIGN_URL and COUNTERSIGN_DEMO_JSON to run sdk/tests/test_live.py against a running product"
    return "sdk: with the live flows" if LIVE else f"sdk: {how}"


@pytest.fixture
def api() -> Iterator[FakeApi]:
    with serving() as api:
        yield api


@pytest.fixture
def journal(tmp_path: Path) -> Path:
    return tmp_path / "journal.jsonl"


@pytest.fixture
def otto(api: FakeApi, journal: Path) -> Iterator[Countersign]:
    """otto's client: an agent's key, short pauses, a journal of its own."""
    with Countersign(api.base_url, "csk_otto", retry=QUICK, journal=journal) as client:
        yield client
