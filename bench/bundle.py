"""How long exports of a million events take on PostgreSQL, and how much memory: evidence bundle, JSON lines and CSV.

Each is made by a process of its own, as a worker makes it, and its peak is that of the process. Prints one JSON line.

    DATABASE_URL=postgresql://…/bench_bundle python bench/bundle.py [EVENTS]

The database is to be a scratch one, its name beginning with `bench`: it is migrated and filled, and filled only once.
"""

import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
os.environ.setdefault("COUNTERSIGN_DEBUG", "1")

import django  # noqa: E402

from config import environment  # noqa: E402

FOLDER = Path(os.environ.setdefault("COUNTERSIGN_DATA_DIR", tempfile.mkdtemp(prefix="bench-bundle-")))
environment.make_secrets(FOLDER)
django.setup()

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey  # noqa: E402
from django.core.management import call_command  # noqa: E402
from django.db import connection, transaction  # noqa: E402

from accounts import services as accounts  # noqa: E402
from audit import record  # noqa: E402
from audit.actor import OPERATOR  # noqa: E402
from audit.heads import Heads  # noqa: E402
from audit.kinds import EventKind  # noqa: E402
from audit.models import Event  # noqa: E402
from audit.record import Secret  # noqa: E402
from audit.services import Keeper  # noqa: E402
from compliance import making  # noqa: E402
from compliance.filters import Filter  # noqa: E402
from tenancy import scope, sql  # noqa: E402

BATCH = 2000
MADE = (("log", "bundle", False), ("log", "bundle", True), ("events", "jsonl", False), ("events", "csv", False))
START = datetime(2026, 1, 1, tzinfo=UTC)
KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))


def workspace() -> str:
    if Event.objects.exists():
        return str(Event.objects.exclude(workspace_id="system").values_list("workspace_id", flat=True)[:1].get())
    return accounts.create_workspace(actor=OPERATOR, at=START, slug="bench", name="Bench").id


def fill(workspace_id: str, count: int) -> None:
    """Events of the size that a decision has, with two values behind each."""
    for first in range(Event.objects.count(), count, BATCH):
        tables: dict[str, list[dict[str, Any]]] = {}
        for n in range(first, min(first + BATCH, count)):
            for row in _rows(workspace_id, n):
                tables.setdefault(row.model._meta.db_table, []).append(dict(row.values))
        with transaction.atomic():
            for table, rows in tables.items():
                sql.insert(table, rows)
    keeper = Keeper(lambda: (KEY,), Heads(FOLDER / "heads"))
    while keeper.run(at=START):
        pass
    with connection.cursor() as cursor:
        cursor.execute("analyze")


def _rows(workspace_id: str, n: int) -> Any:
    secrets = [Secret(name, json.dumps(f"{name} {n}").encode(), f"usr_{n % 50}") for name in ("reviewer", "comment")]
    data = {"verdict": "approved", "source": "people", "quorum": ["finance 1 of 1"], "groups": ["finance"], "n": n}
    prepared = record.prepare(
        kind=EventKind.ACTION_DECIDED,
        workspace_id=workspace_id,
        actor=OPERATOR,
        at=START + n * timedelta(seconds=20),
        subject=("action", f"act_{n:026}"),
        action_id=f"act_{n:026}",
        revision=1,
        digest=n.to_bytes(32, "big"),
        policy={"version": "pol_01m7waf705ewrb8xtcdnheqcvh", "rule": "refunds-over-50"},
        data=data,
        secrets=secrets,
    )
    return prepared.rows


def make(workspace_id: str, what: str, form: str, with_values: bool) -> dict[str, Any]:
    """In a process of its own."""
    order = making.Order(
        workspace_id, "Bench", what, form, Filter(), with_values=with_values, made_for="bench", at=datetime.now(UTC)
    )
    started = time.monotonic()
    with tempfile.TemporaryFile() as out, scope.workspace(workspace_id):
        rows = making.make(order, out, lambda done, total: None)
        size = out.seek(0, 2)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    seconds = round(time.monotonic() - started, 1)
    return {"rows": rows, "seconds": seconds, "mib": round(size / 2**20), "peak_mib": round(peak / 1024)}


def main() -> None:
    if len(sys.argv) > 2:
        print(json.dumps(make(sys.argv[1], sys.argv[2], sys.argv[3], sys.argv[4] == "1")))
        return
    name = str(connection.settings_dict["NAME"])
    if connection.vendor != "postgresql" or not name.startswith("bench"):
        sys.exit("Give a scratch database on PostgreSQL whose name begins with bench, by DATABASE_URL.")
    call_command("migrate", verbosity=0)
    workspace_id = workspace()
    fill(workspace_id, int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000)
    told: dict[str, Any] = {"bench": "bundle", "events": Event.objects.count()}
    for what, form, with_values in MADE:
        command = [sys.executable, __file__, workspace_id, what, form, str(int(with_values))]
        done = subprocess.run(command, capture_output=True, text=True, check=True)
        told[form + ("_with_values" if with_values else "")] = json.loads(done.stdout)
    print(json.dumps(told))


if __name__ == "__main__":
    main()
