"""What the page for auditors tells them to type does what it says, on a bundle and with tools of others."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from audit.verdicts import Code
from compliance import verify_bundle
from tests.compliance import evidence

PAGE = (Path(__file__).resolve().parents[2] / "docs" / "auditing.md").read_text()
WALK = re.findall(r"```sh\n(.*?)```", PAGE, re.DOTALL)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = evidence.bundle(10)
    made.files["entries/4.json"] = made.entries[4]
    return made.write(tmp_path / "bundle")


def typed(folder: Path) -> list[int]:
    """The exit code of each step."""
    shell = shutil.which("bash") or "sh"
    return [
        subprocess.run([shell, "-eu", "-c", step], cwd=folder, capture_output=True, check=False).returncode
        for step in WALK
    ]


def test_the_walk_without_our_script_succeeds(folder: Path) -> None:
    assert typed(folder) == [0, 0, 0]


@pytest.mark.parametrize(("name", "steps"), [("checkpoint-end", [1, 1, 0]), ("entries/4.json", [1, 0, 1])])
def test_the_walk_notices_what_was_changed(folder: Path, name: str, steps: list[int]) -> None:
    path = folder / name
    path.write_bytes(path.read_bytes().replace(b"10", b"11").replace(b"decided", b"refused"))
    assert [min(code, 1) for code in typed(folder)] == steps


def test_the_page_names_the_codes_that_both_judges_answer() -> None:
    rows = {int(code): verdict for code, verdict in re.findall(r"^\| (\d+) \| ([a-z ]+) \|", PAGE, re.MULTILINE)}
    assert rows == {int(code): code.words for code in Code} == verify_bundle.VERDICTS
