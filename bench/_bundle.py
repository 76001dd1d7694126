"""A log of many events, and exports of it, for bench/bundle.py."""

import json
import resource
import sys
import tempfile
import time
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import connection, transaction

from accounts import services as accounts
from audit import record
from audit.actor import OPERATOR
from audit.kinds import EventKind
from audit.models import Event
from audit.record import Secret
from audit.services import Keeper
from compliance import making
from compliance.filters import Filter
from tenancy import scope, sql
from tenancy.rows import Row

BATCH = 2000
START = datetime(2026, 1, 1, tzinfo=UTC)


def fill(count: int) -> None:
    """Prints the workspace's id. Events of the size that a decision has, with three values behind each."""
    if connection.vendor != "postgresql" or not str(connection.settings_dict["NAME"]).startswith("bench"):
        sys.exit("Give a scratch database on PostgreSQL whose name begins with bench, by DATABASE_URL.")
    workspace_id = _workspace()
    for first in range(Event.objects.count(), count, BATCH):
        tables: dict[str, list[dict[str, Any]]] = {}
        for n in range(first, min(first + BATCH, count)):
            for row in _rows(workspace_id, n):
                tables.setdefault(row.model._meta.db_table, []).append(dict(row.values))
        with transaction.atomic():
            for table, rows in tables.items():
                sql.insert(table, rows)
    keeper = Keeper.configured()
    while keeper.run(at=datetime.now(UTC)):
        pass
    with connection.cursor() as cursor:
        cursor.execute("analyze")
    print(json.dumps({"workspace": workspace_id, "events": Event.objects.count(), "kept": str(settings.DATA_DIR)}))


def make(workspace_id: str, what: str, form: str, with_values: bool) -> None:
    """Prints rows, seconds of the clock and of this process, and MiB of the file and of this process at its most."""
    order = making.Order(
        workspace_id, "Bench", what, form, Filter(), with_values=with_values, made_for="bench", at=datetime.now(UTC)
    )
    started, used = time.monotonic(), time.process_time()
    with tempfile.TemporaryFile() as out, scope.workspace(workspace_id):
        rows = making.make(order, out, lambda done, total: None)
        size = out.seek(0, 2)
    seconds, cpu = round(time.monotonic() - started, 1), round(time.process_time() - used, 1)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    took = {"seconds": seconds, "cpu_seconds": cpu}
    print(json.dumps({"rows": rows, **took, "mib": round(size / 2**20), "peak_mib": round(peak / 1024)}))


def _workspace() -> str:
    made = Event.objects.exclude(workspace_id=record.SYSTEM_LOG).values_list("workspace_id", flat=True).first()
    return made or accounts.create_workspace(actor=OPERATOR, at=START, slug="bench", name="Bench").id


def _rows(workspace_id: str, n: int) -> Sequence[Row]:
    user_id = f"usr_01{n % 50:024}"
    secrets = [Secret(name, json.dumps(f"{name} {n}").encode(), user_id) for name in ("reviewer", "comment")]
    data = {"verdict": "approved", "source": "people", "quorum": ["finance 1 of 1"], "groups": ["finance"], "n": n}
    prepared = record.prepare(
        # A new action brings its key along, which saves a question for each.
        kind=EventKind.ACTION_SUBMITTED,
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
