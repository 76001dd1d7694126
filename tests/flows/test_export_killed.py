"""kill -9 while exports are made: each is made once in the end, whole, and nothing half-made is ever handed out."""

import json
import time
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path
from typing import Any

import httpx
import pytest

from bench import _instance
from bench._instance import Instance
from tests.plugins import migrated

pytestmark = pytest.mark.process

ORDERS = 5
WITHIN = 120.0
# The minute that a lost worker's lease lasts is over.
LEASES_END = "from outbox.models import Job; from datetime import *; Job.objects.update(leased_until=datetime.now(UTC))"
FACTS = (
    "import json; from audit.models import Event;"
    "print(json.dumps(sorted(Event.objects.filter(kind='export:made').values_list('subject_id', flat=True))))"
)


@pytest.fixture
def database(tmp_path: Path) -> Iterator[str]:
    with migrated.database(tmp_path, "export_kill") as url:
        yield url


def api(instance: Instance, method: str, path: str, body: Any = None) -> Any:
    headers = {"Authorization": f"Bearer {instance.demo['service']['compliance']['key']}"}
    answer = httpx.request(method, f"{instance.base_url}/api/v1{path}", json=body, headers=headers, timeout=30)
    assert answer.status_code in {200, 202}, answer.text
    return answer


def test_each_export_is_made_once_and_whole(tmp_path: Path, database: str) -> None:
    env = {"DATABASE_URL": database} if database else {}
    first = _instance.wait(_instance.start(tmp_path, "--demo", env=env))
    ids = sorted(
        api(first, "POST", "/audit/exports", {"what": "all", "format": "pdf"}).json()["id"] for _ in range(ORDERS)
    )
    _until(lambda: any(name.endswith(".part") for name in _names(tmp_path)))
    first.process.kill()
    first.process.wait()
    assert any(name.endswith(".part") for name in _names(tmp_path))
    first.manage("shell", "-v0", "-c", LEASES_END)
    with _instance.running(tmp_path, "--demo", env=env) as second:
        _until(lambda: all(_state(second, one) == "made" for one in ids))
        for one in ids:
            told = api(second, "GET", f"/audit/exports/{one}").json()
            raw = api(second, "GET", f"/audit/exports/{one}/file").content
            assert (sha256(raw).hexdigest(), len(raw), raw[:5]) == (told["sha256"], told["bytes"], b"%PDF-")
        assert json.loads(second.manage("shell", "-v0", "-c", FACTS)) == ids
    assert sorted(name.partition(".")[0] for name in _names(tmp_path) if name.endswith(".pdf")) == ids


def _state(instance: Instance, export_id: str) -> str:
    return str(api(instance, "GET", f"/audit/exports/{export_id}").json()["state"])


def _names(data_dir: Path) -> list[str]:
    folder = data_dir / "exports"
    return [path.name for path in folder.iterdir()] if folder.exists() else []


def _until(is_so: Any) -> None:
    end = time.monotonic() + WITHIN
    while not is_so():
        assert time.monotonic() < end, "It took too long."
        time.sleep(0.005)
