"""The log from the shell: how it stands, its files, its keys, who reads it."""

import re
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from django.core.management import CommandError, call_command
from pytest_django.fixtures import Settings

from audit import log_queries, merkle, tiles
from audit.heads import Heads
from audit.merkle import leaf_hash
from audit.models import Event, PublicLog
from audit.note import Checkpoint as Head
from audit.note import opened
from audit.services import Keeper
from audit.tiles import Tile
from audit.trust import Policy
from config import environment
from config.management.commands.audit import VERBS
from tests.architecture.source import ROOT
from tests.audit.logging_events import KEY, keep, keeper, write
from tests.cast import Stage


def audit(*words: str, **options: Any) -> str:
    said = StringIO()
    call_command("audit", *words, stdout=said, **options)
    return said.getvalue()


def test_it_tells_how_a_log_stands(stage: Stage, tmp_path: Path) -> None:
    events = Event.objects.filter(workspace_id=stage.id).count()
    assert audit("status", "--workspace", "demo").splitlines() == [
        "log       not begun", "leaves    0, signed 0", "signed    never", f"waiting   {events}",
    ]  # fmt: skip
    keep(keeper(tmp_path), stage.at)
    write(stage.at, 1, stage.id)
    assert audit("status", "--workspace", "demo").splitlines() == [
        f"log       {stage.id}", f"leaves    {events}, signed {events}", f"signed    {stage.at}", "waiting   1",
    ]  # fmt: skip
    with pytest.raises(CommandError, match="There is no workspace nowhere"):
        audit("status", "--workspace", "nowhere")


def test_the_files_are_a_log_by_themselves(stage: Stage, tmp_path: Path) -> None:
    write(stage.at, 520, stage.id)
    keep(keeper(tmp_path / "heads"), stage.at)
    folder = tmp_path / "files" / stage.id
    said = audit("tiles", "--workspace", "demo", "--to", str(tmp_path / "files"))
    policy = Policy.parse((folder / "policy").read_text())
    note, _ = opened((folder / "checkpoint").read_bytes(), policy.keys)
    head = Head.parse(note.text)

    def get(tile: Tile) -> list[bytes]:
        return tiles.split((folder / tile.path).read_bytes())

    assert merkle.subtree(0, head.size, tiles.reading(head.size, get)) == head.root
    level0 = [tile for tile in tiles.of_tree(head.size) if tile.level == 0]
    for tile in level0:
        bundle = tiles.unbundle((folder / tiles.bundle_of(tile).path).read_bytes())
        assert [leaf_hash(entry) for entry in bundle] == get(tile)
    count = len(list(tiles.of_tree(head.size))) + len(level0)
    assert said == f"{stage.id}  {head.size} leaves, {count} files written, 0 were there\n"
    # Only what is new is written again.
    write(stage.at, 1, stage.id)
    keep(keeper(tmp_path / "heads"), stage.at)
    again = audit("tiles", "--to", str(tmp_path / "files"))
    assert f"{stage.id}  {head.size + 1} leaves, 2 files written, {count - 2} were there" in again.splitlines()


def test_files_of_another_log_and_of_a_larger_one_are_left_alone(stage: Stage, tmp_path: Path) -> None:
    write(stage.at, 2, "wsp_9")
    keep(keeper(tmp_path / "heads"), stage.at)
    audit("tiles", "--to", str(tmp_path / "files"))
    (tmp_path / "files" / "wsp_9").rename(tmp_path / "files" / "kept")
    (tmp_path / "files" / stage.id).rename(tmp_path / "files" / "wsp_9")
    with pytest.raises(CommandError, match="Give another folder"):
        audit("tiles", "--to", str(tmp_path / "files"))


def test_a_log_that_cannot_go_on_is_begun_anew(stage: Stage, tmp_path: Path, settings: Settings) -> None:
    settings.LOG_HEADS_DIR = tmp_path
    keep(Keeper(lambda: (KEY,), Heads(tmp_path)), stage.at)
    said = audit("restart-log", "--workspace", "demo", "--because", "The key is lost.")
    assert said == f"{stage.id}.2  127.0.0.1:8000/log/{stage.id}.2\n"
    assert f"{stage.id}.2" in log_queries.logs()


def test_a_log_that_is_not_begun_cannot_be_begun_anew(stage: Stage) -> None:
    with pytest.raises(CommandError, match="first event begins one"):
        audit("restart-log", "--workspace", "demo", "--because", "x")


def test_a_log_is_opened_and_closed(stage: Stage) -> None:
    assert audit("open", "--workspace", "demo") == "Anybody may read this log now.\n"
    assert audit("open", "--workspace", "demo") == "Anybody may read this log already.\n"
    assert list(PublicLog.objects.values_list("workspace_id", flat=True)) == [stage.id]
    assert audit("close", "--workspace", "demo") == "Only keys with audit:read read this log now.\n"
    assert audit("close", "--workspace", "demo") == "This log was not open.\n"


def test_a_key_is_changed_with_an_overlap(tmp_path: Path, settings: Settings) -> None:
    settings.DATA_DIR = tmp_path
    environment.make_secrets(tmp_path)
    folder = tmp_path / "secrets"
    old = (folder / "countersign_log_key").read_text()
    assert audit("rotate-key").startswith("A new key is made. Restart pulse")
    new = (folder / "countersign_log_key").read_text()
    assert ((folder / "countersign_log_key_previous").read_text(), new != old) == (old, True)
    assert isinstance(load_pem_private_key(new.encode(), None), Ed25519PrivateKey)
    assert (folder / "countersign_log_key").stat().st_mode & 0o077 == 0
    with pytest.raises(CommandError, match="The key before still signs"):
        audit("rotate-key")
    assert audit("retire-key").startswith("The key before is deleted")
    assert sorted(path.name for path in folder.iterdir() if "log" in path.name) == ["countersign_log_key"]
    with pytest.raises(CommandError, match="There is no key before"):
        audit("retire-key")


def test_a_key_that_is_kept_elsewhere_is_changed_there(tmp_path: Path, settings: Settings) -> None:
    settings.DATA_DIR = tmp_path
    with pytest.raises(CommandError, match="change the key where you keep it"):
        audit("rotate-key")


def test_every_verb_is_in_the_operators_guide_and_none_that_is_gone() -> None:
    guide = (ROOT / "docs" / "operators.md").read_text().partition("## The audit log")[2].partition("\n## ")[0]
    rows = re.findall(r"^\| (`[^|]+`) \|", guide, re.MULTILINE)
    assert sorted(re.findall(r"`([a-z-]+)", " ".join(rows))) == sorted(VERBS)
    for page in ("operators.md", "auditing.md"):
        said = re.findall(r"`manage\.py audit ([a-z-]+)", (ROOT / "docs" / page).read_text())
        assert set(said) - set(VERBS) == set()
