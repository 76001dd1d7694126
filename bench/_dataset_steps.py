"""What bench/dataset.py measures; each function runs in a process of its own and prints one JSON line."""

import json
import resource
import tempfile
import time
from datetime import UTC, datetime, timedelta
from itertools import islice
from pathlib import Path
from typing import Any

import orjson
from django.db import transaction

from accounts import queries as accounts_queries
from accounts import services as accounts
from audit.actor import OPERATOR
from feedback import bulk, queries, services
from feedback.services import exporting
from tenancy import ids

CHUNK = 10_000
START = datetime(2026, 1, 1, tzinfo=UTC)
KINDS = ("approved",) * 7 + ("approved_with_changes",) * 2 + ("rejected",)
NOTES = (
    "The parcel came late and the customer asks for the fee back",
    "Charged twice for the same order, the second charge is still open",
    "Subscription was cancelled in time, the last month has to be returned",
    "Wrong size was delivered, the customer sent the shoes back already",
)
COLUMNS = (
    *("id", "workspace_id", "action_id", "decision_id", "kind", "source", "tool", "agent_id", "agent_version_id"),
    *("proposed", "final", "patch", "material", "reason_code", "taxonomy", "comment", "reviewers", "door", "context"),
    *("decided_at", "created_at"),
)


def label(n: int, workspace_id: str) -> tuple[Any, ...]:
    """Ten in a thousand labels carry an address or a card; two calls make a conversation."""
    at = START + n * timedelta(seconds=7)
    kind = KINDS[n % len(KINDS)]
    args: dict[str, Any] = {
        "customer_id": f"cus_{n % 99_991}",
        "amount_usd": n % 700 + 20,
        "note": f"{NOTES[n % 4]}, order {n}.",
    }
    if n % 100 == 0:
        args["note"] += " Write to ada@example.com about card 4111 1111 1111 1111."
    proposed = {"tool": f"billing.refund{n % 7}", "args": args}
    signed = {"tool": proposed["tool"], "args": {**args, "amount_usd": 19}}
    final = {"approved": proposed, "approved_with_changes": signed}.get(kind)
    turns = [{"role": "user", "content": f"{NOTES[(n // 2) % 4]} ({n // 2})."}]
    context = {
        "claims": {"conversation": turns},
        "policy": {"version": "pol_bench", "rule": "refunds", "effect": "require_approval"},
        "needs": [],
        "risk": "medium",
        "trace_id": f"tr_{n // 2}",
        "template": "web:facts/1",
        "facts_sha256": "0" * 64,
        "manifest_sha256": None,
        "dwell_ms": 8000,
    }
    patch = [{"op": "replace", "path": "/amount_usd", "value": 19}] if kind == "approved_with_changes" else []
    told = [orjson.dumps(value).decode() for value in (proposed, final, patch)]
    seen = (orjson.dumps([f"usr_{n % 9}"]).decode(), "web", orjson.dumps(context).decode(), at, at)
    said = ("people", proposed["tool"], "agt_bench", "", *told, bool(patch), "", "reasons/1", "", *seen)
    return (ids.new("lbl", at), workspace_id, ids.new("act", at), ids.new("dec", at), kind, *said)


def seed(labels: int) -> None:
    workspace = accounts.create_workspace(actor=OPERATOR, at=START, slug="bench", name="Bench")
    rows = (label(n, workspace.id) for n in range(labels))
    while chunk := list(islice(rows, CHUNK)):
        with transaction.atomic():
            bulk.insert("feedback_label", COLUMNS, chunk)
    services.create_dataset(actor=OPERATOR, at=START, workspace_id=workspace.id, name="bench", recipe={})


def freeze() -> None:
    workspace_id = accounts_queries.workspace_id_for("bench") or ""
    began = time.monotonic()
    version = services.freeze(actor=OPERATOR, at=datetime.now(UTC), workspace_id=workspace_id, dataset_id="bench")
    told = {"size": version.size, "splits": version.counts["split"], "manifest_sha256": version.manifest_sha256}
    print(json.dumps({"seconds": round(time.monotonic() - began, 1), "peak_mib": _peak(), **told}))


def export(format_name: str) -> None:
    workspace_id = accounts_queries.workspace_id_for("bench") or ""
    version = queries.versions(workspace_id, queries.find_dataset(workspace_id, "bench").id)[0]
    began = time.monotonic()
    with tempfile.TemporaryDirectory() as folder:
        made = exporting.export_to(
            actor=OPERATOR,
            at=datetime.now(UTC),
            workspace_id=workspace_id,
            version_id=version.id,
            format_name=format_name,
            folder=Path(folder),
        )
    print(json.dumps({"rows": made.rows, "seconds": round(time.monotonic() - began, 1), "peak_mib": _peak()}))


def _peak() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
