"""The evidence bundle, judged by the script that is in it, in a folder with nothing else."""

import hashlib
import json
import subprocess
import sys
import zipfile
from datetime import timedelta
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from pytest_django.fixtures import Settings

from audit.models import Checkpoint, Disclosure, Event, Leaf
from compliance import making
from compliance.filters import Filter
from compliance.queries.exports import find
from tenancy import scope
from tests.audit.logging_events import keep, keeper, write
from tests.cast import Stage
from tests.compliance.ordering import file_of, made, order, work
from tests.wiping import unguarded


@pytest.fixture(autouse=True)
def folder(settings: Settings, tmp_path: Any) -> None:
    settings.EXPORTS_DIR = tmp_path / "exports"


def sign(stage: Stage, tmp_path: Path) -> None:
    keep(keeper(tmp_path / "heads"), stage.at)


def judged(file: Path, tmp_path: Path, *options: str) -> tuple[int, dict[str, Any]]:
    """Unpacked where nothing else is, judged by what was in it, with no environment."""
    empty = tmp_path / f"empty-{len(list(tmp_path.iterdir()))}"
    with zipfile.ZipFile(file) as archive:
        archive.extractall(empty)
    return _run(empty, *options)


def _run(empty: Path, *options: str) -> tuple[int, dict[str, Any]]:
    command = [sys.executable, "-I", "verify_bundle.py", ".", "--json", *options]
    done = subprocess.run(command, cwd=empty, env={}, capture_output=True, text=True, check=False)
    assert done.stderr == ""
    return done.returncode, json.loads(done.stdout)


