"""What somebody was given before an erasure still verifies after it, and what is given afterwards says "erased"."""

import json
from datetime import timedelta
from pathlib import Path

import pytest
from pytest_django.fixtures import Settings

from audit import log_queries
from audit.models import Event, Log
from audit.note import Key
from audit.proofs import Receipt
from compliance.queries.exports import find
from tests.audit.logging_events import KEY, keep, keeper
from tests.cast import Stage
from tests.compliance import ordering
from tests.compliance.ordering import file_of, order
from tests.compliance.test_bundle import files, judged
from tests.compliance.test_erased_dump import LEFT, forget, lived


@pytest.fixture(autouse=True)
def folder(settings: Settings, tmp_path: Path) -> None:
    settings.EXPORTS_DIR = tmp_path / "exports"


def bundle(stage: Stage, tmp_path: Path) -> bytes:
    keep(keeper(tmp_path / "heads"), stage.at)
    view = order(stage, "log", "bundle", with_values=True)
    ordering.work(stage)
    return file_of(find(stage.id, view.id)).read_bytes()


def receipts(stage: Stage) -> dict[str, bytes]:
    found = {}
    for event_id in Event.objects.filter(workspace_id=stage.id).values_list("id", flat=True):
        view = log_queries.event(stage.id, event_id)
        made = log_queries.receipt(view) if view else None
        if made is not None:
            found[event_id] = made
    return found


def test_old_proofs_hold_and_new_ones_say_what_was_erased(stage: Stage, tmp_path: Path) -> None:
    lived(stage)
    before, drawn = tmp_path / "before.zip", bundle(stage, tmp_path)
    before.write_bytes(drawn)
    kept = receipts(stage)
    assert len(kept) > 20
    forget(stage)
    stage.at += timedelta(days=2)
    after = tmp_path / "after.zip"
    after.write_bytes(bundle(stage, tmp_path))

    assert judged(before, tmp_path)[0] == 10
    key = Key(Log.objects.get(pk=stage.id).origin, KEY.public_key().public_bytes_raw())
    for event_id, receipt in kept.items():
        Receipt.parse(receipt).check(bytes(Event.objects.get(pk=event_id).body), [key])

    code, told = judged(after, tmp_path)
    assert (code, told["found"], told["counts"]["erased"] > 10) == (10, [], True)
    values = [json.loads(line) for line in files(after)["disclosures.jsonl"].splitlines()]
    assert sum(line.get("erased", False) for line in values) == told["counts"]["erased"]
    assert [word for word in LEFT if word.encode() in b"".join(files(after).values())] == []
