"""A witness as a customer runs it: a process of its own, with nothing of ours but the log's key."""

import os
import re
import subprocess
import sys
from pathlib import Path

import httpx
import pytest

from audit.anchors.witness import Diverged, Witness, cosign
from audit.note import COSIGNATURE, Key, Note
from tests.audit.trees import LOG, REWRITTEN, TRUE, Tree

ROOT = Path(__file__).resolve().parents[2]
WITNESS = [sys.executable, "manage.py", "audit", "witness"]


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    """Another machine: no database of ours, no key of ours."""
    kept = {name: value for name, value in os.environ.items() if name in {"PATH", "HOME", "LANG"}}
    return {**kept, "COUNTERSIGN_DATA_DIR": str(tmp_path / "elsewhere"), "PYTHONPATH": "sdk"}


def started(folder: Path, environment: dict[str, str]) -> tuple[subprocess.Popen[str], Witness]:
    (folder.parent / "vkey").write_text(f"{LOG.key().vkey}\n")
    arguments = ["--dir", str(folder), "--name", "witness.example.org/w1", "--log", str(folder.parent / "vkey")]
    process = subprocess.Popen(
        [*WITNESS, *arguments, "--port", "0"], cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    vkey = process.stdout.readline().removeprefix("Witness ").strip()
    url = re.search(r"http://\S+", process.stdout.readline())
    assert url is not None
    return process, Witness("w1", Key.parse(vkey), url[0])


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