def files(file: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(file) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def test_the_whole_log_verifies_in_an_empty_folder(stage: Stage, tmp_path: Path) -> None:
    stage.review("ben", stage.submit(), "reject", reason_code="other", comment="No.")
    sign(stage, tmp_path)
    file = file_of(made(stage, "log", "bundle"))
    code, told = judged(file, tmp_path)
    count = Leaf.objects.filter(log_id=stage.id).count()
    assert (code, told["found"], told["counts"]["entries"], told["range"]) == (10, [], count, {"from": 0, "to": count})
    inside = files(file)
    assert b"No." not in b"".join(data for name, data in inside.items() if name.startswith("tile/"))
    assert {"report.pdf", "VERIFY.md", "vkey", "policy", "csv/decisions.csv", "checkpoint-end"} <= inside.keys()
    assert "disclosures.jsonl" not in inside


def test_the_sums_are_those_of_sha256sum(stage: Stage, tmp_path: Path) -> None:
    sign(stage, tmp_path)
    inside = files(file_of(made(stage, "log", "bundle")))
    lines = [line.split("  ") for line in inside.pop("SHA256SUMS").decode().splitlines()]
    listed = {name: digest for digest, name in lines}
    assert listed == {name: hashlib.sha256(data).hexdigest() for name, data in inside.items()}
    manifest = json.loads(inside.pop("manifest.json"))
    assert {one["path"]: (one["sha256"], one["bytes"]) for one in manifest["files"]} == {
        name: (hashlib.sha256(data).hexdigest(), len(data)) for name, data in inside.items()
    }


def test_values_open_and_erased_ones_are_named(stage: Stage, tmp_path: Path) -> None:
    action = stage.submit()
    stage.review("ben", action, "reject", reason_code="other", comment="No.")
    [decided] = Event.objects.filter(action_id=action.id, kind="action:decided").values_list("id", flat=True)
    Disclosure.objects.filter(event_id=decided, name="reviewer").delete()
    sign(stage, tmp_path)
    view = order(stage, "log", "bundle", with_values=True)
    work(stage)
    file = file_of(find(stage.id, view.id))
    code, told = judged(file, tmp_path)
    assert (code, told["found"], told["counts"]["erased"], told["counts"]["disclosures"] > 10) == (10, [], 1, True)
    lines = [json.loads(line) for line in files(file)["disclosures.jsonl"].splitlines()]
    of_decided = {line.get("name", "erased"): line for line in lines if line["event"] == decided}
    assert of_decided["comment"]["value"] == "No."
    assert of_decided["erased"]["erased"] is True


@pytest.mark.parametrize("size", [255, 256, 257, 700])
def test_every_size_around_a_tile_verifies(stage: Stage, tmp_path: Path, size: int) -> None:
    write(stage.at, size - Event.objects.filter(workspace_id=stage.id).count(), stage.id)
    sign(stage, tmp_path)
    code, told = judged(file_of(made(stage, "log", "bundle")), tmp_path)
    assert (code, told["found"], told["counts"]["entries"]) == (10, [], size)


def test_a_period_begins_and_ends_at_checkpoints(stage: Stage, tmp_path: Path) -> None:
    sizes = []
    for hour in range(4):
        write(stage.at + timedelta(hours=hour), 300, stage.id)
        sign(stage, tmp_path)
        sizes.append(Leaf.objects.filter(log_id=stage.id).count())
    stage.at += timedelta(hours=5)
    since, until = (stage.at - timedelta(hours=hours, minutes=30) for hours in (4, 2))
    file = file_of(made(stage, "log", "bundle", since=since.isoformat(), until=until.isoformat()))
    code, told = judged(file, tmp_path)
    assert (code, told["found"], told["range"]) == (10, [], {"from": sizes[0], "to": sizes[2]})
    assert {"checkpoint-start", "checkpoint-end", "consistency.json"} <= files(file).keys()


def test_a_narrowed_bundle_keeps_the_rest_as_hashes(stage: Stage, tmp_path: Path) -> None:
    first = stage.submit()
    stage.submit("crm.note", {"text": "x"})
    stage.review("ben", first)
    sign(stage, tmp_path)
    stage.at += timedelta(seconds=1)
    file = file_of(made(stage, "log", "bundle", tool="billing.refund"))
    code, told = judged(file, tmp_path)
    count = Leaf.objects.filter(log_id=stage.id).count()
    assert (code, told["found"]) == (10, [])
    assert (told["counts"]["leaves"], told["counts"]["entries"], told["counts"]["receipts"]) == (count, 2, 2)
    inside = files(file)
    assert [name for name in inside if name.startswith("tile/entries")] == []
    kinds = sorted(json.loads(data)["kind"] for name, data in inside.items() if name.startswith("entries/"))
    assert kinds == ["action:decided", "action:submitted"]


def test_the_same_order_gives_the_same_bytes(stage: Stage, tmp_path: Path) -> None:
    stage.submit()
    sign(stage, tmp_path)
    wish = making.Order(stage.id, "Demo", "log", "bundle", Filter(), with_values=True, made_for="Dana", at=stage.at)
    outs = [BytesIO(), BytesIO()]
    for out in outs:
        with scope.workspace(stage.id):
            making.make(wish, out, lambda done, total: None)
    assert outs[0].getvalue() == outs[1].getvalue()


@pytest.mark.parametrize("name", ["tile/000", "entries", "checkpoint-end", "disclosures.jsonl"])
def test_what_is_changed_afterwards_is_found(stage: Stage, tmp_path: Path, name: str) -> None:
    stage.review("ben", stage.submit())
    sign(stage, tmp_path)
    order(stage, "log", "bundle", with_values=True)
    work(stage)
    [file] = (tmp_path / "exports").iterdir()
    empty = tmp_path / "changed"
    with zipfile.ZipFile(file) as archive:
        archive.extractall(empty)
    chosen = next(path for path in sorted(empty.rglob("*")) if path.is_file() and _is(path, empty, name))
    raw = bytearray(chosen.read_bytes())
    raw[len(raw) // 2] ^= 1
    chosen.write_bytes(raw)
    _seal(empty)
    assert _run(empty)[0] == 40


def _is(path: Path, empty: Path, name: str) -> bool:
    relative = path.relative_to(empty).as_posix()
    return relative.startswith("tile/0/") if name == "tile/000" else name in relative


def _seal(empty: Path) -> None:
    """As whoever changed it would: with sums that fit."""
    paths = sorted(path for path in empty.rglob("*") if path.is_file() and path.name != "SHA256SUMS")
    lines = [f"{hashlib.sha256(p.read_bytes()).hexdigest()}  {p.relative_to(empty).as_posix()}\n" for p in paths]
    (empty / "SHA256SUMS").write_text("".join(lines))


def test_an_entry_left_out_is_seen(stage: Stage, tmp_path: Path) -> None:
    sign(stage, tmp_path)
    file = file_of(made(stage, "log", "bundle"))
    empty = tmp_path / "left-out"
    with zipfile.ZipFile(file) as archive:
        archive.extractall(empty)
    next(iter((empty / "tile" / "entries").rglob("*.p/*"))).unlink()
    _seal(empty)
    code, told = _run(empty)
    assert (code, told["verdict"]) == (20, "incomplete")


def test_before_anything_is_signed_it_says_so(stage: Stage) -> None:
    view = order(stage, "log", "bundle")
    work(stage)
    found = find(stage.id, view.id)
    assert (found.state, found.problem.partition(".")[0]) == ("failed", "The log has no signed checkpoint yet")


def test_an_event_that_was_deleted_is_named(open_stage: Stage, tmp_path: Path) -> None:
    stage = open_stage
    sign(stage, tmp_path)
    leaf = Leaf.objects.get(log_id=stage.id, seq=3)
    view = order(stage, "log", "bundle")
    with unguarded():
        Event.objects.filter(pk=leaf.event_id).delete()
    work(stage)
    assert find(stage.id, view.id).problem == "Entry 3 of the log is missing."


def test_nothing_but_signed_entries_is_in_it(stage: Stage, tmp_path: Path) -> None:
    sign(stage, tmp_path)
    signed = Checkpoint.objects.get(log_id=stage.id).size
    write(stage.at, 5, stage.id)
    code, told = judged(file_of(made(stage, "log", "bundle")), tmp_path)
    assert (code, told["counts"]["entries"]) == (10, signed)
