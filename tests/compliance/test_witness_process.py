"""A witness as a customer runs it: a process of its own, with nothing of ours but the log's key."""

import os
import re
import subprocess
import sys
from pathlib import Path

import httpx
import pytest
from pytest_django.fixtures import Settings

from audit import log_queries
from audit.anchors.witness import Diverged, Witness, cosign
from audit.note import COSIGNATURE, Key, Note
from tests.audit.logging_events import keep, keeper
from tests.audit.trees import LOG, REWRITTEN, TRUE, Tree
from tests.cast import Stage
from tests.compliance.ordering import file_of, made
from tests.compliance.test_bundle import judged

ROOT = Path(__file__).resolve().parents[2]
WITNESS = [sys.executable, "manage.py", "audit", "witness"]


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    """Another machine: no database of ours, no key of ours."""
    kept = {name: value for name, value in os.environ.items() if name in {"PATH", "HOME", "LANG"}}
    return {**kept, "COUNTERSIGN_DATA_DIR": str(tmp_path / "elsewhere"), "PYTHONPATH": "sdk"}


def started(
    folder: Path, environment: dict[str, str], vkey: str = LOG.key().vkey
) -> tuple[subprocess.Popen[str], Witness]:
    (folder.parent / "vkey").write_text(f"{vkey}\n")
    arguments = ["--dir", str(folder), "--name", "witness.example.org/w1", "--log", str(folder.parent / "vkey")]
    process = subprocess.Popen(
        [*WITNESS, *arguments, "--port", "0"], cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    own = process.stdout.readline().removeprefix("Witness ").strip()
    url = re.search(r"http://\S+", process.stdout.readline())
    assert url is not None
    return process, Witness("w1", Key.parse(own), url[0])


def stop(process: subprocess.Popen[str], how: str) -> None:
    process.kill() if how == "kill" else process.terminate()
    process.wait(timeout=20)
    assert process.stdout is not None
    process.stdout.close()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "witness"


def ask(witness: Witness, size: int, tree: Tree = TRUE) -> bool:
    with httpx.Client() as client:
        line = cosign(witness, tree.note(size), 0, lambda old: tree.proof(old, size), client)
    return line.is_of(witness.key) and witness.key.check(Note.parse(tree.note(size)).text, line.value)


@pytest.mark.process
def test_it_remembers_over_a_kill_refuses_a_rewritten_history_and_keeps_the_evidence(
    folder: Path, environment: dict[str, str]
) -> None:
    process, witness = started(folder, environment)
    assert (ask(witness, 5), witness.key.type) == (True, COSIGNATURE)
    stop(process, "kill")
    process, again = started(folder, environment)
    try:
        assert again.key == witness.key
        with pytest.raises(Diverged, match="holds another tree of 5 entries"):
            ask(again, 8, REWRITTEN)
        assert ask(again, 8)
    finally:
        stop(process, "terminate")
    told = subprocess.run(
        [*WITNESS, "--dir", str(folder), "--evidence"],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        check=True,
    )
    assert TRUE.note(5).decode() in told.stdout
    assert REWRITTEN.note(8).decode() in told.stdout


@pytest.mark.process
def test_a_bundle_that_it_cosigned_ends_with_0_in_an_empty_folder(
    stage: Stage, folder: Path, environment: dict[str, str], tmp_path: Path, settings: Settings
) -> None:
    settings.LOG_HEADS_DIR, settings.EXPORTS_DIR = tmp_path / "heads", tmp_path / "exports"
    settings.ANCHOR_DIR, settings.ANCHOR_WEBHOOK, settings.ANCHOR_MAIL = "", "", []
    pulse = keeper(settings.LOG_HEADS_DIR)
    stage.review("ben", stage.submit())
    keep(pulse, stage.at)
    process, witness = started(folder, environment, log_queries.vkeys(stage.id).strip())
    policy = tmp_path / "policy"
    policy.write_text(f"witness w1 {witness.key.vkey} {witness.url}\nquorum w1\n")
    settings.WITNESS_POLICY = str(policy)
    try:
        file = file_of(made(stage, "log", "bundle"))
    finally:
        stop(process, "terminate")
    mine = tmp_path / "mine"
    mine.write_text(log_queries.policy(stage.id))
    code, told = judged(file, tmp_path)
    assert (code, told["witnesses"], told["own_policy"], told["found"]) == (0, ["w1"], True, [])
    code, told = judged(file, tmp_path, "--policy", str(mine))
    assert (code, told["witnesses"], told["own_policy"]) == (0, ["w1"], False)
    # The witness is gone, and what came since is nobody's word but the operator's.
    stage.submit()
    keep(pulse, stage.at)
    assert judged(file_of(made(stage, "log", "bundle")), tmp_path)[0] == 10


@pytest.mark.process
@pytest.mark.parametrize("arguments", [[], ["--name", "w"], ["--name", "w", "--log", "nonsense"]])
def test_a_slip_of_the_pen_is_answered(folder: Path, environment: dict[str, str], arguments: list[str]) -> None:
    said = subprocess.run(
        [*WITNESS, "--dir", str(folder), *arguments],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (said.returncode, said.stderr.startswith("CommandError: ")) == (1, True)
